package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.Refusal;

class ProblemsTest {
  private final Problems problems = new Problems();

  @Test
  void refusesNothingWhereNothingIsWrong() {
    assertThatCode(() -> problems.refuseIfAny("x", "")).doesNotThrowAnyException();
  }

  @Test
  void namesOneProblemAlone() {
    problems.add(Refusal.Kind.BAD_VALUE, "row 3 is empty");

    assertThatThrownBy(() -> problems.refuseIfAny("x.csv", "fill it"))
        .isInstanceOf(Refusal.class)
        .hasMessage("x.csv: row 3 is empty; fill it")
        .extracting("kind")
        .isEqualTo(Refusal.Kind.BAD_VALUE);
  }

  @Test
  void namesTenAndCountsAllOnOneLine() {
    for (int i = 1; i <= 1234; i++) {
      problems.add(Refusal.Kind.BAD_VALUE, "p" + i + "\n");
    }

    assertThatThrownBy(() -> problems.refuseIfAny("x.csv", ""))
        .hasMessage(
            "x.csv: 1,234 problems: p1?; p2?; p3?; p4?; p5?; p6?; p7?; p8?; p9?; p10?"
                + " and 1,224 more");
  }
}
