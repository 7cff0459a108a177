package org.speechrate.embeddings;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;

/**
 * numpy's {@code .npz}, stored or deflated: {@code x} or {@code embeddings} (n, d), or several with
 * names of their own, with {@code ids} (n,) and, where known, {@code split} (n,); or an array (d,)
 * or (1, d) an utterance, named by its sample_id. Nothing of it is unpacked to disk but the
 * vectors.
 */
final class NpzEmbeddings implements EmbeddingSource {
  /** Floats and names shrink to a third at most; what grows more was made to fill a disk. */
  private static final long MOST_GROWTH = 100;

  /** So small that growth does no harm. */
  private static final long HARMLESS_BYTES = 64L << 20;

  private static final String ENDING = ".npy";
  private static final String IDS = "ids";
  private static final Set<String> NAMES = Set.of(IDS, "split");
  private static final String CURE = "write it with np.savez(path, x=x, ids=np.array(ids))";
  private static final int ROWS_PER_REPORT = 10_000;

  private final Path file;
  private final String shown;
  private final Optional<String> array;

  /**
   * @param shown how the user knows the file
   * @param array which one has the embeddings; absent for the one of the usual name
   */
  NpzEmbeddings(Path file, String shown, Optional<String> array) {
    this.file = file;
    this.shown = shown;
    this.array = array;
  }

