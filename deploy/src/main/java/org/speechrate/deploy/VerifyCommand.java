package org.speechrate.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate verify}: its first half; Maven is then run by the launcher. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    header = {"Install what the tests need, and run them all.", ""},
    description = {
      "Installs what the tests need (the Temporal CLI, Jupyter, ChromaDB and ONNX Runtime privately into"
          + " .tools/, and from Debian Prometheus, unpacked there too, and as root Chromium and PyTorch for Python), then runs every test, and fuzzes the readers: mvn verify -Dfuzz.seconds=N.",
      "",
      "Exit codes: Maven's, or 3 with one line where a tool is missing and cannot be installed."
    })
final class VerifyCommand extends Subcommand {
  @Option(
      names = "--fuzz-seconds",
      paramLabel = "N",
      defaultValue = "15", // the launcher's too, which runs Maven
      description =
          "Try broken inputs on each reader for N seconds, two readers at a time (default:"
              + " ${DEFAULT-VALUE}); 0 tries only those that are kept beside the tests.")
  private int fuzzSeconds;

  @Override
  public Integer call() throws Exception {
    if (fuzzSeconds < 0) {
      throw CommandFailure.wrongInput("--fuzz-seconds must be at least 0, got " + fuzzSeconds);
    }
    Tools tools = tools();
    terminal().say("temporal:  " + tools.temporal());
    terminal().say("containers: " + tools.containersPython());
    terminal().say("jupyter:   " + tools.jupyter());
    terminal().say("chroma:    " + tools.chroma().get(0));
    terminal().say("formats:   " + tools.formatsPython());
    terminal().say("prometheus: " + tools.prometheus());
    terminal().say("chromium:  " + tools.chromium());
    terminal().say("torch:     " + tools.torchPython());
    return Exit.DONE;
  }
}
