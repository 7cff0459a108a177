package org.speechrate.pipeline.sweep;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.speechrate.pipeline.RunSpec;

/**
 * One of the models that a sweep compares.
 *
 * @param number from 1, in the order of the input
 * @param choices what makes it differ, such as {@code training.learningRate} → 0.001
 * @param input the JSON object with which {@code Train} trains the same
 * @param spec that object, read
 */
public record Variant(int number, Map<String, Object> choices, ObjectNode input, RunSpec spec) {
  public Variant {
    choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
  }
}
