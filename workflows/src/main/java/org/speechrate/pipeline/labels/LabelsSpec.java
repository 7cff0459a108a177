package org.speechrate.pipeline.labels;

import java.util.Optional;

/**
 * Where the true speech rates are.
 *
 * @param directory folder of {@code <split>_cps.csv}; where absent, labels are made from the corpus
 */
public record LabelsSpec(Optional<String> directory) {}
