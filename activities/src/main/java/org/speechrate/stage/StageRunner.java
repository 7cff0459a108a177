package org.speechrate.stage;

import java.io.IOException;
import org.speechrate.pipeline.Stage;

/** Runs a stage inside a Temporal activity. */
public class StageRunner {
  /** Runs the stage's work: heartbeats, progress, log lines, metrics, refusals. */
  public <R> R run(Stage stage, String workspaceId, Body<R> body) {
    try {
      return body.run(StageMonitor.silent());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A stage's own classes at work. */
  public interface Body<R> {
    R run(StageMonitor monitor) throws IOException;
  }
}
