package org.speechrate.pipeline.corpus;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/**
 * Lists a corpus: {@code utterances.csv} (sample_id, split, speaker_id, path, seconds, text), and
 * where damaged audio was left out, {@code damaged.csv} (sample_id, split, speaker_id, path, text,
 * reason).
 */
@ActivityInterface
public interface CorpusActivities {
  /** Reads headers and transcripts, never the audio itself. */
  StageResult<CorpusFacts> scanCorpus(CorpusRequest request);
}
