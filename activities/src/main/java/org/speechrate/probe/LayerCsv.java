package org.speechrate.probe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.DescriptionLength;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.table.CsvOutput;

/** {@code layers.csv}: a row for each layer, numbers as they are, empty where there is none. */
final class LayerCsv {
  private LayerCsv() {}

  static void write(Path file, List<LayerRow> rows) throws IOException {
    List<String> columns = new ArrayList<>(List.of("layer", "dimension", "weight"));
    for (String kind : List.of("ridge", "mlp")) {
      for (String column :
          List.of(
              "dev_r2",
              "test_r2",
              "test_low",
              "test_high",
              "control_r2",
              "selectivity",
              "selectivity_low",
              "selectivity_high")) {
        columns.add(kind + "_" + column);
      }
    }
    columns.addAll(List.of("bits", "constant_bits", "compression", "cca", "note"));
    try (CsvOutput csv = CsvOutput.create(file, columns)) {
      rows.forEach(row -> csv.row(fields(row)));
    }
  }

  private static List<String> fields(LayerRow row) {
    List<String> fields = new ArrayList<>();
    fields.add(row.name());
    fields.add(row.scores().map(scores -> Integer.toString(scores.dimension())).orElse(""));
    fields.add(number(row.weight()));
    for (Optional<ProbeScore> score :
        List.of(row.scores().map(LayerScores::ridge), row.scores().map(LayerScores::network))) {
      fields.add(number(score.flatMap(ProbeScore::dev)));
      Optional<Score> test = score.map(ProbeScore::test);
      fields.add(number(test.flatMap(Score::value)));
      addInterval(fields, test);
      fields.add(number(score.map(ProbeScore::control).flatMap(Score::value)));
      Optional<Score> selectivity = score.map(ProbeScore::selectivity);
      fields.add(number(selectivity.flatMap(Score::value)));
      addInterval(fields, selectivity);
    }
    Optional<DescriptionLength> description = row.scores().map(LayerScores::description);
    fields.add(number(description.flatMap(DescriptionLength::bits)));
    fields.add(number(description.flatMap(DescriptionLength::constantBits)));
    fields.add(number(description.flatMap(DescriptionLength::compression)));
    fields.add(number(row.scores().map(LayerScores::correlation).flatMap(Score::value)));
    fields.add(row.failure().orElseGet(() -> row.scores().map(LayerCsv::note).orElse("")));
    return fields;
  }

  /** Why something is absent: each reason once. */
  static String note(LayerScores scores) {
    List<String> reasons = new ArrayList<>();
    for (Score score :
        List.of(
            scores.ridge().test(),
            scores.ridge().selectivity(),
            scores.network().test(),
            scores.network().selectivity(),
            scores.correlation())) {
      score.reason().ifPresent(reasons::add);
    }
    scores.description().reason().ifPresent(reasons::add);
    return String.join("; ", reasons.stream().distinct().toList());
  }

  private static void addInterval(List<String> fields, Optional<Score> score) {
    Optional<Interval> interval = score.flatMap(Score::interval);
    fields.add(number(interval.map(Interval::low)));
    fields.add(number(interval.map(Interval::high)));
  }

  private static String number(Optional<Double> value) {
    return value.map(String::valueOf).orElse("");
  }
}
