package org.speechrate.report;

/** What the marks of a picture stand for, above it. */
final class Legend {
  private final Markup items = new Markup().open("p", "class", "legend");

  /**
   * @param style class of the mark, such as "line mean"
   */
  Legend item(String style, String name) {
    return item(new Markup().leaf("span", "", "class", "key " + style), name);
  }

  /**
   * @param name may be a user's
   */
  Legend item(Markup mark, String name) {
    items.open("span", "class", "item").add(mark).leaf("bdi", name).close().text(" ");
    return this;
  }

  Legend text(String text) {
    items.text(text);
    return this;
  }

  /** With the picture below it. */
  Markup above(Markup picture) {
    return items.close().add(picture);
  }
}
