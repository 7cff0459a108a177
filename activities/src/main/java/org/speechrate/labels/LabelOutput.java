package org.speechrate.labels;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Decimals;

/** Writes one split's {@code <split>_cps.csv}. */
final class LabelOutput implements Closeable {
  static final List<String> COLUMNS =
      List.of("audio_path", "text", "cps", "speaker_id", "chapter_id", "audio_id");

  private final CsvOutput csv;

  /**
   * @param further columns after the six
   */
  LabelOutput(Path folder, String split, List<String> further) throws IOException {
    List<String> columns = new ArrayList<>(COLUMNS);
    columns.addAll(further);
    this.csv = CsvOutput.create(folder.resolve(fileName(split)), columns);
  }

  static String fileName(String split) {
    return split + "_cps.csv";
  }

  void label(
      String audioPath,
      String text,
      double cps,
      String speakerId,
      String chapterId,
      String sampleId,
      List<String> further) {
    List<String> fields = new ArrayList<>(COLUMNS.size() + further.size());
    fields.addAll(List.of(audioPath, text, Decimals.shortest(cps), speakerId, chapterId, sampleId));
    fields.addAll(further);
    csv.row(fields);
  }

  @Override
  public void close() throws IOException {
    csv.close();
  }
}
