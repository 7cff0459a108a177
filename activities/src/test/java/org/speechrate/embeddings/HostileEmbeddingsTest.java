package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.fuzz.Hostile;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;

/**
 * Files that were made to fill the memory, the disk or the time of a worker, or to make it read
 * what it may not: beyond the size of what fuzzing tries. Run with little memory.
 */
class HostileEmbeddingsTest {
  @TempDir Path folder;
  @TempDir Path output;
  private Path workspace;
  private Path outside;

  @BeforeEach
  void makeFolders() throws IOException {
    workspace = Files.createDirectory(folder.resolve("workspace"));
    outside = Files.createDirectory(folder.resolve("outside"));
    Files.write(outside.resolve("secret.npy"), Npy.float32("(1,)", 1));
    Files.write(outside.resolve("secret.ark"), EmbeddingFiles.read("vectors.ark"));
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(String path) {
    return refused(Source.AUTO, path, Optional.empty());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(
      Source source, String path, Optional<String> ids) {
    return assertThatThrownBy(
            () ->
                EmbeddingSource.of(
                        new EmbeddingsSpec(source, Optional.of(path), ids),
                        Workspace.open(workspace, List.of()))
                    .copyTo(output, StageMonitor.silent()))
        .isInstanceOf(Refusal.class)
        .satisfies(refusal -> Hostile.assertOneLine(refusal.getMessage(), "embeddings."));
  }

  private Path put(String name, byte[] content) throws IOException {
    Path file = workspace.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  /** An object array with this pickle; one byte a character. */
  private void putPickle(String pickle) throws IOException {
    put("e.npy", Npy.object(Hostile.bytes(pickle)));
  }

  private static String length(int bytes) {
    byte[] encoded = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes).array();
    return new String(encoded, StandardCharsets.ISO_8859_1);
  }

  // ---- pickles

  /** A regular expression for the NULs at the end would take hours. */
  @Test
  void looksAtEachNulOfATextOnce() throws IOException {
    int bytes = 4 * 999_999;
    String text = "\0".repeat(bytes - 4) + "x\0\0\0";
    putPickle(
        "cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(VU999999\nI0\nI1\ntRB"
            + length(bytes)
            + text
            + "tR.");

    refused("e.npy").hasMessageEndingWith("that holds one dict, is a str");
  }

  @Test
  void countsWhatAFewBytesOfAPickleMakeAgainAndAgain() throws IOException {
    String megabyte = "B" + length(1 << 20) + "a".repeat(1 << 20) + "q\0";
    overBudget(
        put("e.npy", Npy.object(Hostile.bytes("(" + megabyte + "}h\0Ns".repeat(200) + "l."))));

    String scalar = "cnumpy.core.multiarray\nscalar\nq\1cnumpy\ndtype\n(VS999999\nI0\nI1\ntRq\2";
    String text = "B" + length(999_999) + "a".repeat(999_999) + "q\0";
    String again = "h\1h\2h\0\u0086R".repeat(300);
    overBudget(put("e.npy", Npy.object(Hostile.bytes("(" + text + scalar + again + "l."))));
  }

  @Test
  void countsATextTwiceAsItIsDecoded() throws IOException {
    Path file = put("e.npy", Npy.object(Hostile.bytes("X" + length(100 << 20))));
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(sparse.length() + (100 << 20) + 1);
    }

    overBudget(file);
  }

  private static void overBudget(Path file) {
    assertThatThrownBy(() -> new NumpyDict(file, "e.npy").load(150 << 20))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("e.npy: needs more than the 150 MiB");
  }

  /** 200 utterances that share one array of a megabyte. */
  @Test
  void refusesAPickleThatUnpacksToManyTimesItsSize() throws IOException {
    int dimension = 1 << 18;
    StringBuilder pickle =
        new StringBuilder("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR")
            .append("(I1\n(I" + dimension + "\ntcnumpy\ndtype\n(Vf4\nI0\nI1\ntRI00\n")
            .append("B" + length(4 * dimension) + "\1".repeat(4 * dimension) + "tbp0\n0")
            .append("}Vtrain\n(");
    for (int i = 0; i < 200; i++) {
      pickle.append("}(Vfile_path\nV" + i + "\nVembedding\ng0\nu");
    }
    String dict = pickle.append("ls").toString();
    String array =
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR(I1\n(tcnumpy\ndtype\n"
            + "(VO8\nI0\nI1\ntRI00\n(";
    putPickle(array + dict + "ltb.");

    refused("e.npy").hasMessageContaining("unpacks to more than 100 times its");
  }

  // ---- npz

  /** A zip of one deflated content under many names, whose directory says any size. */
  private static byte[] zip(int entries, byte[] deflated, CRC32 crc, int declared) {
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    for (int i = 0; i < entries; i++) {
      byte[] name = String.format("%04d.npy", i).getBytes(StandardCharsets.US_ASCII);
      ByteBuffer common =
          ByteBuffer.allocate(26)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putShort((short) 20)
              .putShort((short) 0)
              .putShort((short) 8)
              .putInt(0)
              .putInt((int) crc.getValue())
              .putInt(deflated.length)
              .putInt(declared)
              .putShort((short) name.length)
              .putShort((short) 0);
      int offset = zip.size();
      zip.writeBytes(new byte[] {'P', 'K', 3, 4});
      zip.writeBytes(common.array());
      zip.writeBytes(name);
      zip.writeBytes(deflated);
      directory.writeBytes(new byte[] {'P', 'K', 1, 2, 20, 0});
      directory.writeBytes(common.array());
      directory.writeBytes(new byte[10]);
      directory.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(offset).array());
      directory.writeBytes(name);
    }
    ByteBuffer end =
        ByteBuffer.allocate(22)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(new byte[] {'P', 'K', 5, 6, 0, 0, 0, 0})
            .putShort((short) entries)
            .putShort((short) entries)
            .putInt(directory.size())
            .putInt(zip.size());
    zip.writeBytes(directory.toByteArray());
    zip.writeBytes(end.array());
    return zip.toByteArray();
  }

  /** Begins as an array, then 100 MB of zeros. */
  private static byte[] deflated(byte[] begin, CRC32 crc) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] block = Arrays.copyOf(begin, 1 << 20);
    byte[] buffer = new byte[1 << 16];
    for (int i = 0; i < 100; i++) {
      crc.update(block);
      deflater.setInput(block);
      if (i == 99) {
        deflater.finish();
      }
      for (int n = deflater.deflate(buffer); n > 0; n = deflater.deflate(buffer)) {
        out.write(buffer, 0, n);
      }
      Arrays.fill(block, (byte) 0);
    }
    deflater.end();
    return out.toByteArray();
  }

