package org.speechrate.report;

/** A picture with its heading, what it shows, and how to read it; or the words in its place. */
final class Figure {
  private Figure() {}

  /**
   * @param caption what is in it: how many, which ones, what was left out
   * @param howToRead what its shapes mean, and what to look for
   */
  static Markup of(String heading, Markup picture, String caption, String howToRead) {
    return new Markup()
        .open("figure")
        .leaf("h3", heading)
        .add(picture)
        .open("figcaption")
        .leaf("p", caption)
        .open("p", "class", "how")
        .leaf("b", "How to read this. ")
        .text(howToRead)
        .close()
        .close()
        .close();
  }

  /** In place of a picture that there is nothing for. */
  static Markup missing(String heading, String why) {
    return new Markup()
        .open("figure", "class", "missing")
        .leaf("h3", heading)
        .leaf("p", why)
        .close();
  }
}
