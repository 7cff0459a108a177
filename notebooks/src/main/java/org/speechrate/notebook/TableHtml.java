package org.speechrate.notebook;

import java.util.Locale;
import java.util.stream.IntStream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** A Tablesaw table as HTML: names, types, values and the number of rows. */
final class TableHtml {
  /** Shown of a longer table: half from its head, half from its end. */
  static final int MOST_ROWS = 20;

  private static final String LEFT = " style=\"text-align:left\"";
  private static final String RIGHT = " style=\"text-align:right\"";

  private TableHtml() {}

  static String of(Table table) {
    StringBuilder html = new StringBuilder("<table><thead><tr>");
    for (Column<?> column : table.columns()) {
      html.append("<th scope=\"col\"")
          .append(alignment(column))
          .append('>')
          .append(Html.escape(column.name()))
          .append("<br><small style=\"font-weight:normal\">")
          .append(Html.escape(column.type().name().toLowerCase(Locale.ROOT)))
          .append("</small></th>");
    }
    html.append("</tr></thead><tbody>");
    int rows = table.rowCount();
    if (rows <= MOST_ROWS) {
      IntStream.range(0, rows).forEach(row -> appendRow(html, table, row));
    } else {
      int half = MOST_ROWS / 2;
      IntStream.range(0, half).forEach(row -> appendRow(html, table, row));
      html.append(
          String.format(
              Locale.ROOT,
              "<tr><td colspan=\"%d\" style=\"text-align:center\">… %,d more …</td></tr>",
              table.columnCount(),
              rows - MOST_ROWS));
      IntStream.range(rows - half, rows).forEach(row -> appendRow(html, table, row));
    }
    return html.append("</tbody></table><p><small>")
        .append(Html.escape(summary(table)))
        .append("</small></p>")
        .toString();
  }

  /** Such as {@code predictions: 48 rows × 5 columns}. */
  static String summary(Table table) {
    return String.format(
        Locale.ROOT,
        "%s: %,d %s × %d %s",
        table.name(),
        table.rowCount(),
        table.rowCount() == 1 ? "row" : "rows",
        table.columnCount(),
        table.columnCount() == 1 ? "column" : "columns");
  }

  private static void appendRow(StringBuilder html, Table table, int row) {
    html.append("<tr>");
    for (Column<?> column : table.columns()) {
      html.append("<td").append(alignment(column)).append('>');
      if (column.isMissing(row)) {
        html.append("<i style=\"opacity:0.6\">missing</i>");
      } else {
        html.append(Html.escape(text(column, row)));
      }
      html.append("</td>");
    }
    html.append("</tr>");
  }

  private static String text(Column<?> column, int row) {
    Object value = column.get(row);
    return value instanceof Double || value instanceof Float
        ? number(((Number) value).doubleValue())
        : column.getString(row);
  }

  /** Four digits after the point; what these would hide, in powers of ten. */
  static String number(double value) {
    double size = Math.abs(value);
    return size != 0 && (size < 1e-3 || size >= 1e7)
        ? String.format(Locale.ROOT, "%.3e", value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String alignment(Column<?> column) {
    return column instanceof NumericColumn<?> ? RIGHT : LEFT;
  }
}
