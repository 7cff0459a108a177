package org.speechrate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunNotice;

@Timeout(60)
class NotifierTest {
  private static final RunNotice NOTICE =
      new RunNotice(
          RunNotice.PUBLISHED,
          "train 'x'; \"$(exit 9)\"",
          "run-1",
          "published models/m/v: good",
          Optional.of("good"),
          Optional.of("m"),
          Optional.of("v"),
          Optional.of("models/m/v"),
          Optional.of(5.5));

  @TempDir Path folder;

  private static Notifier command(String line) {
    return new Notifier(Optional.of(line), Optional.empty());
  }

  @Test
  void theCommandGetsTheNoticeAsJsonAndInItsEnvironment() throws Exception {
    Path json = folder.resolve("json");
    Path environment = folder.resolve("environment");

    command(
            String.format(
                "cat > '%s'; printf '%%s|' \"$SPEECHRATE_EVENT\" \"$SPEECHRATE_RUN\""
                    + " \"$SPEECHRATE_RUN_ID\" \"$SPEECHRATE_SENTENCE\" \"$SPEECHRATE_VERDICT\""
                    + " \"$SPEECHRATE_MODEL\" \"$SPEECHRATE_VERSION\" \"$SPEECHRATE_PATH\""
                    + " \"$SPEECHRATE_TEST_MSE\" \"$SPEECHRATE_WORKSPACE\" > '%s'",
                json, environment))
        .tell(NOTICE, "/ws");

    JsonNode read = new ObjectMapper().readTree(json.toFile());
    assertThat(read.path("event").asText()).isEqualTo("published");
    assertThat(read.path("workflowId").asText()).isEqualTo(NOTICE.workflowId());
    assertThat(read.path("testMse").asDouble()).isEqualTo(5.5);
    assertThat(environment)
        .hasContent(
            "published|"
                + NOTICE.workflowId()
                + "|run-1|published models/m/v: good|good|m|v|models/m/v|5.5|/ws|");
  }

  @Test
  void aCommandThatFailsIsToldWithItsCodeAndLastLine() {
    assertThatThrownBy(
            () -> command("echo first; echo no mail server >&2; exit 7").tell(NOTICE, "/ws"))
        .isInstanceOf(IOException.class)
        .hasMessage("the notify command ended with exit code 7: no mail server");
  }

  @Test
  void aCommandThatReadsNothingOrSaysMuchIsFine() throws Exception {
    command("exec <&-; head -c 300000 /dev/zero").tell(NOTICE, "/ws");
  }

  @Test
  void aCommandThatHangsIsEndedWithItsChildren() throws Exception {
    Path pid = folder.resolve("pid");
    Notifier hanging =
        new Notifier(
            Optional.of(String.format("sleep 600 & echo $! > '%s'; wait", pid)),
            Optional.empty(),
            Duration.ofSeconds(2));

    assertThatThrownBy(() -> hanging.tell(NOTICE, "/ws"))
        .hasMessage("the notify command did not end within 2 s");
    Optional<ProcessHandle> child = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()));
    if (child.isPresent()) {
      child.get().onExit().get();
    }
  }

  @Test
  void theAddressGetsTheSameJsonAndItsPathIsNotToldWhereItFails() throws Exception {
    List<String> bodies = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          boolean good = exchange.getRequestURI().getPath().equals("/good");
          if (!good) {
            exchange.getResponseHeaders().add("Location", "/good");
          }
          exchange.sendResponseHeaders(good ? 204 : 302, -1);
          exchange.close();
        });
    server.start();
    try {
      String base = "http://127.0.0.1:" + server.getAddress().getPort();
      new Notifier(Optional.empty(), Optional.of(URI.create(base + "/good"))).tell(NOTICE, "/ws");
      assertThat(bodies).hasSize(1);
      assertThat(new ObjectMapper().readTree(bodies.get(0)).path("event").asText())
          .isEqualTo("published");

      Notifier moved =
          new Notifier(Optional.empty(), Optional.of(URI.create(base + "/secret-token")));
      assertThatThrownBy(() -> moved.tell(NOTICE, "/ws"))
          .hasMessage("the notify address at 127.0.0.1 answers with status 302");
      assertThat(bodies).as("a redirect is not followed").hasSize(2);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void nobodyIsToldWhereNobodyWantsTo() throws Exception {
    Notifier.NOBODY.tell(NOTICE, "/ws");
  }
}
