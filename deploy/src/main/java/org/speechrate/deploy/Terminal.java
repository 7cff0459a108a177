package org.speechrate.deploy;

import java.io.PrintStream;

/**
 * Where a command writes: results on {@code out}, everything else on {@code err}; colour only where
 * a person looks.
 *
 * @param colour whether {@code out} shows colours
 * @param live whether {@code err} is a terminal, where a line can be drawn again
 * @param columns width of {@code err}
 */
public record Terminal(
    PrintStream out, PrintStream err, boolean colour, boolean live, int columns) {
  private static final int DEFAULT_COLUMNS = 100;

  /** This process' terminal; the launcher knows which streams are one, Java 17 does not. */
  static Terminal ofProcess() {
    boolean wanted = System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
    return new Terminal(
        System.out,
        System.err,
        wanted && Boolean.getBoolean("speechrate.terminal.out"),
        wanted && Boolean.getBoolean("speechrate.terminal.err"),
        Integer.getInteger("speechrate.columns", DEFAULT_COLUMNS));
  }

  /** A line that is no result: progress, a notice, a failure. */
  public void say(String line) {
    err.println(line);
  }

  public String bold(String text) {
    return paint("1", text);
  }

  public String green(String text) {
    return paint("32", text);
  }

  public String red(String text) {
    return paint("31", text);
  }

  public String dim(String text) {
    return paint("2", text);
  }

  private String paint(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
