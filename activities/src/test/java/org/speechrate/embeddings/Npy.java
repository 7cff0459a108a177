package org.speechrate.embeddings;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes .npy files byte by byte. */
final class Npy {
  private Npy() {}

  /** Version 1 with this header, then the data. */
  static byte[] of(String header, byte[] data) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    byte[] text = (header + "\n").getBytes(StandardCharsets.US_ASCII);
    file.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.write(new byte[] {(byte) text.length, (byte) (text.length >>> 8)});
    file.write(text);
    file.write(data);
    return file.toByteArray();
  }

  static byte[] float32(String shape, float... values) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      data.putFloat(value);
    }
    return of("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }", data.array());
  }

  /** An object array of shape () with this pickle. */
  static byte[] object(byte[] pickle) throws IOException {
    return of("{'descr': '|O', 'fortran_order': False, 'shape': (), }", pickle);
  }

  /** The values after the header, which ends with the first line feed. */
  static float[] values(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    int start = 0;
    while (content[start] != '\n') {
      start++;
    }
    ByteBuffer data =
        ByteBuffer.wrap(content, start + 1, content.length - start - 1)
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[data.remaining() / 4];
    data.asFloatBuffer().get(values);
    return values;
  }
}
