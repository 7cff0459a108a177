package org.speechrate.pipeline.training;

import java.util.Optional;
import org.speechrate.pipeline.StageResult;

/**
 * Exactly one of the two is present.
 *
 * @param finished the committed training
 * @param checkpoint file, relative to the workspace, at which a cancelled training stands
 */
public record TrainingResult(
    Optional<StageResult<TrainingFacts>> finished, Optional<String> checkpoint) {}
