package org.speechrate.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunActivities;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.Workspace;

/** Binds runs to this worker's workspace and writes their files. */
public final class RunActivitiesImpl implements RunActivities {
  private static final Logger LOG = LoggerFactory.getLogger(RunActivitiesImpl.class);

  private final Workspace workspace;
  private final RunFiles files;

  public RunActivitiesImpl(Workspace workspace) {
    this.workspace = workspace;
    files = new RunFiles(workspace.root());
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
      files.write(run);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    LOG.info("run {} {}: {}", run.workflowId(), run.outcome(), run.message());
  }

  private void requireThisWorkspace(String wanted) {
    try {
      workspace.requireOwn(wanted);
    } catch (Refusal refusal) {
      throw StageRunner.refused(refusal);
    }
  }
}
