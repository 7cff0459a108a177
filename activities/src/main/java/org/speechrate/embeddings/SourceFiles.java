package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
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
    String inFolder = "";
    if (Files.isDirectory(file)) {
      if (spec.source() == Source.AUTO && !Files.exists(file.resolve(NumpyDict.FILE))) {
        return directory(file, path, spec);
      }
      if (spec.source() == Source.AUTO || spec.source() == Source.NUMPY_DICT) {
        inFolder = "/" + NumpyDict.FILE;
        file = inFolder(file, path);
      }
    }
    if (spec.source() == Source.NPY_DIRECTORY) {
      return directory(file, path, spec);
    }
    requireFile(PATH, file, path + inFolder);
    String shown = shown(path, inFolder);
    Source source = spec.source() == Source.AUTO ? recognise(file, shown) : spec.source();
    if (source != Source.MATRIX) {
      refuseIds(source, shown, spec);
    }
    return switch (source) {
      case MATRIX -> matrix(file, shown, spec);
      case NPZ -> new NpzEmbeddings(file, shown);
      case KALDI -> new KaldiEmbeddings(file, PATH, shown, files);
      case NUMPY_DICT -> new NumpyDict(file, shown);
      case AUTO, NPY_DIRECTORY, CHROMA ->
          throw new IllegalStateException("no kind of file: " + source);
    };
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
              + ": is neither .npy nor .npz, and no Kaldi archive or scp; write it with np.save or"
              + " np.savez");
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

  private Path inFolder(Path folder, String path) {
    Path file = folder.resolve(NumpyDict.FILE);
    if (!Files.exists(file)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: the folder \"%s\" has no %s", PATH, path, NumpyDict.FILE));
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

  private EmbeddingSource matrix(Path file, String shown, EmbeddingsSpec spec) {
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
