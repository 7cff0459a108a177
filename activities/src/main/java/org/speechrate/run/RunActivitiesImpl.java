package org.speechrate.run;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunActivities;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunNotice;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.sweep.Leaderboard;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;
import org.speechrate.store.Workspace;

/** Binds runs to this worker's workspace and writes their files. */
public final class RunActivitiesImpl implements RunActivities {
  private static final Logger LOG = LoggerFactory.getLogger(RunActivitiesImpl.class);

  private final Workspace workspace;
  private final RunFiles files;

  private final Notifier notifier;
  private final RunMetrics metrics;

  public RunActivitiesImpl(Workspace workspace, Notifier notifier, MeterRegistry meters) {
    this.workspace = workspace;
    this.notifier = notifier;
    files = new RunFiles(workspace.root());
    metrics = new RunMetrics(meters);
    var unused = metrics.readEarlier(files);
  }

  @Override
  public String openRun(Optional<String> wanted) {
    wanted.ifPresent(this::requireThisWorkspace);
    return workspace.id();
  }

  @Override
  public void recordRun(String wanted, RunRecord run) {
    requireThisWorkspace(wanted);
    try {
      write(files, run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (run.untold().isEmpty()) { // else it is recorded for the second time
      metrics.ended(run);
    }
    LOG.info("run {} {}: {}", run.workflowId(), run.outcome(), run.message());
  }

  /** Writes the run's file, all of it or nothing, and removes what only a running run needs. */
  static void write(RunFiles files, RunRecord run) throws IOException {
    if (run.sweep().isPresent()) {
      Durable.write(
          files.leaderboard(run.workflowId(), run.runId()),
          Leaderboard.csv(run.sweep().get()).getBytes(StandardCharsets.UTF_8));
    }
    Durable.write(files.record(run.workflowId(), run.runId()), Json.write(run));
    try {
      Durable.deleteFolder(files.folder(run.workflowId(), run.runId()));
    } catch (DirectoryNotEmptyException e) {
      // A zombie attempt is writing there; a few hundred kilobytes may stay.
    }
  }

  @Override
  public void tellOwner(String wanted, RunNotice notice) {
    requireThisWorkspace(wanted);
    try {
      notifier.tell(notice, workspace.root().toString());
    } catch (IOException e) {
      LOG.warn("run {} {}: {}", notice.workflowId(), notice.event(), e.getMessage());
      throw StageRunner.tryAgain(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the worker is leaving", e);
    }
  }

  private void requireThisWorkspace(String wanted) {
    try {
      workspace.requireOwn(wanted);
    } catch (Refusal refusal) {
      throw StageRunner.refused(refusal);
    }
  }
}
