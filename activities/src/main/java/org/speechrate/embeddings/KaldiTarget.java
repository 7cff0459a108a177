package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A folder with a binary archive and the scp that says where each vector begins, naming the archive
 * beside it.
 */
final class KaldiTarget implements EmbeddingTarget {
  private static final String ARCHIVE = "embeddings.ark";
  private static final String LIST = "embeddings.scp";
  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * Of a binary vector before its values: {@code \0B}, {@code FV }, its count's size, its count.
   */
  private static final int HEAD_BYTES = 10;

  @Override
  public Set<Extra> keeps() {
    return Set.of();
  }

  @Override
  public boolean makes(String fileName) {
    return fileName.equals(ARCHIVE) || fileName.equals(LIST);
  }

  @Override
  public void write(StagedEmbeddings rows, Path out) throws IOException {
    rows.forEachName((sampleId, split) -> check(sampleId));
    Files.createDirectory(out);
    int dimension = rows.facts().dimension();
    ByteBuffer vector =
        ByteBuffer.allocate(HEAD_BYTES + dimension * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("\0BFV \4".getBytes(StandardCharsets.US_ASCII))
            .putInt(dimension);
    long[] position = {0};
    try (OutputStream ark =
            new BufferedOutputStream(Files.newOutputStream(out.resolve(ARCHIVE)), BUFFER_BYTES);
        BufferedWriter scp = Files.newBufferedWriter(out.resolve(LIST))) {
      rows.forEach(
          (name, values) -> {
            byte[] key = (name.sampleId() + " ").getBytes(StandardCharsets.UTF_8);
            vector
                .position(HEAD_BYTES)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(values);
            ark.write(key);
            ark.write(vector.array());
            scp.write(name.sampleId() + " " + ARCHIVE + ":" + (position[0] + key.length) + "\n");
            position[0] += key.length + vector.capacity();
          });
    }
  }

  private static void check(String sampleId) {
    if (sampleId
        .codePoints()
        .anyMatch(
            each ->
                Character.isWhitespace(each)
                    || Character.isSpaceChar(each)
                    || Character.isISOControl(each))) {
      throw EmbeddingTarget.badId(sampleId, "holds a blank, where Kaldi ends a name");
    }
    if (sampleId.getBytes(StandardCharsets.UTF_8).length > ArkInput.LONGEST_WORD) {
      throw EmbeddingTarget.badId(
          sampleId, "has more than " + ArkInput.LONGEST_WORD + " bytes, which no ark is read with");
    }
  }
}
