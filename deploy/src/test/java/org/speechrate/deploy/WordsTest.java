package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void namesOfClassesBecomeWordsOrNothing() {
    assertThat(Words.of(new AccessDeniedException("/data/x"))).isEqualTo("access denied: /data/x");
    assertThat(Words.of(new IOException("No space left on device")))
        .isEqualTo("No space left on device");
    assertThat(Words.of(new UncheckedIOException(new AccessDeniedException("/x"))))
        .isEqualTo("access denied: /x");
    assertThat(Words.of(new NullPointerException())).isEqualTo("null pointer");
    assertThat(Words.of(new IOException())).isEqualTo("it gave no reason");
  }

  @Test
  void aMessageIsOneLine() {
    assertThat(Words.line("disk full\n\tat somewhere")).isEqualTo("disk full");
  }

  @Test
  void quotesWhatAShellWouldTakeApart() {
    assertThat(Words.quoted("/tmp/fx-1")).isEqualTo("/tmp/fx-1");
    assertThat(Words.quoted("my runs")).isEqualTo("'my runs'");
    assertThat(Words.quoted("it's")).isEqualTo("'it'\\''s'");
    assertThat(Words.quoted("")).isEqualTo("''");
  }
}
