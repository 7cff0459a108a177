package org.speechrate.pipeline.labels;

import io.temporal.activity.ActivityInterface;
import org.speechrate.pipeline.StageResult;

/**
 * Labels utterances with their speech rate: one {@code <split>_cps.csv} a split, with the columns
 * audio_path, text, cps (letters per second), speaker_id, chapter_id, audio_id.
 */
@ActivityInterface
public interface LabelActivities {
  /** Takes the labels that are given, or computes them from the corpus. */
  StageResult<LabelFacts> labelUtterances(LabelRequest request);
}
