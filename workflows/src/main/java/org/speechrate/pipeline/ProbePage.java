package org.speechrate.pipeline;

import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerTable;

/** A probe's layers below its stages in the Temporal UI: GitHub Markdown, the plot of text. */
final class ProbePage {
  private ProbePage() {}

  static String render(List<LayerRow> rows) {
    List<String> header = LayerTable.header(rows);
    StringBuilder page = new StringBuilder("\n");
    row(page, header);
    page.append("| :--- |");
    for (int i = 1; i < header.size(); i++) {
      page.append(i == header.size() - 1 && header.size() > 3 ? " :--- |" : " ---: |");
    }
    page.append('\n');
    LayerTable.cells(rows).forEach(cells -> row(page, cells));
    rows.stream()
        .filter(row -> row.failure().isPresent())
        .forEach(
            row ->
                page.append(
                    String.format(
                        Locale.ROOT,
                        "%n- %s: %s",
                        ProgressPage.escape(row.name()),
                        ProgressPage.escape(row.failure().get()))));
    return page.append('\n').toString();
  }

  private static void row(StringBuilder page, List<String> cells) {
    page.append('|');
    cells.forEach(
        cell ->
            page.append(' ')
                .append(ProgressPage.escape(cell))
                .append(ProgressPage.GAP)
                .append(" |"));
    page.append('\n');
  }
}
