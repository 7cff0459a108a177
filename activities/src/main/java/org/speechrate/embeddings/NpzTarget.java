package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * numpy's zip of arrays, not compressed: {@code x} (n, d), {@code ids} (n,) and, where any is
 * known, {@code split} (n,).
 */
final class NpzTarget implements EmbeddingTarget {
  private static final Charset CODE_POINTS = Charset.forName("UTF-32LE");
  private static final int LONGEST_SPLIT = 5;
  private static final int BUFFER_BYTES = 1 << 20;

  /** The first that a zip file knows, as numpy writes it: the same rows are the same bytes. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  @Override
  public Set<Extra> keeps() {
    return Set.of(Extra.SPLIT);
  }

  @Override
  public boolean makes(String fileName) {
    return false; // it is a file, not a folder
  }

  @Override
  public void write(StagedEmbeddings rows, Path out) throws IOException {
    rows.forEachName(NpzTarget::check);
    long count = rows.facts().embeddings();
    int dimension = rows.facts().dimension();
    try (ZipOutputStream zip =
        new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(out), BUFFER_BYTES))) {
      zip.setLevel(Deflater.NO_COMPRESSION);
      begin(zip, "x.npy");
      NpyHeader.writeFloat32(zip, count, dimension);
      ByteBuffer encoded =
          ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      rows.forEach(
          (name, values) -> {
            encoded.asFloatBuffer().put(values);
            zip.write(encoded.array());
          });
      begin(zip, "ids.npy");
      NpyHeader.write(zip, "<U" + rows.longestId(), List.of(count));
      rows.forEachName((sampleId, split) -> text(zip, sampleId, rows.longestId()));
      if (rows.hasSplits()) {
        begin(zip, "split.npy");
        NpyHeader.write(zip, "<U" + LONGEST_SPLIT, List.of(count));
        rows.forEachName((sampleId, split) -> text(zip, split, LONGEST_SPLIT));
      }
    }
  }

  private static void check(String sampleId, String split) {
    if (sampleId.codePointCount(0, sampleId.length()) > NpzMember.LONGEST_TEXT) {
      throw EmbeddingTarget.badId(
          sampleId,
          "has more than " + NpzMember.LONGEST_TEXT + " characters, which npz is not read");
    }
    if (sampleId.endsWith("\0")) {
      throw EmbeddingTarget.badId(sampleId, "ends with a NUL, which numpy takes away");
    }
  }

  private static void begin(ZipOutputStream zip, String name) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
  }

  /** One value of an array of str: as many code points as the longest has. */
  private static void text(OutputStream out, String text, int codePoints) throws IOException {
    byte[] bytes = text.getBytes(CODE_POINTS);
    out.write(bytes);
    out.write(new byte[codePoints * Integer.BYTES - bytes.length]);
  }
}
