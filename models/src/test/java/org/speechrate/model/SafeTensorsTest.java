package org.speechrate.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsTest {
  @TempDir Path folder;

  @Test
  void readsWhatItWrites() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.write(
        file,
        new SafeTensors(
                Map.of(
                    "b", new Tensor(List.of(2, 2), new float[] {1, 2, 3, Float.MIN_VALUE}),
                    "a", new Tensor(List.of(), new float[] {7})),
                Map.of("made by", "a test, \"quoted\""))
            .toBytes());

    SafeTensors read = SafeTensors.read(file);

    assertThat(read.tensors().keySet()).containsExactly("a", "b");
    assertThat(read.tensor("a").shape()).isEmpty();
    assertThat(read.tensor("a").values()).containsExactly(7);
    assertThat(read.tensor("b").shape()).containsExactly(2, 2);
    assertThat(read.tensor("b").values()).containsExactly(1, 2, 3, Float.MIN_VALUE);
    assertThat(read.metadata()).containsExactly(Map.entry("made by", "a test, \"quoted\""));
  }

  @Test
  void writesTheFormatByteByByteWithNumbersAtAMultipleOfEight() {
    byte[] bytes =
        new SafeTensors(Map.of("x", new Tensor(List.of(1), new float[] {1})), Map.of()).toBytes();

    // {"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} has 54 characters; 2 spaces make 56.
    String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}  ";
    assertThat(header).hasSize(56);
    ByteBuffer expected = ByteBuffer.allocate(8 + 56 + 4).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(56).put(header.getBytes(StandardCharsets.UTF_8)).putFloat(1);
    assertThat(bytes).isEqualTo(expected.array());
  }

  @Test
  void refusesWhatBreaksTheFormatInOneLine() {
    refuses("{", 0, "its header is no JSON");
    refuses("[]", 0, "its header is no JSON object");
    refuses(
        "{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        4,
        "tensor x has type \"F16\", only F32 is read");
    refuses(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        4,
        "tensor x: shape [2] needs 8 bytes, has 4");
    refuses(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        4,
        "tensor x: bytes 4 to 8 lie outside the file's 4");
    refuses(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        4,
        "tensor x: bad shape");
    refuses(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536],\"data_offsets\":[0,0]}}",
        0,
        "tensor x: shape [65536] exceeds the file");
    refuses(
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        4,
        "its tensors overlap or leave a gap at byte 4");
    refuses("{\"x\":{},\"x\":{}}", 0, "Duplicate field 'x'");
    refuses("{}", 4, "its tensors end at byte 0, its data at 4");
  }

  @Test
  void refusesAHeaderLongerThanTheFile() throws IOException {
    Path file = folder.resolve("short.safetensors");
    Files.write(file, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, '{', '}'});
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file
                + " is no safetensors file of float32: its header would have"
                + " 18446744073709551615 bytes, the file has 10");
    Files.write(file, new byte[3]);
    assertThatThrownBy(() -> SafeTensors.read(file)).hasMessageContaining("it has only 3 bytes");
  }

  @Test
  void refusesAFileThatTheMemoryCannotTake() throws IOException {
    Path file = Files.createFile(folder.resolve("large.safetensors"));
    long most = Runtime.getRuntime().maxMemory() / 4;
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(most + 1);
    }
    assertThatThrownBy(() -> SafeTensors.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file + " has %d bytes, this JVM has memory for %d; give it more (-Xmx)",
            most + 1,
            most);
  }

  @Test
  void saysWhatIsWrongInOneLineWhateverTheNames() throws IOException {
    String header = "{\"" + "x".repeat(10_000) + "\\n\\u2028\":{}}";
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
    Path file = Files.write(folder.resolve("names.safetensors"), bytes.array());

    assertThatThrownBy(() -> SafeTensors.read(file))
        .hasMessage(file + " is no safetensors file of float32: tensor " + "x".repeat(493) + "…");
  }

  private static void refuses(String header, int dataBytes, String words) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json);
    assertThatThrownBy(() -> SafeTensors.parse(file.array()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words)
        .message()
        .doesNotContain("\n");
  }
}
