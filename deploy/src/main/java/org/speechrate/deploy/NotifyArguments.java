package org.speechrate.deploy;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.Refusal;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import picocli.CommandLine.Option;

/** Options of commands that start a worker which stays: whom it tells of runs. */
final class NotifyArguments {
  @Option(
      names = "--notify-command",
      paramLabel = "CMD",
      description =
          "Shell command that is run when a run has published a model, was refused by its gate, has"
              + " failed, or waits for approval. It gets one JSON object on standard input, and"
              + " SPEECHRATE_EVENT (published, refused, failed, waiting-for-approval), _SENTENCE,"
              + " _RUN, _VERDICT, _MODEL, _VERSION, _PATH, _TEST_MSE and _WORKSPACE. It has 30 s and"
              + " four tries; the run does not fail with it.")
  private String command;

  @Option(
      names = "--notify-url",
      paramLabel = "URL",
      description =
          "Address that the same JSON object is posted to; of another machine only with"
              + " --allow-host.")
  private String url;

  /**
   * @throws CommandFailure if the address is none, or its host is not allowed
   */
  Notifier notifier(AllowedHosts hosts) throws CommandFailure {
    if (command != null && command.isBlank()) {
      throw CommandFailure.wrongInput("--notify-command must not be blank");
    }
    if (url == null) {
      return new Notifier(Optional.ofNullable(command), Optional.empty());
    }
    try {
      URI address = new URI(url);
      boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
      if (web && address.getHost() != null && address.getRawUserInfo() == null) {
        return new Notifier(
            Optional.ofNullable(command), Optional.of(hosts.require("--notify-url", url)));
      }
    } catch (URISyntaxException e) {
      // Refused below.
    } catch (Refusal refusal) {
      throw CommandFailure.wrongInput(refusal.getMessage(), refusal);
    }
    // Its path may be a secret, so it is not repeated.
    throw CommandFailure.wrongInput(
        "--notify-url must be http:// or https:// with a host, without user and password");
  }

  /** These, as options again. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    if (command != null) {
      options.addAll(List.of("--notify-command", command));
    }
    if (url != null) {
      options.addAll(List.of("--notify-url", url));
    }
    return options;
  }
}
