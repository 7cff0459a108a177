package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;

/**
 * The files that a run's {@code embeddings} mean, and their format.
 *
 * @param source never {@code auto}
 * @param shown how the user knows the file
 * @param ids for a matrix only
 * @param tree for a folder of vectors only
 * @param kaldi for Kaldi's vectors only
 */
record EmbeddingSource(
    Source source,
    Path file,
    String shown,
    Optional<Path> ids,
    String idsShown,
    Optional<NpyDirectory> tree,
    Optional<KaldiEmbeddings> kaldi) {
  private static final String PATH = "embeddings.path";
  private static final String IDS = "embeddings.ids";

  /**
   * @throws Refusal if a file is absent or may not be read, or {@code auto} recognises nothing
   */
  static EmbeddingSource of(EmbeddingsSpec spec, Workspace workspace) throws IOException {
    String path =
        spec.path()
            .orElseThrow(
                () ->
                    new Refusal(
                        Refusal.Kind.INVALID_SPEC, PATH + " is needed: a .npy file, or a folder"));
    Path file = workspace.readable(PATH, path);
    String inFolder = "";
    if (spec.source() == Source.NPY_DIRECTORY
        || (spec.source() == Source.AUTO
            && Files.isDirectory(file)
            && !Files.exists(file.resolve(NumpyDict.FILE)))) {
      return ofFolder(file, path, spec, workspace);
    }
    if (Files.isDirectory(file)
        && (spec.source() == Source.AUTO || spec.source() == Source.NUMPY_DICT)) {
      inFolder = "/" + NumpyDict.FILE;
      if (!Files.exists(file.resolve(NumpyDict.FILE))) {
        throw refusal(
            Refusal.Kind.UNREADABLE_FILE,
            String.format("%s: the folder \"%s\" has no %s", PATH, path, NumpyDict.FILE));
      }
      file = workspace.readable(PATH, file.resolve(NumpyDict.FILE).toString());
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: \"%s%s\" is no file that can be read", PATH, path, inFolder));
    }
    String shown = shown(path, inFolder);
    Source source = spec.source() == Source.AUTO ? recognise(file, shown) : spec.source();
    if (source == Source.NUMPY_DICT) {
      return new EmbeddingSource(
          source, file, shown, Optional.empty(), "", Optional.empty(), Optional.empty());
    }
    if (source != Source.MATRIX) {
      return ofItsOwnIds(source, file, shown, spec, workspace);
    }
    String ids =
        spec.ids()
            .orElseThrow(
                () ->
                    refusal(
                        Refusal.Kind.INVALID_SPEC,
                        shown
                            + " is a matrix; "
                            + IDS
                            + " must name the CSV (sample_id, split) whose row i names its row i"));
    Path idsFile = workspace.readable(IDS, ids);
    if (!Files.isRegularFile(idsFile) || !Files.isReadable(idsFile)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: \"%s\" is no file that can be read", IDS, ids));
    }
    return new EmbeddingSource(
        source,
        file,
        shown,
        Optional.of(idsFile),
        String.format("%s \"%s\"", IDS, ids),
        Optional.empty(),
        Optional.empty());
  }

  private static EmbeddingSource ofFolder(
      Path folder, String path, EmbeddingsSpec spec, Workspace workspace) throws IOException {
    String shown = shown(path, "");
    if (!Files.isDirectory(folder)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          shown + ": is no folder; give the one whose tree holds <sample_id>.npy");
    }
    refuseIds(Source.NPY_DIRECTORY, shown, spec);
    NpyDirectory tree = NpyDirectory.open(folder, PATH, shown, workspace);
    return new EmbeddingSource(
        Source.NPY_DIRECTORY,
        folder,
        shown,
        Optional.empty(),
        "",
        Optional.of(tree),
        Optional.empty());
  }

  private static String shown(String path, String inFolder) {
    return String.format("%s \"%s%s\"", PATH, path.replaceAll("(?<=.)/+$", ""), inFolder);
  }

  private static EmbeddingSource ofItsOwnIds(
      Source source, Path file, String shown, EmbeddingsSpec spec, Workspace workspace) {
    refuseIds(source, shown, spec);
    Optional<KaldiEmbeddings> kaldi =
        source == Source.KALDI
            ? Optional.of(new KaldiEmbeddings(file, PATH, shown, workspace))
            : Optional.empty();
    return new EmbeddingSource(source, file, shown, Optional.empty(), "", Optional.empty(), kaldi);
  }

  private static void refuseIds(Source source, String shown, EmbeddingsSpec spec) {
    if (spec.ids().isPresent()) {
      throw refusal(
          Refusal.Kind.INVALID_SPEC,
          shown + " is " + word(source) + ", which holds its own ids; leave " + IDS + " out");
    }
  }

  private static Source recognise(Path file, String shown) throws IOException {
    if (NpzEmbeddings.isZip(file)) {
      return Source.NPZ;
    }
    if (KaldiEmbeddings.isKaldi(file)) {
      return Source.KALDI;
    }
    NpyHeader header = NpyHeader.read(file, shown);
    if (header.type().isObject()) {
      return Source.NUMPY_DICT;
    }
    if (header.type().isFloat() && header.shape().size() == 2) {
      return Source.MATRIX;
    }
    throw refusal(
        Refusal.Kind.BAD_FORMAT,
        String.format(
            "%s: is neither a dict of embeddings nor a float matrix (n, d), but %s of shape %s",
            shown, header.type(), header.shapeText()));
  }

  /** By name, the hashes that decide the output. */
  Map<String, String> inputs(SourceHashes hashes) throws IOException {
    Map<String, String> inputs = new TreeMap<>();
    if (tree.isPresent()) {
      inputs.put("embeddings", tree.get().sha256(hashes));
      return inputs;
    }
    if (kaldi.isPresent()) {
      return kaldi.get().inputs(hashes);
    }
    for (Map.Entry<String, Path> each : files().entrySet()) {
      inputs.put(each.getKey(), hashes.sha256(each.getValue()));
    }
    return inputs;
  }

  /** By name, the files that decide the output; of a folder only itself. */
  Map<String, Path> files() {
    Map<String, Path> files = new TreeMap<>(Map.of("embeddings", file));
    ids.ifPresent(path -> files.put("ids", path));
    return files;
  }

  /** The word of the run's JSON. */
  String word() {
    return word(source);
  }

  private static String word(Source source) {
    return source.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  EmbeddingFacts copyTo(Path folder, StageMonitor monitor) throws IOException {
    return switch (source) {
      case NPY_DIRECTORY -> tree.orElseThrow().copyTo(folder, monitor);
      case KALDI -> kaldi.orElseThrow().copyTo(folder, monitor);
      case NPZ -> new NpzEmbeddings(file, shown).copyTo(folder, monitor);
      case MATRIX ->
          new MatrixEmbeddings(file, shown, ids.orElseThrow(), idsShown).copyTo(folder, monitor);
      case AUTO, NUMPY_DICT -> new NumpyDict(file, shown).copyTo(folder, monitor);
    };
  }

  private static Refusal refusal(Refusal.Kind kind, String message) {
    return new Refusal(kind, Problems.oneLine(message));
  }
}
