package org.speechrate.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageResult;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/** A store for tests, and the outputs of the stages before training, made up by a formula. */
public final class TestStages implements StageStore {
  public static final int DIMENSION = 4;

  private final Workspace workspace;
  private final Map<String, StageResult<?>> committed = new ConcurrentHashMap<>();

  public TestStages(Path root) {
    try {
      workspace = Workspace.open(root, List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Workspace workspace() {
    return workspace;
  }

  @Override
  public <F extends StageFacts> StageResult<F> commit(
      StageKey key, boolean reuse, Class<F> type, Work<F> work) throws IOException {
    StageResult<?> before = committed.get(key.hash());
    if (before != null && reuse) {
      return new StageResult<>(before.artifact(), true, type.cast(before.facts()));
    }
    String uri = "data/stages/" + key.stage().word() + "/" + key.hash();
    Path folder = workspace.root().resolve(uri);
    Files.createDirectories(folder);
    F facts = work.writeTo(folder);
    StageResult<F> result =
        new StageResult<>(new Artifact(uri, "sha256 of " + uri, facts.rows()), false, facts);
    committed.put(key.hash(), result);
    return result;
  }

  @Override
  public <F extends StageFacts> Optional<StageResult<F>> find(StageKey key, Class<F> type) {
    return Optional.ofNullable(committed.get(key.hash()))
        .map(before -> new StageResult<>(before.artifact(), true, type.cast(before.facts())));
  }

  @Override
  public Path open(Artifact artifact) {
    return workspace.root().resolve(artifact.uri());
  }

  /** The embedding of a row: 4 values between -1 and 1 that look random. */
  public static float[] embedding(int row) {
    float[] values = new float[DIMENSION];
    for (int j = 0; j < DIMENSION; j++) {
      values[j] = (float) Math.sin(12.9898 * (row + 1) + 78.233 * (j + 1) * (row % 7 + 1));
    }
    return values;
  }

  /** 12 + 2 × the first value - the second, and a little that cannot be learnt. */
  public static double cps(int row) {
    float[] x = embedding(row);
    return 12 + 2 * x[0] - x[1] + 0.1 * Math.sin(row * 1.7);
  }

  /**
   * Writes samples.csv: rows 0 … in the order train, dev, test; speaker = split and row modulo 3.
   */
  public Artifact dataset(int train, int dev, int test) throws IOException {
    StringBuilder csv = new StringBuilder("row,sample_id,split,speaker_id,cps\n");
    for (int row = 0; row < train + dev + test; row++) {
      String split = row < train ? "train" : row < train + dev ? "dev" : "test";
      csv.append(
          String.format(
              Locale.ROOT, "%d,id-%d,%s,%s%d,%s\n", row, row, split, split, row % 3, cps(row)));
    }
    return write("data/stages/dataset/made-up", "samples.csv", csv.toString(), train + dev + test);
  }

  public Artifact write(String uri, String name, String text, int rows) throws IOException {
    Path folder = workspace.root().resolve(uri);
    Files.createDirectories(folder);
    Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    return new Artifact(uri, "sha256 of " + uri, rows);
  }

  /** Writes x.npy with the embeddings of rows 0 … */
  public Artifact embeddings(int rows) throws IOException {
    String uri = "data/stages/embeddings/made-up";
    Path folder = workspace.root().resolve(uri);
    Files.createDirectories(folder);
    float[][] matrix = new float[rows][];
    for (int row = 0; row < rows; row++) {
      matrix[row] = embedding(row);
    }
    Files.write(folder.resolve("x.npy"), npy(matrix));
    return new Artifact(uri, "sha256 of " + uri, rows);
  }

  /** As numpy writes it: version 1.0, the data at a multiple of 64. */
  public static byte[] npy(float[][] matrix) {
    String header =
        String.format(
            Locale.ROOT,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
            matrix.length,
            matrix[0].length);
    int length = (10 + header.length() + 1 + 63) / 64 * 64 - 10;
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + length + 4 * matrix.length * matrix[0].length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) length);
    bytes.put(header.getBytes(StandardCharsets.US_ASCII));
    while (bytes.position() < 10 + length - 1) {
      bytes.put((byte) ' ');
    }
    bytes.put((byte) '\n');
    for (float[] row : matrix) {
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    return bytes.array();
  }
}