  @Test
  void refusesABombOfTenGigabytesAlsoWhereItLies() throws IOException {
    CRC32 crc = new CRC32();
    byte[] content = deflated(Npy.float32("(1048576,)"), crc);
    put("honest.npz", zip(100, content, crc, 100 << 20));
    put("lying.npz", zip(100, content, crc, 300));

    refused("honest.npz").hasMessageContaining("unpacks to more than 100 times its");
    refused("lying.npz")
        .hasMessageContaining(
            "0000.npy: is cut off: its shape is (1048576,), but it has bytes for");
  }

  // ---- Kaldi

  @Test
  void triesALineOfAnScpOnce() throws IOException {
    String line = "u" + " ".repeat(8000) + "\u2028" + " ".repeat(8000) + "x\n";
    put("v.scp", line.getBytes(StandardCharsets.UTF_8));

    refused("v.scp").hasMessageContaining("line 1 must be \"<id> <archive>:<offset>\"");
  }

  @Test
  void followsAnScpNowhereElse() throws IOException {
    Files.createSymbolicLink(workspace.resolve("link.ark"), outside.resolve("secret.ark"));
    Files.createSymbolicLink(workspace.resolve("up"), outside);
    for (String name :
        List.of(
            "/etc/passwd",
            "../outside/secret.ark",
            "./up/../../outside/secret.ark",
            "up/secret.ark",
            "link.ark",
            "../outside/absent.ark",
            outside.resolve("secret.ark").toString())) {
      put("v.scp", ("u " + name + ":10\n").getBytes(StandardCharsets.UTF_8));
      refused("v.scp").hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);
    }
    put("v.scp", ("u " + "a/".repeat(3000) + ":0\n").getBytes(StandardCharsets.UTF_8));
    refused("v.scp").hasMessageContaining("is no path of this machine");
    put("v.scp", ("u " + "a".repeat(300) + ":0\n").getBytes(StandardCharsets.UTF_8));
    refused("v.scp").hasMessageContaining("File name too long");
  }

  // ---- folders and links

  @Test
  void readsNoFileThroughALinkThatLeadsOut() throws IOException {
    put("m.npy", Npy.float32("(1, 1)", 1));
    Files.writeString(outside.resolve("ids.csv"), "sample_id\na\n");
    Files.createSymbolicLink(workspace.resolve("ids.csv"), outside.resolve("ids.csv"));
    refused(Source.MATRIX, "m.npy", Optional.of("ids.csv"))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);

    Path dict = Files.createDirectory(workspace.resolve("dict"));
    Files.createSymbolicLink(dict.resolve(NumpyDict.FILE), outside.resolve("secret.npy"));
    refused("dict").hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);

    Path tree = Files.createDirectories(workspace.resolve("tree/a")).getParent();
    Files.createSymbolicLink(tree.resolve("a/b"), outside);
    refused("tree").hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);
  }

  /** 40 folders, each with two links to the next: 2^40 ways. */
  @Test
  void walksEachFolderOnce() throws IOException {
    for (int i = 0; i < 40; i++) {
      Path here = Files.createDirectories(workspace.resolve("f" + i));
      Path next = workspace.resolve("f" + (i + 1));
      Files.createSymbolicLink(here.resolve("a"), next);
      Files.createSymbolicLink(here.resolve("b"), next);
    }
    Files.createDirectory(workspace.resolve("f40"));

    refused("f0").hasMessageContaining("are one folder; remove a link");
  }

  @Test
  void walksNoChainOfLinksWithoutEnd() throws IOException {
    for (int i = 0; i < 200; i++) {
      Files.createSymbolicLink(
          Files.createDirectories(workspace.resolve("f" + i)).resolve("n"),
          workspace.resolve("f" + (i + 1)));
    }
    Files.createDirectory(workspace.resolve("f200"));

    refused("f0").hasMessageContaining("is more than 100 folders deep");
  }

  // ---- matrices

  /** A row of 1.2 GB, which is there, as zeros that take no room on the disk. */
  @Test
  void refusesARowThatNoEncoderMakes() throws IOException {
    Path file = put("m.npy", Npy.float32("(1, 300000000)"));
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1_300_000_000L);
    }
    put("ids.csv", Hostile.bytes("sample_id\na\n"));

    refused(Source.MATRIX, "m.npy", Optional.of("ids.csv"))
        .hasMessageContaining("says that an embedding has 300,000,000 values");
  }

  // ---- what is refused before it is hashed

  /** Hashing any of these would leave a file of hashes. */
  @Test
  void refusesALargeFileOfAnotherKindBeforeItIsHashed() throws IOException {
    put("ids.csv", Hostile.bytes("sample_id\na\n"));
    sparse(put("m.npy", Npy.float32("(1073741824, 2)")));
    refusedUnhashed(Source.MATRIX, "m.npy", Optional.of("ids.csv"))
        .hasMessageContaining("names 1 row, but embeddings.path \"m.npy\" has 1,073,741,824");
    sparse(put("nul.csv", new byte[0]));
    refusedUnhashed(Source.MATRIX, "m.npy", Optional.of("nul.csv"))
        .hasMessageContaining("a row has more than");
    sparse(put("cut.npy", Npy.float32("(10737418240, 2)")));
    refusedUnhashed(Source.MATRIX, "cut.npy", Optional.of("ids.csv"))
        .hasMessageContaining("is cut off");
    refusedUnhashed(Source.NUMPY_DICT, "m.npy", Optional.empty())
        .hasMessageContaining("is a plain array of float32");
    sparse(put("n.npz", new byte[0]));
    refusedUnhashed(Source.NPZ, "n.npz", Optional.empty())
        .hasMessageContaining("is no whole .npz file");
    refusedUnhashed(Source.KALDI, "n.npz", Optional.empty())
        .hasMessageContaining("is neither a Kaldi archive of vectors nor an scp");
    sparse(put("m.ark", Hostile.bytes("u \0BFM \4\1\0\0\0\4\1\0\0\0....")));
    refusedUnhashed(Source.KALDI, "m.ark", Optional.empty()).hasMessageContaining("u is a matrix");
    sparse(put("tree/a.npy", Npy.float32("(1, 2)", 1, 2)));
    refusedUnhashed(Source.NPY_DIRECTORY, "tree", Optional.empty())
        .hasMessageContaining("has bytes after its last value");
  }

  private static void sparse(Path file) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(10L << 30);
    }
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refusedUnhashed(
      Source source, String path, Optional<String> ids) {
    Path hashes = output.resolve("hashes.json");
    return assertThatThrownBy(
            () ->
                EmbeddingSource.of(
                        new EmbeddingsSpec(source, Optional.of(path), ids),
                        Workspace.open(workspace, List.of()))
                    .inputs(new SourceHashes(hashes)))
        .isInstanceOf(Refusal.class)
        .satisfies(refusal -> assertThat(hashes).doesNotExist());
  }
}
