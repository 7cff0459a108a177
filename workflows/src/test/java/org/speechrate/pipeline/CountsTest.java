package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountsTest {
  @Test
  void oneIsNoPlural() {
    assertThat(Counts.of(0, "label")).isEqualTo("0 labels");
    assertThat(Counts.of(1, "label")).isEqualTo("1 label");
    assertThat(Counts.of(1234, "label")).isEqualTo("1,234 labels");
  }
}
