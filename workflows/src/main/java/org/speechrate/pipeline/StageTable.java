package org.speechrate.pipeline;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.StageState.State;

/** Where each stage of a run stands. */
final class StageTable {
  private final Map<Stage, StageState> states = new EnumMap<>(Stage.class);
  private long startedMillis;
  private long pausedMillis;

  StageTable(List<Stage> stages) {
    for (Stage stage : stages) {
      set(stage, State.WAITING, "", 0, Optional.empty());
    }
  }

  List<StageState> states() {
    return new ArrayList<>(states.values());
  }

  Optional<Stage> running() {
    return states.values().stream()
        .filter(state -> state.state() == State.RUNNING)
        .map(StageState::stage)
        .findFirst();
  }

  void skip(Stage stage, String why) {
    set(stage, State.SKIPPED, why, 0, Optional.empty());
  }

  void start(Stage stage, long nowMillis) {
    startedMillis = nowMillis;
    set(stage, State.RUNNING, "", 0, Optional.empty());
  }

  /** Time that passes until {@link #goOn} is not the stage's. */
  void pause(Stage stage, String text, long nowMillis) {
    pausedMillis = nowMillis;
    set(stage, State.PAUSED, text, 0, Optional.empty());
  }

  void goOn(Stage stage, State state, long nowMillis) {
    startedMillis += nowMillis - pausedMillis;
    set(stage, state, "", 0, Optional.empty());
  }

  void end(Stage stage, State state, String text, long nowMillis, Optional<Artifact> artifact) {
    set(stage, state, text, (nowMillis - startedMillis) / 1000.0, artifact);
  }

  private void set(
      Stage stage, State state, String text, double seconds, Optional<Artifact> artifact) {
    states.put(stage, new StageState(stage, state, text, seconds, artifact));
  }
}
