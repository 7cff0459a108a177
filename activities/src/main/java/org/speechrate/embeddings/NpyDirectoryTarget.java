package org.speechrate.embeddings;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A folder of {@code <sample_id>.npy}, each of shape (d,). */
final class NpyDirectoryTarget implements EmbeddingTarget {
  /** What file systems allow, less the ending and what they add for themselves. */
  private static final int LONGEST_NAME_BYTES = 240;

  @Override
  public Set<Extra> keeps() {
    return Set.of();
  }

  @Override
  public boolean makes(String fileName) {
    return fileName.endsWith(".npy");
  }

  @Override
  public void write(StagedEmbeddings rows, Path out) throws IOException {
    rows.forEachName((sampleId, split) -> check(sampleId));
    Files.createDirectory(out);
    rows.forEach(
        (name, values) -> {
          ByteArrayOutputStream file = new ByteArrayOutputStream();
          NpyHeader.write(file, "<f4", List.of((long) values.length));
          ByteBuffer encoded =
              ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          encoded.asFloatBuffer().put(values);
          file.write(encoded.array());
          Files.write(out.resolve(name.sampleId() + ".npy"), file.toByteArray());
        });
  }

  private static void check(String sampleId) {
    if (sampleId.chars().anyMatch(each -> each == '/' || each == '\\' || each == 0)
        || sampleId.startsWith(".")
        || sampleId.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME_BYTES) {
      throw EmbeddingTarget.badId(sampleId, "can be no file's name");
    }
  }
}
