package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.commons.csv.CSVFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvOutputTest {
  @TempDir Path folder;

  @Test
  void writesTheBytesThatTheLibraryWrites() throws IOException {
    Random random = new Random(0);
    String characters = ",\"\n\r #!-/.aZ09~\u007Féж\t\\";
    CSVFormat format = CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get();
    StringBuilder expected = new StringBuilder("a,b,c\n");
    Path file = folder.resolve("t.csv");
    try (CsvOutput output = CsvOutput.create(file, List.of("a", "b", "c"))) {
      for (int i = 0; i < 20_000; i++) {
        String[] fields = new String[3];
        for (int j = 0; j < fields.length; j++) {
          StringBuilder field = new StringBuilder();
          for (int k = random.nextInt(5); k > 0; k--) {
            field.append(characters.charAt(random.nextInt(characters.length())));
          }
          fields[j] = field.toString();
        }
        output.row(fields);
        format.printRecord(expected, (Object[]) fields);
      }
    }
    assertThat(Files.readString(file)).isEqualTo(expected.toString());
  }
}
