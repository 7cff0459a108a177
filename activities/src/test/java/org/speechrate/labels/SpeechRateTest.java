package org.speechrate.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class SpeechRateTest {
  @Test
  void countsLettersAndDigitsPerSecond() {
    // H E L L O W O R L D: 10 letters in 2.5 s
    assertThat(SpeechRate.cps("HELLO WORLD", 2.5)).isEqualTo(4.0);
  }

  @Test
  void countsDigitsButNotApostrophes() {
    assertThat(SpeechRate.characters("IT'S 42, OK?")).isEqualTo(7); // I T S 4 2 O K
  }

  @Test
  void countsACharacterOnceAlsoWhereJavaNeedsTwoChars() {
    assertThat(SpeechRate.characters("\uD835\uDC00")).isEqualTo(1); // 𝐀
  }

  @Test
  void countsNumbersOfEveryKindButNoCombiningAccents() {
    assertThat(SpeechRate.characters("Ⅻ²½٣")).isEqualTo(4);
    assertThat(SpeechRate.characters("e\u0301")).isEqualTo(1);
  }

  @Test
  void agreesWithPythonOnEveryCodePointThatBothKnow() throws IOException {
    List<String> differing = new ArrayList<>();
    int compared = 0;
    try (BufferedReader table =
        new BufferedReader(
            new InputStreamReader(
                SpeechRateTest.class.getResourceAsStream("/labels/isalnum.csv"),
                StandardCharsets.UTF_8))) {
      table.readLine();
      for (String line = table.readLine(); line != null; line = table.readLine()) {
        String[] fields = line.split(",", -1);
        boolean expected = Boolean.parseBoolean(fields[2]);
        int last = Integer.parseInt(fields[1], 16);
        for (int point = Integer.parseInt(fields[0], 16); point <= last; point++) {
          // Java 17 has Unicode 13, the table Unicode 14: what came between is no letter here yet.
          if (Character.isDefined(point)) {
            compared++;
            if (SpeechRate.isAlphanumeric(point) != expected) {
              differing.add(Integer.toHexString(point));
            }
          }
        }
      }
    }
    assertThat(differing).isEmpty();
    assertThat(compared).isGreaterThan(140_000);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesSecondsThatAreNotAboveZero(double seconds) {
    assertThatThrownBy(() -> SpeechRate.cps("GO", seconds))
        .isInstanceOf(Refusal.class)
        .hasMessage("seconds must be above 0, got " + seconds);
  }

  @Test
  void refusesTextWithoutLettersAndDigits() {
    assertThatThrownBy(() -> SpeechRate.cps("'...'", 1))
        .isInstanceOf(Refusal.class)
        .hasMessage("text must have a letter or digit, got \"'...'\"");
  }
}
