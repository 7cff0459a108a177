package org.speechrate.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.speechrate.pipeline.RunNotice;
import org.speechrate.store.Json;
import org.speechrate.table.Problems;

/**
 * Tells the worker's owner of a run: runs a command of his, with the notice as JSON on its standard
 * input and in its environment, and posts the same JSON to an address of his. Both are the worker's
 * configuration, never a run's.
 */
public final class Notifier {
  /** Tells nobody. */
  public static final Notifier NOBODY = new Notifier(Optional.empty(), Optional.empty());

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of what a command says; the rest is read and dropped. */
  private static final int MOST_OUTPUT = 8192;

  /** A command that has ended may leave a child that keeps its output open. */
  private static final long LAST_WORDS_SECONDS = 1;

  private static final int OK = 200;
  private static final int REDIRECT = 300;

  private final Optional<String> command;
  private final Optional<URI> url;
  private final Duration patience;

  /**
   * @param command for {@code sh -c}
   * @param url http or https, of a host that the owner allowed
   */
  public Notifier(Optional<String> command, Optional<URI> url) {
    this(command, url, PATIENCE);
  }

  Notifier(Optional<String> command, Optional<URI> url, Duration patience) {
    this.command = command;
    this.url = url;
    this.patience = patience;
  }

  /**
   * Tells both; the second also where the first fails. Tried again, it tells both again.
   *
   * @throws IOException if one of them fails: one line, without the address' path, which may be a
   *     secret
   */
  void tell(RunNotice notice, String workspace) throws IOException, InterruptedException {
    byte[] json = Json.write(notice);
    IOException failure = null;
    if (command.isPresent()) {
      try {
        run(command.get(), json, environment(notice, workspace));
      } catch (IOException e) {
        failure = e;
      }
    }
    if (url.isPresent()) {
      post(url.get(), json);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static Map<String, String> environment(RunNotice notice, String workspace) {
    return Map.of(
            "EVENT", notice.event(),
            "RUN", notice.workflowId(),
            "RUN_ID", notice.runId(),
            "SENTENCE", notice.sentence(),
            "VERDICT", notice.verdict().orElse(""),
            "MODEL", notice.model().orElse(""),
            "VERSION", notice.version().orElse(""),
            "PATH", notice.path().orElse(""),
            "TEST_MSE", notice.testMse().map(Object::toString).orElse(""),
            "WORKSPACE", workspace)
        .entrySet()
        .stream()
        .collect(
            Collectors.toMap(
                entry -> "SPEECHRATE_" + entry.getKey(),
                // The operating system knows no NUL in a variable.
                entry -> entry.getValue().replace("\0", "")));
  }

  private void run(String line, byte[] json, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", line).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> output(process));
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(json);
      } catch (IOException e) {
        // A command need not read it.
      }
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(
            "the notify command did not end within " + patience.toSeconds() + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.format(
                "the notify command ended with exit code %d: %s",
                process.exitValue(), lastLine(said)));
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String output(Process process) {
    try (InputStream out = process.getInputStream()) {
      byte[] kept = out.readNBytes(MOST_OUTPUT);
      out.transferTo(OutputStream.nullOutputStream());
      return new String(kept, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private static String lastLine(CompletableFuture<String> said) throws InterruptedException {
    try {
      return said.get(LAST_WORDS_SECONDS, TimeUnit.SECONDS)
          .lines()
          .filter(line -> !line.isBlank())
          .reduce((first, second) -> second)
          .map(Problems::oneLine)
          .orElse("it said nothing");
    } catch (ExecutionException | TimeoutException e) {
      return "it said nothing";
    }
  }

  private void post(URI to, byte[] json) throws IOException, InterruptedException {
    // It follows no redirect: that may lead to a host that nobody allowed.
    HttpClient client = HttpClient.newBuilder().connectTimeout(patience).build();
    HttpRequest request =
        HttpRequest.newBuilder(to)
            .timeout(patience)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(json))
            .build();
    int status;
    try {
      status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      throw new IOException(
          String.format(
              "the notify address at %s does not answer: %s",
              to.getHost(),
              e.getMessage() == null
                  ? e.getClass().getSimpleName()
                  : Problems.oneLine(e.getMessage())),
          e);
    }
    if (status < OK || status >= REDIRECT) {
      throw new IOException(
          String.format("the notify address at %s answers with status %d", to.getHost(), status));
    }
  }
}
