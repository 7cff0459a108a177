package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

class CsvInputTest {
  @TempDir Path folder;

  private CsvInput open(String content) throws IOException {
    return open(content.getBytes(StandardCharsets.UTF_8));
  }

  private CsvInput open(byte[] content) throws IOException {
    return CsvInput.open(Files.write(folder.resolve("t.csv"), content), "given/t.csv");
  }

  private List<String> column(String content, String column) throws IOException {
    List<String> values = new ArrayList<>();
    try (CsvInput input = open(content)) {
      input.forEach(row -> values.add(row.number() + ":" + row.get(column)));
    }
    return values;
  }

  @Test
  void toleratesByteOrderMarkWindowsLinesAndSpacesInTheHeader() throws IOException {
    assertThat(column("\uFEFFsample_id, cps \r\na,1\r\nb,2\r\n", "sample_id"))
        .containsExactly("1:a", "2:b");
    assertThat(column("\uFEFFsample_id, cps \r\na,1\r\nb,2\r\n", "cps"))
        .containsExactly("1:1", "2:2");
  }

  @Test
  void readsQuotedCommasQuotesAndLineBreaks() throws IOException {
    assertThat(column("id,text\n1,\"a, \"\"b\"\"\nc\"\n", "text")).containsExactly("1:a, \"b\"\nc");
  }

  @Test
  void toleratesADataFramesNamelessIndex() throws IOException {
    assertThat(column(",sample_id,cps\n0,a,1\n", "sample_id")).containsExactly("1:a");
  }

  @Test
  void refusesAMissingColumnAndListsThoseThatAreThere() throws IOException {
    try (CsvInput input = open("id,rate\n")) {
      assertThatThrownBy(() -> input.require("cps"))
          .isInstanceOf(Refusal.class)
          .hasMessage("given/t.csv: column \"cps\" is missing, there are: id, rate");
    }
  }

  @Test
  void refusesAColumnThatIsThereTwice() {
    assertThatThrownBy(() -> open("cps,id,cps\n"))
        .hasMessage(
            "given/t.csv: column \"cps\" is there twice in its header; rename or remove one");
  }

  @Test
  void refusesARowOfAnotherLength() {
    assertThatThrownBy(() -> column("a,b,c\n1,2,3\n1,2\n", "a"))
        .hasMessage("given/t.csv line 3: has 2 fields, the header has 3");
  }

  @Test
  void refusesAnEmptyFile() {
    assertThatThrownBy(() -> open("")).hasMessage("given/t.csv: is empty, it has no header line");
  }

  @Test
  void refusesWhatIsNotUtf8() {
    byte[] latin1 = "sample_id,cps\né,1\n".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(
            () -> {
              try (CsvInput input = open(latin1)) {
                input.forEach(row -> {});
              }
            })
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("given/t.csv")
        .hasMessageEndingWith("is not UTF-8; save it as a CSV file in UTF-8");
  }

  @Test
  void refusesQuotesThatNeverClose() {
    assertThatThrownBy(() -> column("id,text\n1,\"abc\n2,x\n", "id"))
        .isInstanceOf(Refusal.class)
        .hasMessage("given/t.csv line 2: has a quote that is never closed; close it");
  }

  @Test
  void countsLinesAsAnEditorDoes() throws IOException {
    // Line 1 is the header, line 2 empty; a's text goes on in lines 4 and 5; nothing ends line 7.
    for (String end : List.of("\n", "\r\n", "\r")) {
      String content = "id,text\n\na,\"x\ny\nz\"\nb,\nc,".replace("\n", end);
      List<String> lines = new ArrayList<>();
      try (CsvInput input = open(content)) {
        input.forEach(row -> lines.add(row.line() + ":" + row.get("id")));
      }
      assertThat(lines).containsExactly("3:a", "6:b", "7:c");
    }
  }

  @Test
  void refusesABinaryFileInAShortLine() throws IOException {
    String binary = "PK\u0003\u0004" + "\u0000".repeat(10_000);
    for (int i = 0; i < 50; i++) {
      binary += ",\u0001" + i;
    }
    try (CsvInput input = open(binary)) {
      assertThatThrownBy(() -> input.require("cps"))
          .isInstanceOf(Refusal.class)
          .hasMessage(
              "given/t.csv: column \"cps\" is missing, there are: PK"
                  + "?".repeat(78)
                  + "…, ?0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 and 41 more");
    }
  }

  @Test
  void readsWhatTheLibraryReads() throws IOException {
    Random random = new Random(0);
    List<String> pieces =
        List.of(
            ",", ",", ",", "\n", "\n", "\r\n", "\r", "\"", "\"\"", "\",", ",\"", "a", "é", " ", "0",
            "\uFFFD");
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder content = new StringBuilder("x,y\n");
      // Also past the end of the buffer.
      content.append("1,2\n".repeat(i % 100 == 0 ? (1 << 14) - 5 + i / 100 % 8 : 0));
      for (int j = random.nextInt(12); j > 0; j--) {
        content.append(pieces.get(random.nextInt(pieces.size())));
      }
      String text = content.toString();
      List<List<String>> expected = new ArrayList<>();
      boolean refused = false;
      try (CSVParser parser = CSVFormat.DEFAULT.parse(new StringReader(text))) {
        for (CSVRecord each : parser) {
          refused |= each.size() != 2;
          expected.add(List.of(each.values()));
        }
      } catch (UncheckedIOException e) {
        refused = true;
      }
      List<List<String>> found = new ArrayList<>(List.of(List.of("x", "y")));
      try (CsvInput input = open(text)) {
        input.forEach(row -> found.add(List.of(row.verbatim(0), row.verbatim(1))));
        assertThat(refused).as(text).isFalse();
        assertThat(found).as(text).isEqualTo(expected);
        read++;
      } catch (Refusal e) {
        assertThat(refused).as(text).isTrue();
      }
    }
    assertThat(read).isBetween(2_000, 18_000);
  }
}
