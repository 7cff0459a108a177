package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleIdsTest {
  @ParameterizedTest
  @CsvSource({
    "raw/dev/84/84-1-0000.flac,84-1-0000",
    "C:\\raw\\dev\\84-1-0000.flac,84-1-0000",
    "raw\\mixed/84-1-0000.wav,84-1-0000",
    "84-1-0000,84-1-0000",
    "a.b/c.d.flac,c.d",
    ".hidden,.hidden",
    "'',''"
  })
  void isTheFileNameWithoutFolderAndEnding(String path, String id) {
    assertThat(SampleIds.stem(path)).isEqualTo(id);
  }
}
