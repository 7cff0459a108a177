package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.table.Problems;

/** Finds the files that a run's {@code embeddings} mean, and what {@code auto} means for them. */
final class SourceFiles {
  private static final String PATH = "embeddings.path";
  private static final String IDS = "embeddings.ids";

  /** For commands: the user's own rights decide, and paths begin at the current folder. */
  static final Access ANY =
      (field, path) -> {
        try {
          return Path.of(path).toRealPath();
        } catch (NoSuchFileException e) {
          throw new Refusal(
              Refusal.Kind.UNREADABLE_FILE,
              Problems.oneLine(String.format("%s: \"%s\" does not exist", field, path)),
              e);
        } catch (IOException | InvalidPathException e) {
          throw new Refusal(
              Refusal.Kind.UNREADABLE_FILE,
              Problems.oneLine(String.format("%s: cannot read \"%s\": %s", field, path, e)),
              e);
        }
      };

  private final Access files;

  /** Which files may be read. */
  interface Access {
    /**
     * A path with its links resolved.
     *
     * @param field that names it
     * @throws Refusal if it does not exist, or may not be read
     */
    Path readable(String field, String path);
  }

  SourceFiles(Access files) {
    this.files = files;
  }

  /**
   * @throws Refusal if a file is absent or may not be read, or {@code auto} recognises nothing
   */
  EmbeddingSource source(EmbeddingsSpec spec) throws IOException {
    String path =
        spec.path()
            .orElseThrow(
                () ->
                    new Refusal(
                        Refusal.Kind.INVALID_SPEC, PATH + " is needed: a .npy file, or a folder"));
    Path file = files.readable(PATH, path);
    Optional<Path> folder = Optional.empty();
    String inFolder = "";
    if (Files.isDirectory(file)) {
      Optional<String> name = fileOf(file, spec.source());
      if (name.isPresent()) {
        folder = Optional.of(file);
        inFolder = "/" + name.get();
        file = inFolder(file, path, name.get());
      } else if (spec.source() == Source.AUTO) {
        return directory(file, path, spec);
      }
    }
    if (spec.source() == Source.NPY_DIRECTORY) {
      return directory(file, path, spec);
    }
    requireFile(PATH, file, path + inFolder);
    String shown = shown(path, inFolder);
    if (Files.size(file) == 0) {
      throw refusal(Refusal.Kind.BAD_FORMAT, shown + ": is empty; write or copy it again");
    }
    Source source = spec.source() == Source.AUTO ? recognise(file, shown) : spec.source();
    if (source != Source.MATRIX) {
      refuseIds(source, shown, spec);
    }
    if (source != Source.NPZ && spec.array().isPresent()) {
      throw refusal(
          Refusal.Kind.INVALID_SPEC,
          shown + " is no .npz file, of which embeddings.array could name an array; leave it out");
    }
    return switch (source) {
      case MATRIX -> matrix(file, shown, folder, path, spec);
      case NPZ -> new NpzEmbeddings(file, shown, spec.array());
      case KALDI -> new KaldiEmbeddings(file, PATH, shown, files);
      case NUMPY_DICT -> new NumpyDict(file, shown);
      case AUTO, NPY_DIRECTORY, CHROMA, AUDIO ->
          throw new IllegalStateException("no kind of file: " + source);
    };
  }

  /** The file of a folder that a source is; absent where it is the folder itself, or nothing. */
  private static Optional<String> fileOf(Path folder, Source source) throws IOException {
    boolean any = source == Source.AUTO;
    if (source == Source.NUMPY_DICT || (any && Files.exists(folder.resolve(NumpyDict.FILE)))) {
      return Optional.of(NumpyDict.FILE);
    }
    if ((source == Source.MATRIX || any)
        && Files.exists(folder.resolve(EmbeddingOutput.VECTORS))
        && (!any || Files.exists(folder.resolve(EmbeddingOutput.IDS)))) {
      return Optional.of(EmbeddingOutput.VECTORS);
    }
    return source == Source.KALDI || any ? kaldiFile(folder, any) : Optional.empty();
  }

  /**
   * @param alone nothing beside it may be another source: no .npy file, no folder
   */
  private static Optional<String> kaldiFile(Path folder, boolean alone) throws IOException {
    List<Path> entries;
    try (Stream<Path> listed = Files.list(folder)) {
      entries = listed.filter(each -> !each.getFileName().toString().startsWith(".")).toList();
    }
    if (alone
        && entries.stream()
            .anyMatch(each -> Files.isDirectory(each) || each.toString().endsWith(".npy"))) {
      return Optional.empty();
    }
    for (String ending : List.of(".scp", ".ark")) {
      List<String> names =
          entries.stream()
              .map(each -> each.getFileName().toString())
              .filter(each -> each.endsWith(ending))
              .toList();
      if (names.size() == 1) {
        return Optional.of(names.get(0));
      }
    }
    return Optional.empty();
  }

  private static Source recognise(Path file, String shown) throws IOException {
    if (NpzEmbeddings.isZip(file)) {
      return Source.NPZ;
    }
    if (KaldiEmbeddings.isKaldi(file)) {
      return Source.KALDI;
    }
    if (!NpyHeader.isNpy(file)) {
      throw refusal(
          Refusal.Kind.BAD_FORMAT,
          shown
              + ": is neither .npy, .npz nor Kaldi's ark or scp; write it with np.save or np.savez");
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

  private Path inFolder(Path folder, String path, String name) {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: the folder \"%s\" has no %s", PATH, path, name));
    }
    return files.readable(PATH, file.toString());
  }

  private EmbeddingSource directory(Path folder, String path, EmbeddingsSpec spec)
      throws IOException {
    String shown = shown(path, "");
    if (!Files.isDirectory(folder)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          shown + ": is no folder; give the one whose tree holds <sample_id>.npy");
    }
    refuseIds(Source.NPY_DIRECTORY, shown, spec);
    return NpyDirectory.open(folder, PATH, shown, files);
  }

  /**
   * @param folder that path names, where it holds the matrix
   */
  private EmbeddingSource matrix(
      Path file, String shown, Optional<Path> folder, String path, EmbeddingsSpec spec) {
    if (spec.ids().isEmpty()
        && folder.isPresent()
        && Files.exists(folder.get().resolve(EmbeddingOutput.IDS))) {
      Path beside = inFolder(folder.get(), path, EmbeddingOutput.IDS);
      String besideShown = shown(path, "/" + EmbeddingOutput.IDS);
      requireFile(PATH, beside, path + "/" + EmbeddingOutput.IDS);
      return new MatrixEmbeddings(file, shown, beside, besideShown);
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
    Path idsFile = files.readable(IDS, ids);
    requireFile(IDS, idsFile, ids);
    return new MatrixEmbeddings(file, shown, idsFile, String.format("%s \"%s\"", IDS, ids));
  }

  private static void requireFile(String field, Path file, String path) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: \"%s\" is no file that can be read", field, path));
    }
  }

  private static void refuseIds(Source source, String shown, EmbeddingsSpec spec) {
    if (spec.ids().isPresent()) {
      String word = source.name().toLowerCase(Locale.ROOT).replace('_', '-');
      throw refusal(
          Refusal.Kind.INVALID_SPEC,
          shown + " is " + word + ", which holds its own ids; leave " + IDS + " out");
    }
  }

  private static String shown(String path, String inFolder) {
    return String.format("%s \"%s%s\"", PATH, path.replaceAll("(?<=.)/+$", ""), inFolder);
  }

  private static Refusal refusal(Refusal.Kind kind, String message) {
    return new Refusal(kind, Problems.oneLine(message));
  }
}
