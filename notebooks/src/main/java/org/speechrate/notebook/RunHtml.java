package org.speechrate.notebook;

import java.util.Locale;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.publishing.PublishingResult;

/** A run and its result as HTML. */
final class RunHtml {
  private RunHtml() {}

  /** The verdict, what was published, and the seven stages. */
  static String of(RunResult result) {
    StringBuilder html =
        new StringBuilder("<p><b>")
            .append(Html.escape(result.verdict()))
            .append("</b></p><p>")
            .append(Html.escape(published(result.publishing())))
            .append("</p><table><thead><tr>");
    for (String name : new String[] {"stage", "state", "seconds", "what came out"}) {
      html.append("<th scope=\"col\" style=\"text-align:left\">").append(name).append("</th>");
    }
    html.append("</tr></thead><tbody>");
    for (StageState state : result.stages()) {
      html.append("<tr>");
      append(html, "left", state.stage().word());
      append(html, "left", state.state().name().toLowerCase(Locale.ROOT));
      append(html, "right", String.format(Locale.ROOT, "%.1f", state.seconds()));
      append(html, "left", state.text());
      html.append("</tr>");
    }
    return html.append("</tbody></table>").toString();
  }

  private static void append(StringBuilder html, String alignment, String text) {
    html.append("<td style=\"text-align:")
        .append(alignment)
        .append("\">")
        .append(Html.escape(text))
        .append("</td>");
  }

  /** The same in two lines of text. */
  static String textOf(RunResult result) {
    return result.verdict() + "\n" + published(result.publishing());
  }

  /** The folder names model and version; the reason, where there is none, also says what to do. */
  private static String published(PublishingResult publishing) {
    return publishing
        .path()
        .map(path -> "Published in " + path)
        .orElseGet(() -> "Not published: " + publishing.reason());
  }

  /** The run's id, as a link to its page where there is one. */
  static String of(NotebookRun run) {
    String page = run.page();
    String id = Html.escape(run.workflowId());
    return page.startsWith("http://") || page.startsWith("https://")
        ? "<p>run <a href=\"" + Html.escape(page) + "\">" + id + "</a></p>"
        : "<p>run " + id + ": " + Html.escape(page) + "</p>";
  }
}
