package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;

/** What a run's {@code embeddings} mean: a class for each kind. */
interface EmbeddingSource {
  /**
   * @throws Refusal if a file is absent or may not be read, or {@code auto} recognises nothing
   */
  static EmbeddingSource of(EmbeddingsSpec spec, Workspace workspace) throws IOException {
    return new SourceFiles(workspace::readable).source(spec);
  }

  /**
   * The same for a command: the user's own rights decide what is read, paths begin at the current
   * folder.
   */
  static EmbeddingSource of(EmbeddingsSpec spec, AllowedHosts hosts) throws IOException {
    return of(spec, hosts, Optional.empty());
  }

  /**
   * @param encodedFolder where what encoders make of audio is kept; where absent, nothing is
   */
  static EmbeddingSource of(EmbeddingsSpec spec, AllowedHosts hosts, Optional<Path> encodedFolder)
      throws IOException {
    return switch (spec.source()) {
      case CHROMA -> ChromaEmbeddings.later(ChromaClient.of(spec, hosts), spec.collection());
      case AUDIO ->
          AudioEmbeddings.ofFiles(
              spec.path().orElseThrow(),
              SourceFiles.ANY.readable("embeddings.encoder", spec.encoder().orElseThrow()),
              SourceFiles.ANY,
              encodedFolder);
      default -> new SourceFiles(SourceFiles.ANY).source(spec);
    };
  }

  /** The kind, as the run's JSON names it. */
  String word();

  /** The kind, and what was taken of several: part of what decides the output. */
  default String described() {
    return word();
  }

  /**
   * By name, the files that decide the output.
   *
   * @throws Refusal if one that another names may not be read
   */
  Map<String, Path> files() throws IOException;

  /**
   * Looks at what takes no time whatever the size: hashing a large file of another kind does.
   *
   * @throws Refusal if the files are not of this kind
   */
  default void check() throws IOException {}

  /**
   * By name, the hashes that decide the output.
   *
   * @throws Refusal as {@link #check} does, before anything is hashed
   */
  default Map<String, String> inputs(SourceHashes hashes) throws IOException {
    check();
    Map<String, String> inputs = new TreeMap<>();
    for (Map.Entry<String, Path> each : files().entrySet()) {
      inputs.put(each.getKey(), hashes.sha256(each.getValue()));
    }
    return inputs;
  }

  /**
   * Hands over all rows, in an order that is the same each time.
   *
   * @throws Refusal if the files are not of this kind, are damaged, or hold what the sink refuses
   */
  EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException;

  /** Writes what it tells beside its rows, once it has handed them over. */
  default void writeBeside(Path folder) throws IOException {}

  /** Writes the stage's {@code x.npy} and {@code ids.csv}, and what the source tells beside. */
  default EmbeddingFacts copyTo(Path folder, StageMonitor monitor) throws IOException {
    EmbeddingFacts facts =
        copyTo(
            (shown, idsShown, rows, dimension) ->
                new EmbeddingOutput(
                    folder, shown, idsShown, rows == EmbeddingSink.UNKNOWN ? 1 : rows, dimension),
            monitor);
    NpyHeader.overwriteFloat32(
        folder.resolve(EmbeddingOutput.VECTORS), facts.embeddings(), facts.dimension());
    writeBeside(folder);
    return facts;
  }
}
