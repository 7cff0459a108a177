package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.Refusal;

class ProblemsTest {
  private final Problems problems = new Problems();

  @Test
  void refusesNothingWhereNothingIsWrong() {
    assertThatCode(() -> problems.refuseIfAny("x")).doesNotThrowAnyException();
  }

  @Test
  void namesOneProblemAlone() {
    problems.add(Refusal.Kind.BAD_VALUE, "line 3 is empty", "fill it");

    assertThatThrownBy(() -> problems.refuseIfAny("x.csv"))
        .isInstanceOf(Refusal.class)
        .hasMessage("x.csv: line 3 is empty; fill it")
        .extracting("kind")
        .isEqualTo(Refusal.Kind.BAD_VALUE);
  }

  @Test
  void namesTenAndCountsAllOnOneLine() {
    for (int i = 1; i <= 1234; i++) {
      problems.add(Refusal.Kind.BAD_VALUE, "p" + i + "\n", "");
    }

    assertThatThrownBy(() -> problems.refuseIfAny("x.csv"))
        .hasMessage(
            "x.csv: 1,234 problems: p1?; p2?; p3?; p4?; p5?; p6?; p7?; p8?; p9?; p10?"
                + " and 1,224 more");
  }

  @Test
  void saysEachCureOnce() {
    problems.add(Refusal.Kind.BAD_VALUE, "line 2 is empty", "fill it");
    problems.add(Refusal.Kind.BAD_VALUE, "line 3 is empty", "fill it");
    problems.add(Refusal.Kind.DUPLICATE_ID, "a is there twice", "keep one of each");
    problems.add(Refusal.Kind.BAD_VALUE, "line 9 is odd", "");

    assertThatThrownBy(() -> problems.refuseIfAny("x.csv"))
        .hasMessage(
            "x.csv: 4 problems: line 2 is empty; line 3 is empty; a is there twice; line 9 is odd;"
                + " fill it; keep one of each");
  }

  @Test
  void showsEightyCharactersOfAValueAndNothingUnprintable() {
    assertThat(Problems.value("x".repeat(80))).isEqualTo("x".repeat(80));
    assertThat(Problems.value("x".repeat(81))).isEqualTo("x".repeat(80) + "…");
    // 81 characters beyond the 16 bits of a Java char: none is cut in two.
    assertThat(Problems.value("😀".repeat(81))).isEqualTo("😀".repeat(80) + "…");
    assertThat(Problems.value("a\u0000b\u0085c\u2028d\u202Ee\tf")).isEqualTo("a?b?c?d?e?f");
  }

  @Test
  void clipsEachOfTheFirstTenNames() {
    assertThat(Problems.firstTen(Collections.nCopies(12, "n".repeat(1000))))
        .isEqualTo(
            String.join(", ", Collections.nCopies(10, "n".repeat(80) + "…")) + " and 2 more");
  }
}
