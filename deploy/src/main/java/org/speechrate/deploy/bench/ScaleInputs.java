package org.speechrate.deploy.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.speechrate.table.Splits;

/**
 * Makes a matrix, its ids and labels of any size: a hundred utterances a speaker, 18 of 20 speakers
 * in train, and a rate that two of the values tell, but for some noise.
 */
final class ScaleInputs {
  static final String MATRIX = "x.npy";
  static final String IDS = "ids.csv";

  private static final int UTTERANCES = 100;
  private static final int SPEAKERS = 20;
  private static final int BLOCK_BYTES = 1 << 22;

  private ScaleInputs() {}

  static void make(Path folder, long rows, int dimension) throws IOException {
    SplittableRandom random = new SplittableRandom(0);
    Map<String, BufferedWriter> labels = new HashMap<>();
    try (FileChannel matrix =
            FileChannel.open(
                folder.resolve(MATRIX), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        BufferedWriter ids = Files.newBufferedWriter(folder.resolve(IDS))) {
      for (String split : Splits.NAMES) {
        labels.put(split, Files.newBufferedWriter(folder.resolve(split + "_cps.csv")));
        labels.get(split).write("sample_id,cps,speaker_id\n");
      }
      ids.write("sample_id,split\n");
      ByteBuffer block =
          ByteBuffer.allocateDirect(BLOCK_BYTES + Float.BYTES * dimension)
              .order(ByteOrder.LITTLE_ENDIAN);
      block.put(header(rows, dimension));
      for (long row = 0; row < rows; row++) {
        float[] values = new float[dimension];
        for (int i = 0; i < dimension; i += 2) {
          long bits = random.nextLong();
          values[i] = (int) bits * 0x1p-34f;
          values[Math.min(i + 1, dimension - 1)] = (int) (bits >>> 32) * 0x1p-34f;
        }
        block.asFloatBuffer().put(values);
        block.position(block.position() + Float.BYTES * dimension);
        if (block.position() >= BLOCK_BYTES) {
          write(matrix, block);
        }
        double cps = 14 + 20 * (values[0] - values[dimension - 1]) + 0.4 * random.nextDouble();
        long speaker = row / UTTERANCES;
        String id = speaker + "-1-" + (10_000 + row % UTTERANCES);
        String split = Splits.NAMES.get((int) Math.max(0, speaker % SPEAKERS - SPEAKERS + 3));
        ids.write(id + "," + split + "\n");
        labels.get(split).write(id + "," + Math.round(cps * 1e4) / 1e4 + "," + speaker + "\n");
      }
      write(matrix, block);
    } finally {
      for (BufferedWriter each : labels.values()) {
        each.close();
      }
    }
  }

  private static void write(FileChannel matrix, ByteBuffer block) throws IOException {
    block.flip();
    while (block.hasRemaining()) {
      matrix.write(block);
    }
    block.clear();
  }

  private static byte[] header(long rows, int dimension) {
    String dict =
        String.format(
            Locale.ROOT,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
            rows,
            dimension);
    String padded = String.format(Locale.ROOT, "%-117s%n", dict).replace("\r", "");
    ByteBuffer header = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    header.putShort((short) padded.length());
    header.put(padded.getBytes(StandardCharsets.US_ASCII));
    return header.array();
  }
}
