package org.speechrate.pipeline.embeddings;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/**
 * Makes embeddings of a corpus' audio: {@code x.npy} and {@code ids.csv} as {@link
 * EmbeddingActivities} leaves them, and {@code missing.csv} (sample_id, split, reason) of the
 * utterances that have none, such as silence and damaged files.
 */
@ActivityInterface
public interface EncodingActivities {
  StageResult<EmbeddingFacts> encodeAudio(EncodingRequest request);
}
