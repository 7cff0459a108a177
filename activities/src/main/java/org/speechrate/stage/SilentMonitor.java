package org.speechrate.stage;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.EpochLoss;

/** Tells nobody and never stops; who wants to hear or say one thing extends it by that. */
public class SilentMonitor implements StageMonitor {
  @Override
  public void progress(String text, long done, long total) {}

  @Override
  public void progress(String text, long done, long total, List<EpochLoss> losses) {}

  @Override
  public void checkpointed(Path checkpoint) {}

  @Override
  public Optional<Path> earlierCheckpoint() {
    return Optional.empty();
  }

  @Override
  public boolean stopRequested() {
    return false;
  }

  @Override
  public boolean workerLeaving() {
    return false;
  }

  @Override
  public void requireCurrent() {}
}
