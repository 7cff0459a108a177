package org.speechrate.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.Refusal;

class IdTableTest {
  @Test
  void keepsTheNumbersOfManyIds() {
    IdTable table = new IdTable("ids");
    for (int i = 0; i < 200_000; i++) {
      assertThat(table.putIfAbsent("id-" + i, i)).isEqualTo(-1);
    }
    for (int i = 0; i < 200_000; i++) {
      assertThat(table.get("id-" + i)).isEqualTo(i);
      assertThat(table.get("no-" + i)).isEqualTo(-1);
    }
    assertThat(table.numbers().count()).isEqualTo(200_000);
    assertThat(table.numbers().sum()).isEqualTo(200_000L * 199_999 / 2);
  }

  @Test
  void replacesANumberOnlyWhereItIsAskedTo() {
    IdTable table = new IdTable("ids");
    assertThat(table.put("a", 0)).isEqualTo(-1);
    assertThat(table.putIfAbsent("a", 7)).isZero();
    assertThat(table.get("a")).isZero();
    assertThat(table.put("a", Long.MAX_VALUE - 1)).isZero();
    assertThat(table.get("a")).isEqualTo(Long.MAX_VALUE - 1);
  }

  @Test
  void refusesMoreThanTheHeapHolds() {
    IdTable table = new IdTable("my ids", 1 << 20);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                table.put("id-" + i, i);
              }
            })
        .isInstanceOf(Refusal.class)
        .hasMessageMatching(
            "my ids: there is no room for more than [0-9,]+ ids in Java's heap of [0-9,]+ MB; give"
                + " the worker more, such as by JAVA_TOOL_OPTIONS=-Xmx8g");
  }
}