  /**
   * The names of all arrays but {@code ids} and {@code split}.
   *
   * @throws Refusal if there is none, or no {@code ids}
   */
  List<String> matrices() throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      SortedMap<String, ZipEntry> arrays = arrays(zip);
      List<String> matrices =
          arrays.keySet().stream().filter(each -> !NAMES.contains(each)).toList();
      if (matrices.isEmpty() || !arrays.containsKey(IDS)) {
        throw refusal(
            "must hold ids (n,) and an array (n, d) for each layer, holds: "
                + Problems.firstTen(arrays.keySet().stream().toList()));
      }
      return matrices;
    } catch (ZipException | EOFException e) {
      throw notWhole(e);
    }
  }

  /** Whether it begins as a zip file does, also an empty one. */
  static boolean isZip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(4);
      return Arrays.equals(start, new byte[] {'P', 'K', 3, 4})
          || Arrays.equals(start, new byte[] {'P', 'K', 5, 6});
    }
  }

  @Override
  public String word() {
    return "npz";
  }

  @Override
  public String described() {
    return array.map(name -> word() + ": " + name).orElse(word());
  }

  @Override
  public Map<String, Path> files() {
    return Map.of("embeddings", file);
  }

  /**
   * @throws Refusal if the file is of neither layout, or damaged, or unpacks to more than it should
   */
  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    return open(
        (zip, arrays) ->
            array.isPresent() || hasColumns(arrays)
                ? columns(zip, arrays, sink, monitor)
                : each(zip, arrays, sink, monitor));
  }

  @Override
  public void check() throws IOException {
    open((zip, arrays) -> arrays);
  }

  private interface Use<T> {
    T of(ZipFile zip, SortedMap<String, ZipEntry> arrays) throws IOException;
  }

  private <T> T open(Use<T> use) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      SortedMap<String, ZipEntry> arrays = arrays(zip);
      if (array.isPresent()) {
        requireNamed(arrays, array.get());
      } else if (hasColumns(arrays)
          && (arrays.containsKey("x") == arrays.containsKey("embeddings")
              || !arrays.containsKey("ids"))) {
        throw refusal(
            "must hold x or embeddings (n, d), and ids (n,), holds: "
                + Problems.firstTen(arrays.keySet().stream().toList())
                + "; "
                + CURE);
      }
      return use.of(zip, arrays);
    } catch (ZipException | EOFException e) {
      throw notWhole(e);
    }
  }

  private Refusal notWhole(IOException e) {
    return new Refusal(
        Refusal.Kind.BAD_FORMAT,
        Problems.oneLine(shown + ": is no whole .npz file (" + e.getMessage() + "); " + CURE),
        e);
  }

  private void requireNamed(Map<String, ZipEntry> arrays, String name) {
    if (NAMES.contains(name) || !arrays.containsKey(name) || !arrays.containsKey(IDS)) {
      throw refusal(
          String.format(
              "must hold ids (n,) and the array \"%s\" (n, d), as embeddings.array says, holds: %s",
              Problems.value(name), Problems.firstTen(arrays.keySet().stream().toList())));
    }
  }

  private static boolean hasColumns(Map<String, ZipEntry> arrays) {
    return arrays.containsKey("x") || arrays.containsKey("embeddings") || arrays.containsKey("ids");
  }

  /** By name without .npy; sorted, as a dict's order is nobody's intention. */
  private SortedMap<String, ZipEntry> arrays(ZipFile zip) throws IOException {
    SortedMap<String, ZipEntry> arrays = new TreeMap<>();
    long unpacked = 0;
    for (Iterator<? extends ZipEntry> all = zip.entries().asIterator(); all.hasNext(); ) {
      ZipEntry entry = all.next();
      String name = entry.getName();
      if (Arrays.asList(name.split("[/\\\\]", -1)).contains("..")
          || name.startsWith("/")
          || name.indexOf('\\') >= 0) {
        throw refusal(
            Problems.value(name) + " is no name of an array: it leads out of the file; " + CURE);
      }
      if (entry.isDirectory()) {
        continue;
      }
      if (!name.endsWith(ENDING)) {
        throw refusal(Problems.value(name) + " is no array (.npy); " + CURE);
      }
      if (arrays.put(name.substring(0, name.length() - ENDING.length()), entry) != null) {
        throw refusal(Problems.value(name) + " is there twice; " + CURE);
      }
      unpacked =
          Math.addExact(unpacked, Math.min(Math.max(0, entry.getSize()), Long.MAX_VALUE / 4));
      if (unpacked > HARMLESS_BYTES && unpacked / MOST_GROWTH > Files.size(file)) {
        throw refusal(
            String.format(
                Locale.ROOT,
                "unpacks to more than %d times its %,d bytes, which no embeddings do; %s",
                MOST_GROWTH,
                Files.size(file),
                CURE));
      }
    }
    return arrays;
  }

  private EmbeddingFacts columns(
      ZipFile zip, SortedMap<String, ZipEntry> arrays, EmbeddingSink sink, StageMonitor monitor)
      throws IOException {
    String name = array.orElse(arrays.containsKey("x") ? "x" : "embeddings");
    try (NpzMember x = member(zip, arrays, name);
        NpzMember ids = member(zip, arrays, "ids")) {
      NpyHeader header = x.header();
      checkMatrix(x, header);
      Optional<NpzMember> splits =
          arrays.containsKey("split")
              ? Optional.of(member(zip, arrays, "split"))
              : Optional.empty();
      try {
        return copy(sink, monitor, header, x, ids, splits);
      } finally {
        if (splits.isPresent()) {
          splits.get().close();
        }
      }
    }
  }

  private EmbeddingFacts copy(
      EmbeddingSink sink,
      StageMonitor monitor,
      NpyHeader header,
      NpzMember x,
      NpzMember ids,
      Optional<NpzMember> splits)
      throws IOException {
    long rows = header.shape().get(0);
    NumpyType idType = ids.textHeader(rows).type();
    NumpyType splitType = splits.isPresent() ? splits.get().textHeader(rows).type() : idType;
    float[] values = new float[NpyVector.values(header.shape().get(1), shown)];
    byte[] encoded = new byte[values.length * header.type().bytes()];
    try (EmbeddingSink.Rows output = sink.open(shown, shown, rows, values.length)) {
      output.stored(header.type().toString());
      for (long row = 0; row < rows; row++) {
        x.readFully(encoded);
        header.type().floats(ByteBuffer.wrap(encoded), values);
        String place = "row " + row + ", counted from 0";
        String id = ids.text(idType, row);
        String split = splits.isPresent() ? splits.get().text(splitType, row) : "";
        output.add(place, place, id, split, "", values);
        report(monitor, row + 1, rows);
      }
      x.finish();
      ids.finish();
      if (splits.isPresent()) {
        splits.get().finish();
      }
      return output.finish(described());
    }
  }

  private static void checkMatrix(NpzMember x, NpyHeader header) {
    if (header.shape().size() != 2 || !header.type().isFloat()) {
      throw x.refusal(
          String.format(
              "must be float16, float32 or float64 of shape (n, d), is %s of shape %s",
              header.type(), header.shapeText()));
    }
    if (header.fortranOrder()) {
      throw x.refusal(
          "is stored column by column (Fortran order); save it again as np.ascontiguousarray(x)");
    }
  }

  private EmbeddingFacts each(
      ZipFile zip, SortedMap<String, ZipEntry> arrays, EmbeddingSink sink, StageMonitor monitor)
      throws IOException {
    int dimension = 0;
    if (!arrays.isEmpty()) {
      try (NpzMember first = member(zip, arrays, arrays.firstKey())) {
        dimension = NpyVector.read(first.stream(), place(arrays.firstKey())).values().length;
      }
    }
    int rows = arrays.size();
    try (EmbeddingSink.Rows output = sink.open(shown, shown, rows, dimension)) {
      long done = 0;
      for (String name : arrays.keySet()) {
        try (NpzMember member = member(zip, arrays, name)) {
          NpyVector vector = NpyVector.read(member.stream(), place(name));
          member.finish();
          output.stored(vector.type().toString());
          String entry = name + ENDING;
          output.add(
              Problems.value(entry),
              Problems.value(entry),
              SampleIds.stem(entry),
              "",
              "",
              vector.values());
        }
        report(monitor, ++done, rows);
      }
      return output.finish(word());
    }
  }

  private NpzMember member(ZipFile zip, SortedMap<String, ZipEntry> arrays, String name)
      throws IOException {
    return new NpzMember(zip, arrays.get(name), place(name));
  }

  private String place(String name) {
    return shown + ": " + Problems.value(name + ENDING);
  }

  private static void report(StageMonitor monitor, long done, long rows) {
    if (done % ROWS_PER_REPORT == 0) {
      monitor.progress(
          String.format(Locale.ROOT, "embeddings: %,d of %,d rows", done, rows), done, rows);
    }
  }

  private Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + ": " + problem));
  }
}
