package org.speechrate.deploy;

import picocli.CommandLine.Command;

/** {@code speechrate verify}: its first half; Maven is then run by the launcher. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    header = {"Install what the tests need, and run them all.", ""},
    description = {
      "Installs what the tests need (the Temporal CLI, Jupyter and ChromaDB privately into .tools/, Chromium"
          + " by apt-get where you are root), then runs every test: mvn verify.",
      "",
      "Exit codes: Maven's, or 3 with one line where a tool is missing and cannot be installed."
    })
final class VerifyCommand extends Subcommand {
  @Override
  public Integer call() throws Exception {
    Tools tools = tools();
    terminal().say("temporal:  " + tools.temporal());
    terminal().say("jupyter:   " + tools.jupyter());
    terminal().say("chroma:    " + tools.chroma().get(0));
    terminal().say("chromium:  " + tools.chromium());
    return Exit.DONE;
  }
}
