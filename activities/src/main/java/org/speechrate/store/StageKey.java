package org.speechrate.store;

import java.util.Map;
import java.util.TreeMap;
import org.speechrate.pipeline.Stage;

/**
 * What decides a stage's output, and nothing else.
 *
 * @param version of the stage's code; raised whenever the same inputs give other bytes
 * @param inputs sha256 of each input, by name
 * @param spec the resolved choices, as a tree of maps, lists, strings, numbers and booleans
 */
public record StageKey(
    Stage stage, int version, Map<String, String> inputs, Map<String, Object> spec) {

  public StageKey {
    inputs = new TreeMap<>(inputs);
    spec = new TreeMap<>(spec);
  }

  /** 32 hex digits: the name of the folder under {@code data/stages/<stage>/}. */
  public String hash() {
    return Json.sha256(this).substring(0, 32);
  }
}
