package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
  @Test
  void writesTheShortestDecimalThatReadsBackAsTheSameDouble() {
    assertThat(Decimals.shortest(0.1)).isEqualTo("0.1");
    assertThat(Decimals.shortest(100)).isEqualTo("100");
    assertThat(Decimals.shortest(0)).isEqualTo("0");
    // 0.1 + 0.2 is the double next above 0.3, which needs all 17 digits.
    assertThat(Decimals.shortest(0.1 + 0.2)).isEqualTo("0.30000000000000004");
    // Double.toString of Java 17 writes 2.0E-3 here, and of 2e-44's kin even too many digits.
    assertThat(Decimals.shortest(0.002)).isEqualTo("0.002");
  }

  @Test
  void losesNoBitOfAnyDouble() {
    Random random = new Random(0);
    for (int i = 0; i < 20_000; i++) {
      double value = random.nextGaussian() * Math.pow(10, random.nextInt(20) - 10);
      assertThat(Double.parseDouble(Decimals.shortest(value))).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"12", "12.", ".5", "-1.5e3", "+7", " 3 ", "1E-5"})
  void readsDecimals(String text) {
    assertThat(Decimals.parse(text)).hasValue(Double.parseDouble(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "nan", "NaN", "inf", "Infinity", "1d", "0x1p3", "9,62", "1e999", "1 2"})
  void readsNothingElse(String text) {
    assertThat(Decimals.parse(text)).isEmpty();
  }

  @Test
  void showsAsManyDecimalsAsItTakesToTellTwoNumbersApart() {
    assertThat(Decimals.apart(2.634, 4.251, 2)).containsExactly("2.63", "4.25");
    assertThat(Decimals.apart(4.9061, 4.9139, 2)).containsExactly("4.906", "4.914");
    assertThat(Decimals.apart(4.91, 4.91, 2)).containsExactly("4.91", "4.91");
    // One apart in the last bit: 12 decimals are enough for anybody.
    assertThat(Decimals.apart(1, Math.nextUp(1.0), 2))
        .containsExactly("1.000000000000", "1.000000000000");
  }

  @Test
  void isTheFirstOf15To17DigitsThatReadsBack() {
    Random random = new Random(0);
    for (int i = 0; i < 200_000; i++) {
      double value =
          i % 2 == 0
              ? random.nextInt(1_000_000) / (double) (1 + random.nextInt(400_000))
              : Math.pow(10, random.nextInt(16) - 5) * (random.nextDouble() - 0.5);
      String expected = "";
      for (int digits = 15; digits <= 17 && expected.isEmpty(); digits++) {
        BigDecimal rounded =
            new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        if (digits == 17 || rounded.doubleValue() == value) {
          expected = rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
        }
      }
      assertThat(Decimals.shortest(value)).isEqualTo(expected);
      assertThat(Decimals.parse(expected)).hasValue(value);
    }
  }
}
