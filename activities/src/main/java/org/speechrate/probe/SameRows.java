package org.speechrate.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.CsvInput;
import org.speechrate.table.IdTable;
import org.speechrate.table.Problems;

/**
 * Whether layers name the same utterances in the same order, so that one dataset is all of theirs.
 */
final class SameRows {
  private SameRows() {}

  /**
   * @param names of the layers
   * @param idsCsv of each, as the embeddings stage wrote it
   * @throws Refusal if one differs from the first
   */
  static void require(List<String> names, List<Path> idsCsv) throws IOException {
    for (int layer = 1; layer < names.size(); layer++) {
      if (Files.mismatch(idsCsv.get(0), idsCsv.get(layer)) >= 0) {
        compare(names.get(0), idsCsv.get(0), names.get(layer), idsCsv.get(layer));
      }
    }
  }

  private static void compare(String name, Path idsCsv, String otherName, Path otherCsv)
      throws IOException {
    IdTable rows = new IdTable("ids of the layers");
    long[] count = {0};
    try (CsvInput csv = CsvInput.open(idsCsv, name)) {
      csv.forEach(row -> rows.put(row.get("sample_id"), count[0]++));
    }
    Problems.Names strangers = new Problems.Names();
    Problems.Names moved = new Problems.Names();
    long[] others = {0};
    try (CsvInput csv = CsvInput.open(otherCsv, otherName)) {
      csv.forEach(
          row -> {
            long at = rows.get(row.get("sample_id"));
            if (at != others[0]) {
              (at < 0 ? strangers : moved).add(Problems.value(row.get("sample_id")));
            }
            others[0]++;
          });
    }
    String first = Problems.value(name);
    String other = Problems.value(otherName);
    if (strangers.count() > 0) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "%s has %,d sample_ids that %s has not: %s",
              other,
              strangers.count(),
              first,
              strangers));
    }
    if (others[0] != count[0]) {
      throw refusal(
          String.format(
              Locale.ROOT, "%s has %,d rows, %s has %,d", first, count[0], other, others[0]));
    }
    if (moved.count() > 0) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "%s and %s have %,d sample_ids in different rows: %s",
              first,
              other,
              moved.count(),
              moved));
    }
  }

  private static Refusal refusal(String problem) {
    return new Refusal(
        Refusal.Kind.MISSING_SAMPLE,
        "probe.layers: "
            + problem
            + "; all layers must name the same utterances in the same order");
  }
}
