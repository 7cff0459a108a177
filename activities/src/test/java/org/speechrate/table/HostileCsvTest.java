package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.pipeline.Refusal;

/** Tables that would fill the memory; run with little of it. */
class HostileCsvTest {
  @TempDir Path folder;

  private Path repeat(String begin, String text, int times) throws IOException {
    Path file = folder.resolve("t.csv");
    try (Writer out = Files.newBufferedWriter(file)) {
      out.write(begin);
      for (int i = 0; i < times; i++) {
        out.write(text);
      }
    }
    return file;
  }

  private static void read(Path file) throws IOException {
    try (CsvInput input = CsvInput.open(file, "t.csv")) {
      input.forEach(row -> {});
    }
  }

  /** 100 MB as one field, as one that is quoted and never closed, as fields, as columns. */
  @ParameterizedTest
  @ValueSource(
      strings = {"a,b\na|aaaaaaaaaa", "a,b\n\"|a\naaaaaaaa", "a,b\n|,,,,,,,,,,", "|,,,,,,,,,,"})
  void refusesARowWithoutEnd(String beginAndRest) throws IOException {
    String[] both = beginAndRest.split("\\|", -1);
    Path file = repeat(both[0], both[1], 10_000_000);

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(Refusal.class)
        .satisfies(refusal -> Hostile.assertOneLine(refusal.getMessage(), "t.csv"))
        .hasMessageContaining("a row has more than 1,048,576 characters");
  }

  @Test
  void readsARowOfAlmostThatLength() throws IOException {
    read(repeat("sample_id,cps\na,", "aaaaaaaaaa", 100_000));
  }
}
