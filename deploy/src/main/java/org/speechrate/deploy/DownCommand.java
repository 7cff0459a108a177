package org.speechrate.deploy;

import picocli.CommandLine.Command;

/** {@code speechrate down}. */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    header = {"Stop what `up` started.", ""},
    description = {
      "Stops the workspace's worker and server, in this order; also a server that a killed command"
          + " left behind.",
      "",
      "Runs are durable: one that is under way stands still, and goes on with the next `up`."
    })
final class DownCommand extends Subcommand {
  @Override
  public Integer call() throws Exception {
    terminal().say(DevServer.stop(workspace()) ? "stopped" : "nothing runs in this workspace");
    return Exit.DONE;
  }
}
