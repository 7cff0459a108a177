package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerSource;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;

/**
 * The layers of an encoder: a folder with a folder of embeddings for each, of any kind; or with
 * {@code <layer>.npy} and one {@code ids.csv} for all; or an {@code .npz} with an array (n, d) for
 * each and one {@code ids} for all.
 */
public final class LayerFinder {
  private static final String FIELD = "probe.layers";
  private static final String ENDING = ".npy";

  /** No encoder has more; each is as much work as a run. */
  private static final int MOST_LAYERS = 100;

  private static final int LONGEST_NAME = 100;

  /** A run of digits, or of others. */
  private static final Pattern PART = Pattern.compile("\\d+|\\D+");

  private final String path;
  private final String shown;

  private LayerFinder(String path) {
    this.path = path.replaceAll("(?<=.)/+$", "");
    shown = FIELD + " \"" + Problems.value(path) + "\"";
  }

  /**
   * In natural order of their names: layer_2 before layer_10.
   *
   * @param path relative to the workspace
   * @throws Refusal if there is none, or it is not clear what is one
   */
  public static List<LayerSource> find(String path, Workspace workspace) throws IOException {
    Path given = workspace.readable(FIELD, path);
    return new LayerFinder(path).find(given);
  }

  private List<LayerSource> find(Path given) throws IOException {
    List<LayerSource> layers = Files.isDirectory(given) ? inFolder(given) : inFile(given);
    if (layers.size() > MOST_LAYERS) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "has %,d layers, and a probe takes at most %d",
              layers.size(),
              MOST_LAYERS));
    }
    for (LayerSource layer : layers) {
      String name = layer.name();
      if (name.isBlank()
          || name.codePointCount(0, name.length()) > LONGEST_NAME
          || !Problems.oneLine(name).equals(name)
          || name.equals(LayerRow.SUM)) {
        throw refusal(
            String.format(
                "a layer's name must have 1 to %d characters, no control characters, and not be"
                    + " \"%s\", got \"%s\"; rename it",
                LONGEST_NAME, LayerRow.SUM, Problems.value(name)));
      }
    }
    return layers.stream().sorted(NATURAL).toList();
  }

  private List<LayerSource> inFolder(Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String name = entry.getFileName().toString();
        if (Files.isDirectory(entry) && !name.startsWith(".")) {
          folders.add(name);
        } else if (name.endsWith(ENDING) && !name.startsWith(".")) {
          files.add(name);
        }
      }
    }
    if (!files.isEmpty() && !folders.isEmpty()) {
      throw refusal(
          "holds "
              + ENDING
              + " files and folders, and each could be a layer; leave one sort in it");
    }
    if (files.isEmpty() && folders.isEmpty()) {
      throw refusal(
          "holds no layer: neither folders of embeddings, nor <layer>.npy files with an ids.csv");
    }
    boolean named = Files.exists(folder.resolve(EmbeddingOutput.IDS));
    String ids = path + "/" + EmbeddingOutput.IDS;
    if (!files.isEmpty() && !named) {
      throw refusal(
          "holds .npy files, but no ids.csv (sample_id, split) whose row i names row i of each; add"
              + " it");
    }
    List<LayerSource> layers = new ArrayList<>();
    for (String file : files) {
      layers.add(
          layer(
              file.substring(0, file.length() - ENDING.length()),
              new EmbeddingsSpec(Source.MATRIX, Optional.of(path + "/" + file), Optional.of(ids))));
    }
    for (String each : folders) {
      Path inside = folder.resolve(each);
      boolean common =
          named
              && Files.exists(inside.resolve(EmbeddingOutput.VECTORS))
              && !Files.exists(inside.resolve(EmbeddingOutput.IDS));
      layers.add(
          layer(
              each,
              common
                  ? new EmbeddingsSpec(
                      Source.MATRIX,
                      Optional.of(path + "/" + each + "/" + EmbeddingOutput.VECTORS),
                      Optional.of(ids))
                  : new EmbeddingsSpec(
                      Source.AUTO, Optional.of(path + "/" + each), Optional.empty())));
    }
    return layers;
  }

  private List<LayerSource> inFile(Path file) throws IOException {
    if (!Files.isRegularFile(file) || !NpzEmbeddings.isZip(file)) {
      throw refusal(
          "is neither a folder of layers nor an .npz file; write one with np.savez(path, ids=ids,"
              + " layer_0=x0, layer_1=x1)");
    }
    return new NpzEmbeddings(file, shown, Optional.empty())
        .matrices().stream()
            .map(
                array ->
                    layer(
                        array,
                        new EmbeddingsSpec(
                            Source.NPZ, Optional.of(path), Optional.empty(), Optional.of(array))))
            .toList();
  }

  private static LayerSource layer(String name, EmbeddingsSpec embeddings) {
    return new LayerSource(name, embeddings);
  }

  private static final Comparator<LayerSource> NATURAL =
      Comparator.comparing(LayerSource::name, LayerFinder::compareNaturally)
          .thenComparing(LayerSource::name);

  /** Runs of digits by the number that they are, all else by its characters. */
  static int compareNaturally(String a, String b) {
    Matcher partOfA = PART.matcher(a);
    Matcher partOfB = PART.matcher(b);
    while (true) {
      boolean moreOfA = partOfA.find();
      boolean moreOfB = partOfB.find();
      if (!moreOfA || !moreOfB) {
        return Boolean.compare(moreOfA, moreOfB);
      }
      String left = partOfA.group();
      String right = partOfB.group();
      boolean numbers = Character.isDigit(left.charAt(0)) && Character.isDigit(right.charAt(0));
      Comparator<String> order =
          numbers
              ? Comparator.comparing(
                  LayerFinder::withoutZeros,
                  Comparator.comparingInt(String::length).thenComparing(Function.identity()))
              : Comparator.naturalOrder();
      int compared = order.compare(left, right);
      if (compared != 0) {
        return compared;
      }
    }
  }

  private static String withoutZeros(String digits) {
    return digits.replaceFirst("^0+(?=.)", "");
  }

  private Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(shown + " " + problem));
  }
}
