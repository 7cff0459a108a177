package org.speechrate.notebook;

import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/**
 * Runs or versions on the test utterances that all of them have.
 *
 * @param utterances number of these
 * @param metrics columns which, mse, mse_low, mse_high (95 % interval over speakers), and so on for
 *     mae, r2, pearson and spearman; one row for each, then one for the first one's minus each
 *     other's
 * @param differences columns field, and each one's value: what differs in input and data
 */
public record Comparison(long utterances, Table metrics, Table differences) {
  /** One line for each difference. */
  public String verdict() {
    StringBuilder lines = new StringBuilder();
    for (Row row : metrics) {
      String[] names = row.getString("which").split(" minus ", 2);
      if (names.length == 2) {
        lines
            .append(lines.length() == 0 ? "" : "\n")
            .append(names[0])
            .append(
                row.isMissing("mse_low")
                    ? " cannot be compared by an interval with "
                    : row.getDouble("mse_high") < 0
                        ? " has a smaller MSE than "
                        : row.getDouble("mse_low") > 0
                            ? " has a larger MSE than "
                            : " cannot be told apart from ")
            .append(names[1]);
      }
    }
    return lines.toString();
  }

  /** As {@link #verdict()}. */
  @Override
  public String toString() {
    return verdict();
  }
}
