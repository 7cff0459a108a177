package org.speechrate.pipeline.dataset;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/**
 * Joins labels and embeddings by sample_id: {@code samples.csv} (row in x.npy, sample_id, split,
 * speaker_id, cps), and {@code dropped.csv} (sample_id, split, missing) of what found no partner.
 */
@ActivityInterface
public interface DatasetActivities {
  StageResult<DatasetFacts> joinDataset(DatasetRequest request);
}
