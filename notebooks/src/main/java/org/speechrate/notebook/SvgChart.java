package org.speechrate.notebook;

/**
 * A drawn chart.
 *
 * @param svg an XML document that needs no script and no network
 * @param altText what the chart shows, in words
 */
public record SvgChart(String svg, String altText) {
  /** The words alone; a kernel shows the drawing. */
  @Override
  public String toString() {
    return altText;
  }
}
