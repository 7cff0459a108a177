package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.speechrate.table.Splits;

/**
 * The Python system's dict of splits, as {@code np.save} writes it: a pickle of protocol 3, whose
 * names of modules numpy 1 and numpy 2 both know. A file where its name ends with .npy, else {@code
 * numpy_embs.npy} in a folder.
 */
final class NumpyDictTarget implements EmbeddingTarget {
  /** As many as Python's own pickler appends at once. */
  private static final int BATCH = 1000;

  private static final int BUFFER_BYTES = 1 << 20;

  // Places in the pickle's memo.
  private static final int RECONSTRUCT = 0;
  private static final int EMPTY_ARRAY = 1;
  private static final int DTYPE = 2;
  private static final int FLOAT32 = 3;
  private static final int SHAPE = 4;
  private static final int FILE_PATH = 5;
  private static final int EMBEDDING = 6;
  private static final int LABEL = 7;

  @Override
  public Set<Extra> keeps() {
    return Set.of(Extra.values());
  }

  @Override
  public boolean makes(String fileName) {
    return fileName.equals(NumpyDict.FILE);
  }

  @Override
  public void write(StagedEmbeddings rows, Path out) throws IOException {
    Path file = out;
    if (!out.toString().endsWith(".npy")) {
      Files.createDirectory(out);
      file = out.resolve(NumpyDict.FILE);
    }
    rows.forEachName((id, split) -> EmbeddingTarget.requireSplit("numpy-dict", id, split));
    try (OutputStream open = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
      NpyHeader.write(open, "|O", List.of());
      new Pickle(open).write(rows);
    }
  }

  /** The instructions are those of Python's pickletools. */
  private static final class Pickle {
    private final OutputStream out;
    private int inBatch;

    Pickle(OutputStream out) {
      this.out = out;
    }

    void write(StagedEmbeddings rows) throws IOException {
      out.write(new byte[] {(byte) 0x80, 3});
      prepare(rows.facts().dimension());
      // The array of shape () that holds the dict: its state is (1, (), dtype, False, [dict]).
      emptyArray();
      code("(K\1)");
      dtype("O8", "|", 63);
      code("\u0089]}(");
      for (String split : Splits.NAMES) {
        text(split);
        code("]");
        inBatch = 0;
        rows.forEach(
            (name, values) -> {
              if (name.split().equals(split)) {
                item(name, values);
              }
            });
        code(inBatch > 0 ? "e" : "");
      }
      code("uatb.");
    }

    /** Puts what each row needs into the memo, and takes it off the stack. */
    private void prepare(int dimension) throws IOException {
      code("cnumpy.core.multiarray\n_reconstruct\n");
      remember(RECONSTRUCT);
      code("cnumpy\nndarray\nK\0\u0085C\1b\u0087");
      remember(EMPTY_ARRAY);
      code("cnumpy\ndtype\n");
      remember(DTYPE);
      dtype("f4", "<", 0);
      remember(FLOAT32);
      code("J");
      int32(dimension);
      code("\u0085");
      remember(SHAPE);
      text("file_path");
      remember(FILE_PATH);
      text("embedding");
      remember(EMBEDDING);
      text("label");
      remember(LABEL);
    }

    private void dtype(String code, String order, int flags) throws IOException {
      recall(DTYPE);
      text(code);
      code("\u0089\u0088\u0087R(K\3");
      text(order);
      code("NNNJ");
      int32(-1);
      code("J");
      int32(-1);
      code("K" + (char) flags + "tb");
    }

    private void item(StagedEmbeddings.Name name, float[] values) throws IOException {
      code(inBatch == 0 ? "(}(" : "}(");
      recall(FILE_PATH);
      text(name.anyPath());
      recall(EMBEDDING);
      emptyArray();
      code("(K\1");
      recall(SHAPE);
      recall(FLOAT32);
      code("\u0089B");
      int32(values.length * Float.BYTES);
      ByteBuffer encoded =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      encoded.asFloatBuffer().put(values);
      out.write(encoded.array());
      code("tb");
      recall(LABEL);
      text(name.label());
      code("u");
      if (++inBatch == BATCH) {
        code("e");
        inBatch = 0;
      }
    }

    private void emptyArray() throws IOException {
      recall(RECONSTRUCT);
      recall(EMPTY_ARRAY);
      code("R");
    }

    private void remember(int place) throws IOException {
      out.write(new byte[] {'q', (byte) place, '0'});
    }

    private void recall(int place) throws IOException {
      out.write(new byte[] {'h', (byte) place});
    }

    private void text(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      code("X");
      int32(bytes.length);
      out.write(bytes);
    }

    private void int32(int value) throws IOException {
      out.write(
          ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    /** Instructions: one byte a character. */
    private void code(String instructions) throws IOException {
      out.write(instructions.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
