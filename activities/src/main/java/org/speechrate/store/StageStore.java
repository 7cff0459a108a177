package org.speechrate.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageResult;

/**
 * Where stages keep their output, by content: the only way to {@code data/stages/}. A committed key
 * never changes, so that any attempt on any worker may be repeated at any time.
 */
public interface StageStore {

  /**
   * The output under the key, made by {@code work} where it is not there yet.
   *
   * @param reuse false does the work even where the key is there; the committed output stays
   * @param work writes its files into the folder that it is given, a folder of this attempt alone;
   *     if it throws, nothing is left
   */
  <F extends StageFacts> StageResult<F> commit(
      StageKey key, boolean reuse, Class<F> facts, Work<F> work) throws IOException;

  /** The output under the key, where it is there already. */
  <F extends StageFacts> Optional<StageResult<F>> find(StageKey key, Class<F> facts)
      throws IOException;

  /**
   * The folder of a committed artifact.
   *
   * @throws org.speechrate.pipeline.Refusal if it is gone or not the one that the run made
   */
  Path open(Artifact artifact) throws IOException;

  /** How a committed artifact was made; absent where the store does not know. */
  default Optional<Origin> origin(Artifact artifact) throws IOException {
    return Optional.empty();
  }

  /**
   * How an artifact was made.
   *
   * @param key what decided it
   * @param facts what its stage reported, as a tree of maps, lists, strings, numbers and booleans
   */
  record Origin(StageKey key, Map<String, Object> facts) {}

  /** What an attempt does. */
  interface Work<F> {
    F writeTo(Path folder) throws IOException;
  }
}
