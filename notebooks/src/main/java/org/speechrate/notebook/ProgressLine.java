package org.speechrate.notebook;

/** One line that is drawn again and again while a cell waits. */
interface ProgressLine {
  /** Replaces what the line shows. */
  void show(String text);

  /** Outside a kernel: returns to the line's start, and blanks what was longer before. */
  static ProgressLine on(java.io.PrintStream out) {
    return new ProgressLine() {
      private int width;

      @Override
      public void show(String text) {
        out.print("\r" + text + " ".repeat(Math.max(0, width - text.length())));
        out.flush();
        width = text.length();
      }
    };
  }
}
