package org.speechrate.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0         | 0
          4.2512    | 4.25
          14.076    | 14.08
          -0.125    | −0.13
          0.02134   | 0.021
          0.00021   | 0.00021
          12345.6   | 12,346
          1.25e9    | 1.3 × 10⁹
          -3.14e-7  | −3.1 × 10⁻⁷
          """)
  void aPersonReads(double value, String text) {
    assertThat(Numbers.of(value)).isEqualTo(text);
  }

  @Test
  void nothingHasNoSign() {
    assertThat(Numbers.fixed(-0.001, 2)).isEqualTo("0.00");
    assertThat(Numbers.signed(0.5)).isEqualTo("+0.50");
    assertThat(Numbers.signed(-0.5)).isEqualTo("−0.50");
  }

  @Test
  void ticksAreRoundAndFew() {
    Axis axis = Axis.linear("", 7.3, 18.9);
    assertThat(axis.ticks().stream().map(axis::text))
        .containsExactly("8", "10", "12", "14", "16", "18");
    Axis fine = Axis.linear("", -0.04, 0.05);
    assertThat(fine.ticks().stream().map(fine::text))
        .containsExactly("−0.04", "−0.02", "0.00", "0.02", "0.04");
    Axis point = Axis.linear("", 3, 3);
    assertThat(point.low()).isLessThan(3);
    assertThat(point.high()).isGreaterThan(3);
  }

  @Test
  void errorsFarApartGetALogarithmicAxis() {
    Axis axis = Axis.ofErrors("MSE", DoubleStream.of(1.2, 180));
    assertThat(axis.label()).isEqualTo("MSE, logarithmic");
    assertThat(axis.ticks().stream().map(axis::text))
        .containsExactly("2", "5", "10", "20", "50", "100");
    assertThat(axis.at(axis.low())).isZero();
    assertThat(Axis.ofErrors("MSE", DoubleStream.of(0, 180)).log()).isFalse();
    assertThat(Axis.ofErrors("MSE", DoubleStream.of(2, 4)).log()).isFalse();
  }
}
