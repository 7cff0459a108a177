package org.speechrate.notebook;

import java.util.Map;

/**
 * A drawn chart, twice: JupyterLab shows the interactive one, and whatever cannot, such as an HTML
 * export, the other. Neither loads anything from the network.
 *
 * @param svg an XML document without scripts
 * @param plotly {@code data}, {@code layout} and {@code config}, as plotly.js takes them
 * @param altText what the chart shows, in words
 */
public record Chart(String svg, Map<String, Object> plotly, String altText) {
  /** The words alone; a kernel shows the drawing. */
  @Override
  public String toString() {
    return altText;
  }
}
