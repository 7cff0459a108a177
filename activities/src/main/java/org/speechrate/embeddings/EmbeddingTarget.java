package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.table.Problems;

/** Files that embeddings are converted to: a class for each kind. */
interface EmbeddingTarget {
  /** What a row may have beside its id and its vector. */
  enum Extra {
    SPLIT("the splits"),
    LABEL("the labels"),
    /** Of its audio file; without it, the sample_id is what is left. */
    PATH("the folders of file_path");

    private final String shown;

    Extra(String shown) {
      this.shown = shown;
    }

    /** How the user knows it. */
    String shown() {
      return shown;
    }
  }

  static EmbeddingTarget of(Source kind) {
    return switch (kind) {
      case NUMPY_DICT -> new NumpyDictTarget();
      case MATRIX -> new MatrixTarget();
      case NPZ -> new NpzTarget();
      case NPY_DIRECTORY -> new NpyDirectoryTarget();
      case KALDI -> new KaldiTarget();
      case AUTO, CHROMA, AUDIO -> throw new IllegalArgumentException(kind + " is no kind of files");
    };
  }

  /** What it has a place for. */
  Set<Extra> keeps();

  /** Whether its folder holds files of such a name, so that an older one may be replaced. */
  boolean makes(String fileName);

  /**
   * @param out the file or folder to make; it does not exist
   * @throws Refusal if this kind cannot hold the rows
   */
  void write(StagedEmbeddings rows, Path out) throws IOException;

  /**
   * Of a kind that holds splits, and paths from which the sample_id is made again.
   *
   * @throws Refusal if it cannot hold the row
   */
  static void requireSplit(String kind, String sampleId, String split) {
    if (split.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "%s needs a split for each embedding, %s has none; give one with --split",
              kind, Problems.value(sampleId)));
    }
    if (sampleId.indexOf('/') >= 0 || sampleId.indexOf('\\') >= 0) {
      throw badId(sampleId, "holds a slash, and would become a folder");
    }
  }

  /** An id that this kind cannot hold. */
  static Refusal badId(String sampleId, String why) {
    return new Refusal(
        Refusal.Kind.BAD_VALUE,
        String.format(
            "sample_id \"%s\" %s; rename it, or convert to matrix", Problems.value(sampleId), why));
  }

  /**
   * {@code x.npy} and {@code ids.csv} in a folder, and what audio tells beside: what was staged.
   */
  final class MatrixTarget implements EmbeddingTarget {
    private static final Set<String> FILES =
        Set.of(
            EmbeddingOutput.VECTORS,
            EmbeddingOutput.IDS,
            EmbeddingMatrix.MISSING,
            AudioEmbeddings.RECORDINGS);

    @Override
    public Set<Extra> keeps() {
      return Set.of(Extra.SPLIT, Extra.LABEL);
    }

    @Override
    public boolean makes(String fileName) {
      return FILES.contains(fileName);
    }

    @Override
    public void write(StagedEmbeddings rows, Path out) throws IOException {
      Files.move(rows.folder(), out);
    }
  }
}
