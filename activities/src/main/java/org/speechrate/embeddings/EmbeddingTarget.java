package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.table.Problems;

/** What embeddings are converted to: a class for each kind. */
interface EmbeddingTarget {
  /** What a row may have beside its id and its vector. */
  enum Extra {
    SPLIT,
    LABEL
  }

  static EmbeddingTarget of(Source kind) {
    return switch (kind) {
      case NUMPY_DICT -> new NumpyDictTarget();
      case MATRIX -> new MatrixTarget();
      case NPZ -> new NpzTarget();
      case NPY_DIRECTORY -> new NpyDirectoryTarget();
      case KALDI -> new KaldiTarget();
      case AUTO, CHROMA -> throw new IllegalArgumentException(kind + " is no kind of target");
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

  /** An id that this kind cannot hold. */
  static Refusal badId(String sampleId, String why) {
    return new Refusal(
        Refusal.Kind.BAD_VALUE,
        String.format(
            "sample_id \"%s\" %s; rename it, or convert to matrix", Problems.value(sampleId), why));
  }

  /** {@code x.npy} and {@code ids.csv} in a folder: what was staged. */
  final class MatrixTarget implements EmbeddingTarget {
    @Override
    public Set<Extra> keeps() {
      return Set.of(Extra.SPLIT, Extra.LABEL);
    }

    @Override
    public boolean makes(String fileName) {
      return fileName.equals(EmbeddingOutput.VECTORS) || fileName.equals(EmbeddingOutput.IDS);
    }

    @Override
    public void write(StagedEmbeddings rows, Path out) throws IOException {
      Files.move(rows.folder(), out);
    }
  }
}
