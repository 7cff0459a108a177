package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumpyTypeTest {
  @ParameterizedTest
  @CsvSource({
    "0x3C00, 1", // exponent 15 is 2^0
    "0xC000, -2", // sign, exponent 16 is 2^1
    "0x3555, 0.333251953125", // 2^-2 × (1 + 341/1024)
    "0x7BFF, 65504", // the largest: 2^15 × (2 - 2^-10)
    "0x0400, 6.103515625E-5", // the smallest of full precision: 2^-14
    "0x0001, 5.960464477539063E-8", // the smallest: 2^-24
    "0x8000, -0.0",
    "0x7C00, Infinity",
    "0x7E00, NaN"
  })
  void decodesHalfPrecision(String bits, Float value) {
    assertThat(NumpyType.half((short) (int) Integer.decode(bits))).isEqualTo(value);
  }

  @Test
  void decodesEitherByteOrder() {
    float[] value = new float[1];
    NumpyType.of(">f4").floats(ByteBuffer.wrap(new byte[] {0x3F, (byte) 0x80, 0, 0}), value);
    assertThat(value).containsExactly(1);
    NumpyType.of("<f8").floats(ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 0, 0, 0, 0x40}), value);
    assertThat(value).containsExactly(2);
  }

  @Test
  void namesTypesAsNumpyDoes() {
    assertThat(NumpyType.of("<f2")).hasToString("float16");
    assertThat(NumpyType.of("|O")).hasToString("object");
    assertThat(NumpyType.of("<i8")).hasToString("int64");
    assertThat(NumpyType.of("nonsense")).hasToString("an unknown type");
  }
}
