package org.speechrate.embeddings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.speechrate.embeddings.PickleValues.None;
import org.speechrate.embeddings.PickleValues.PickledArray;
import org.speechrate.embeddings.PickleValues.PickledTuple;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;
import org.speechrate.table.Splits;

/**
 * The Python system's {@code numpy_embs.npy}: an object array of shape () or (1,) around {@code
 * {split: [{"file_path": str, "embedding": array (d,) or (1, d), "label": str or number}]}}.
 */
final class NumpyDict implements EmbeddingSource {
  static final String FILE = "numpy_embs.npy";

  /** Utterances may share their speaker's array; what grows more was made to fill a disk. */
  private static final long MOST_GROWTH = 100;

  /** So small that growth does no harm. */
  private static final long HARMLESS_BYTES = 64L << 20;

  private static final int ROWS_PER_REPORT = 10_000;

  private final Path file;
  private final String shown;

  /**
   * @param shown how the user knows the file
   */
  NumpyDict(Path file, String shown) {
    this.file = file;
    this.shown = shown;
  }

  @Override
  public String word() {
    return "numpy-dict";
  }

  @Override
  public Map<String, Path> files() {
    return Map.of("embeddings", file);
  }

  /**
   * @throws Refusal if the file is not of this layout, or an embedding of another size than the
   *     others, not finite, or there twice
   */
  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    monitor.progress("embeddings: reading " + file.getFileName(), 0, 0);
    Map<String, List<?>> splits = splits(load(PickleReader.defaultBudget()));
    long rows = splits.values().stream().mapToLong(List::size).sum();
    int dimension = 0;
    for (String split : Splits.NAMES) {
      List<?> items = splits.getOrDefault(split, List.of());
      if (dimension == 0 && !items.isEmpty()) {
        dimension = NpyVector.values(vector(split + "[0]", items.get(0)).count(), shown);
      }
    }
    // A pickle can name one long array in each of its items.
    long bytes = Math.multiplyExact(rows, (long) Float.BYTES * dimension);
    if (bytes > HARMLESS_BYTES && bytes / MOST_GROWTH > Files.size(file)) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "unpacks to more than %d times its %,d bytes, which no embeddings do",
              MOST_GROWTH,
              Files.size(file)));
    }
    try (EmbeddingSink.Rows output = sink.open(shown, shown, rows, dimension)) {
      long done = 0;
      float[] values = {};
      for (String split : Splits.NAMES) {
        List<?> items = splits.getOrDefault(split, List.of());
        for (int i = 0; i < items.size(); i++) {
          String place = split + "[" + i + "]";
          Object item = items.get(i);
          PickledArray vector = vector(place, item);
          String path = path(place, item);
          output.stored(vector.type().toString());
          output.path(path);
          values = vector.floats(values);
          output.add(place, place, SampleIds.stem(path), split, label(place, item), values);
          if (++done % ROWS_PER_REPORT == 0) {
            monitor.progress(
                String.format(Locale.ROOT, "embeddings: %,d of %,d rows", done, rows), done, rows);
          }
        }
      }
      return output.finish(word());
    }
  }

  @Override
  public void check() throws IOException {
    header();
  }

  private NpyHeader header() throws IOException {
    NpyHeader header = NpyHeader.read(file, shown);
    if (!header.type().isObject()) {
      throw refusal(
          String.format(
              "is a plain array of %s of shape %s; use embeddings.source \"matrix\" with"
                  + " embeddings.ids",
              header.type(), header.shapeText()));
    }
    return header;
  }

  /** The one value in the object array. */
  Object load(long budget) throws IOException {
    NpyHeader header = header();
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(header.dataOffset());
      long left = Files.size(file) - header.dataOffset();
      Object top = new PickleReader(new PickleInput(in, left), PickleGlobal.NAMES, budget).read();
      if (top instanceof PickledArray array
          && array.type().isObject()
          && (array.shape().isEmpty() || array.shape().equals(List.of(1L)))) {
        return array.objects().get(0);
      }
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          "must be an object array of shape () or (1,) that holds one dict, is "
              + PickleValues.describe(top));
    } catch (Refusal e) {
      throw new Refusal(e.kind(), Problems.oneLine(shown + ": " + e.getMessage()), e);
    }
  }

  private Map<String, List<?>> splits(Object dict) {
    if (!(dict instanceof Map<?, ?> map)) {
      throw refusal("must hold a dict of splits, holds " + PickleValues.describe(dict));
    }
    Map<String, List<?>> splits = new LinkedHashMap<>();
    List<String> unknown = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String split = String.valueOf(entry.getKey());
      if (!Splits.NAMES.contains(split)) {
        unknown.add(split);
        continue;
      }
      splits.put(split, items(split, entry.getValue()));
    }
    if (!unknown.isEmpty()) {
      throw refusal("splits must be train, dev and test, got also: " + Problems.firstTen(unknown));
    }
    return splits;
  }

  private List<?> items(String split, Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    if (value instanceof PickledTuple tuple) {
      return tuple.items();
    }
    if (value instanceof PickledArray array
        && array.type().isObject()
        && array.shape().size() == 1) {
      return array.objects();
    }
    throw refusal(
        String.format(
            "\"%s\" must be a list of dicts, is %s", split, PickleValues.describe(value)));
  }

  private Object field(String place, Object item, String name) {
    if (!(item instanceof Map<?, ?> map)) {
      throw refusal(
          String.format(
              "%s must be a dict with file_path, embedding and label, is %s",
              place, PickleValues.describe(item)));
    }
    Object value = map.get(name);
    if (value == null) {
      throw refusal(String.format("%s has no \"%s\", it has: %s", place, name, keys(map)));
    }
    return value;
  }

  private static String keys(Map<?, ?> map) {
    return map.isEmpty()
        ? "nothing"
        : Problems.firstTen(map.keySet().stream().map(String::valueOf).toList());
  }

  private String path(String place, Object item) {
    Object value = field(place, item, "file_path");
    return PickleValues.text(value)
        .orElseThrow(
            () ->
                refusal(
                    String.format(
                        "%s: file_path must be a str, is %s",
                        place, PickleValues.describe(value))));
  }

  private String label(String place, Object item) {
    // The label is the speaker, which nothing here needs: it may be absent.
    Object value =
        item instanceof Map<?, ?> map && map.containsKey("label") ? map.get("label") : "";
    if (value == None.NONE) {
      return "";
    }
    if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    return PickleValues.text(value)
        .orElseThrow(
            () ->
                refusal(
                    String.format(
                        "%s: label must be a str or a number, is %s",
                        place, PickleValues.describe(value))));
  }

  private PickledArray vector(String place, Object item) {
    Object value = field(place, item, "embedding");
    if (value instanceof PickledArray array && array.type().isFloat()) {
      List<Long> shape = array.shape();
      if (shape.size() == 1 || (shape.size() == 2 && shape.get(0) == 1)) {
        return array;
      }
    }
    throw refusal(
        String.format(
            "%s: embedding must be an array of float16, float32 or float64 of shape (d,) or (1, d),"
                + " is %s",
            place, PickleValues.describe(value)));
  }

  private Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + ": " + problem));
  }
}
