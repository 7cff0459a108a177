package org.speechrate.notebook;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** A run's numbers and files as Tablesaw tables. */
final class RunTables {
  private RunTables() {}

  static Table metrics(Map<String, SplitMetrics> evaluation) {
    StringColumn split = StringColumn.create("split");
    LongColumn n = LongColumn.create("n");
    DoubleColumn mse = DoubleColumn.create("mse");
    DoubleColumn mae = DoubleColumn.create("mae");
    DoubleColumn r2 = DoubleColumn.create("r2");
    DoubleColumn baseline = DoubleColumn.create("baseline_mse");
    DoubleColumn low = DoubleColumn.create("mse_low");
    DoubleColumn high = DoubleColumn.create("mse_high");
    DoubleColumn ridge = DoubleColumn.create("ridge_mse");
    evaluation.forEach(
        (name, metrics) -> {
          split.append(name);
          n.append(metrics.n());
          mse.append(metrics.mse());
          mae.append(metrics.mae());
          append(low, metrics.mseInterval().map(Interval::low));
          append(high, metrics.mseInterval().map(Interval::high));
          append(r2, metrics.r2());
          append(ridge, metrics.ridgeMse());
          baseline.append(metrics.baselineMse());
        });
    return Table.create("metrics", split, n, mse, low, high, mae, r2, baseline, ridge);
  }

  private static void append(DoubleColumn column, Optional<Double> value) {
    value.ifPresentOrElse(each -> column.append(each), column::appendMissing);
  }

  static Table predictions(Path file) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    types.put("sample_id", ColumnType.STRING);
    types.put("split", ColumnType.STRING);
    types.put("speaker_id", ColumnType.STRING);
    types.put("true_cps", ColumnType.DOUBLE);
    types.put("predicted_cps", ColumnType.DOUBLE);
    return read(file, "predictions", types);
  }

  static Table history(Path file) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    types.put("epoch", ColumnType.INTEGER);
    types.put("train_mse", ColumnType.DOUBLE);
    types.put("dev_mse", ColumnType.DOUBLE);
    return read(file, "history", types);
  }

  /** Types are given, never guessed: a sample called NA or 0012 keeps its name. */
  private static Table read(Path file, String name, Map<String, ColumnType> types) {
    Table table;
    try {
      table =
          Table.read()
              .usingOptions(
                  CsvReadOptions.builder(file.toFile())
                      .tableName(name)
                      .separator(',')
                      .columnTypesPartial(types)
                      .missingValueIndicator(""));
    } catch (RuntimeException e) {
      throw new NotebookException(
          "cannot read " + file + ": " + Speechrate.firstLine(e.getMessage()), e);
    }
    List<String> absent =
        types.keySet().stream().filter(column -> !table.columnNames().contains(column)).toList();
    if (!absent.isEmpty()) {
      throw new NotebookException(
          file + " lacks the columns " + absent + "; it has " + table.columnNames());
    }
    return table;
  }
}
