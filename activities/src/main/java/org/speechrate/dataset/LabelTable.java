package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Reads the labels stage's output. */
final class LabelTable {
  private static final String FIELD = "dataset.speakerFrom";

  private LabelTable() {}

  /**
   * Hands over the labels of all splits, in the order of {@link Splits#NAMES}.
   *
   * @param speakerFrom column that names the speaker, else {@code speaker_id}
   * @throws Refusal if that column is absent, or empty in a row
   */
  static void forEach(Path folder, Optional<String> speakerFrom, Consumer<Label> consumer)
      throws IOException {
    String column = speakerFrom.orElse("speaker_id");
    Problems.Names unknown = new Problems.Names();
    for (String split : Splits.NAMES) {
      String file = split + "_cps.csv";
      try (CsvInput input = CsvInput.open(folder.resolve(file), file)) {
        if (speakerFrom.isPresent() && !input.has(column)) {
          throw new Refusal(
              Refusal.Kind.MISSING_COLUMN,
              Problems.oneLine(
                  String.format(
                      "%s: the labels (%s) have no column \"%s\", they have: %s",
                      FIELD, file, Problems.value(column), Problems.firstTen(input.columns()))));
        }
        input.forEach(
            row -> {
              String speaker = row.get(column);
              if (speaker.isEmpty() && speakerFrom.isPresent()) {
                unknown.add(Problems.value(row.get("audio_id")));
              }
              consumer.accept(new Label(row.get("audio_id"), split, row.get("cps"), speaker));
            });
      }
    }
    if (unknown.count() > 0) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "%s: column \"%s\" must name a speaker for every label, it is empty for %s",
              FIELD, Problems.value(column), unknown));
    }
  }
}
