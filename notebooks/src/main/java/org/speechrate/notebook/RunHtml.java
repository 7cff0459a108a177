package org.speechrate.notebook;

import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.sweep.SweepResult;

/** A run and its result as HTML. */
final class RunHtml {
  private RunHtml() {}

  /** The verdict, what was published, and the stages. */
  static String of(RunResult result) {
    return bold(result.verdict()) + paragraph(published(result.publishing())) + of(result.stages());
  }

  /** The verdict, what was published, and the leaderboard. */
  static String of(SweepResult result) {
    return bold(result.verdict())
        + result.publishing().map(each -> paragraph(published(each))).orElse("")
        + TableHtml.of(RunTables.leaderboard(result));
  }

  /** The verdict, and where the report is. */
  static String of(ProbeResult result) {
    return bold(result.verdict())
        + paragraph("Report: " + result.report().uri() + "/probe.html")
        + of(result.stages());
  }

  /** All of it in one sentence, and where the predictions are. */
  static String of(PredictResult result) {
    return bold(result.sentence()) + paragraph(result.path()) + of(result.stages());
  }

  /** The verdict, and both tables. */
  static String of(Comparison comparison) {
    StringBuilder html = new StringBuilder();
    comparison.verdict().lines().forEach(line -> html.append(bold(line)));
    html.append(TableHtml.of(comparison.metrics()));
    return comparison.differences().isEmpty()
        ? html.append(paragraph("Input and data are the same.")).toString()
        : html.append(TableHtml.of(comparison.differences())).toString();
  }

  /** How many there are, and the tables. */
  static String of(Embeddings embeddings) {
    return bold(embeddings.toString())
        + TableHtml.of(embeddings.table())
        + (embeddings.missing().isEmpty() ? "" : TableHtml.of(embeddings.missing()));
  }

  private static String bold(String text) {
    return "<p><b>" + Html.escape(text) + "</b></p>";
  }

  private static String paragraph(String text) {
    return "<p>" + Html.escape(text) + "</p>";
  }

  private static String of(List<StageState> stages) {
    StringBuilder html = new StringBuilder("<table><thead><tr>");
    for (String name : new String[] {"stage", "state", "seconds", "what came out"}) {
      html.append("<th scope=\"col\" style=\"text-align:left\">").append(name).append("</th>");
    }
    html.append("</tr></thead><tbody>");
    for (StageState state : stages) {
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
  static String of(NotebookRun<?> run) {
    String page = run.page();
    String id = Html.escape(run.workflowId());
    return page.startsWith("http://") || page.startsWith("https://")
        ? "<p>run <a href=\"" + Html.escape(page) + "\">" + id + "</a></p>"
        : "<p>run " + id + ": " + Html.escape(page) + "</p>";
  }
}
