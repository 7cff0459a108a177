package org.speechrate.deploy;

import java.util.ArrayList;
import java.util.List;

/** Starts a program in a session of its own, so that Ctrl-C in our terminal does not reach it. */
final class DetachedProcess {
  /**
   * Java cannot do this itself, and macOS has no setsid program; the launcher wants Python anyway.
   */
  private static final String SET_SESSION =
      "import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])";

  private DetachedProcess() {}

  /**
   * @return the command to start instead; the process id stays the same, because each program
   *     replaces the one before
   */
  static List<String> command(List<String> program) {
    List<String> command = new ArrayList<>(List.of("python3", "-c", SET_SESSION));
    command.addAll(program);
    return command;
  }
}
