package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class NpyHeaderTest {
  private static final String DICT = "{'descr': '>f8', 'fortran_order': True, 'shape': (3, 4), }\n";

  @TempDir Path folder;

  private NpyHeader read(byte[] content) throws IOException {
    return NpyHeader.read(Files.write(folder.resolve("x.npy"), content), "given/x.npy");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void readsTheVersionsWithFourBytesOfLength(int version) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    file.write(new byte[] {(byte) DICT.length(), 0, 0, 0});
    file.write(DICT.getBytes(StandardCharsets.US_ASCII));

    NpyHeader header = read(file.toByteArray());

    assertThat(header.type()).isEqualTo(new NumpyType('f', 8, ByteOrder.BIG_ENDIAN));
    assertThat(header.fortranOrder()).isTrue();
    assertThat(header.shape()).isEqualTo(List.of(3L, 4L));
    assertThat(header.dataOffset()).isEqualTo(12 + DICT.length());
  }

  @Test
  void readsShapesOfNoneAndOneDimension() throws IOException {
    assertThat(read(Npy.float32("()")).shape()).isEmpty();
    assertThat(read(Npy.float32("(5,)")).shape()).containsExactly(5L);
    assertThat(read(Npy.float32("(5L, 2L)")).shape()).containsExactly(5L, 2L); // Python 2
  }

  @Test
  void writesDataAtAMultipleOf64() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NpyHeader.writeFloat32(out, 33_862, 256);

    NpyHeader header = read(out.toByteArray());
    assertThat(out.size() % 64).isZero();
    assertThat(header.dataOffset()).isEqualTo(out.size());
    assertThat(header.shape()).containsExactly(33_862L, 256L);
    assertThat(header.type()).isEqualTo(NumpyType.of("<f4"));
    assertThat(header.fortranOrder()).isFalse();
  }

  @Test
  void refusesWhatIsNoNpyFile() {
    assertThatThrownBy(() -> read("sample_id,split\n".getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(Refusal.class)
        .hasMessage("given/x.npy: is not a .npy file of numpy; write it with np.save");
  }

  @Test
  void refusesAHeaderThatIsCutOff() throws IOException {
    byte[] whole = Npy.float32("(1, 1)");

    for (int length : new int[] {0, 7, 9, 30}) {
      assertThatThrownBy(() -> read(Arrays.copyOf(whole, length)))
          .hasMessage("given/x.npy: ends within its .npy header");
    }
  }

  @Test
  void refusesStructuredArrays() {
    assertThatThrownBy(
            () ->
                read(
                    Npy.of(
                        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}",
                        new byte[0])))
        .hasMessageStartingWith("given/x.npy: must hold one plain array, its .npy header is");
  }

  @Test
  void refusesAHeaderThatClaimsToBeHuge() {
    byte[] file = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1};

    assertThatThrownBy(() -> read(file))
        .hasMessage("given/x.npy: has a header of 4294967295 bytes, at most 10000 are read");
  }
}
