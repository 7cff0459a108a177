package org.speechrate.encoder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.speechrate.corpus.AudioHeader;
import org.speechrate.embeddings.EmbeddingMatrix;

/** Audio that tests hear, and what {@code make_goldens.py} made of it. */
final class Sounds {
  static final Path GOLDENS = Path.of("src/test/resources/encoder");
  static final Path GE2E = Path.of("../data/sample/encoder");
  static final Path SHAPED = GOLDENS.resolve("shaped");
  static final String FIRST = "9001-1-0000";
  static final String SECOND = "9014-1-0003";
  static final int RATE_HZ = 16_000;

  private Sounds() {}

  /** An utterance of the bundled sample: 16 kHz, mono, 16 bit. */
  static Path utterance(String id) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("../data/sample/corpus"))) {
      return files
          .filter(file -> file.getFileName().toString().equals(id + ".flac"))
          .findFirst()
          .orElseThrow();
    }
  }

  static float[] decoded(Path file) throws IOException {
    return AudioDecoder.decode(file, AudioHeader.read(file), RATE_HZ);
  }

  static short[] samples16(Path file) throws IOException {
    float[] decoded = decoded(file);
    short[] samples = new short[decoded.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (decoded[i] * 32768);
    }
    return samples;
  }

  /**
   * @param samples of all channels, one after the other in time
   */
  static Path wav(Path file, int rateHz, int channels, short... samples) throws IOException {
    int bytes = samples.length * Short.BYTES;
    ByteBuffer out = ByteBuffer.allocate(44 + bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + bytes);
    out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    out.putShort((short) 1).putShort((short) channels).putInt(rateHz);
    out.putInt(rateHz * channels * Short.BYTES).putShort((short) (channels * Short.BYTES));
    out.putShort((short) 16).put("data".getBytes(StandardCharsets.US_ASCII)).putInt(bytes);
    for (short sample : samples) {
      out.putShort(sample);
    }
    return Files.write(file, out.array());
  }

  /** A sine at half of full scale. */
  static short[] tone(int rateHz, int hz, int samples) {
    short[] tone = new short[samples];
    for (int i = 0; i < samples; i++) {
      tone[i] = (short) Math.rint(16_384 * Math.sin(2 * Math.PI * hz * i / rateHz));
    }
    return tone;
  }

  static float[][] golden(String name) throws IOException {
    EmbeddingMatrix matrix = EmbeddingMatrix.open(GOLDENS.resolve(name));
    float[][] rows = new float[Math.toIntExact(matrix.rows())][matrix.dimension()];
    for (int i = 0; i < rows.length; i++) {
      matrix.read(i, rows[i], 0);
    }
    return rows;
  }

  static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  static float largestDifference(float[] flat, List<float[]> rows) {
    float largest = 0;
    for (int i = 0; i < flat.length; i++) {
      float[] row = rows.get(i / rows.get(0).length);
      largest = Math.max(largest, Math.abs(flat[i] - row[i % row.length]));
    }
    return largest;
  }
}
