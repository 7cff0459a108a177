package org.speechrate.pipeline.embeddings;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/**
 * Loads embeddings into one matrix: {@code x.npy} (float32, C order, n × d) and {@code ids.csv}
 * (sample_id, split, label), row i of one describing row i of the other.
 */
@ActivityInterface
public interface EmbeddingActivities {
  StageResult<EmbeddingFacts> loadEmbeddings(EmbeddingRequest request);
}
