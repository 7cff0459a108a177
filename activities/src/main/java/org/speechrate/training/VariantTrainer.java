package org.speechrate.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.StageStore;

/**
 * Trains the variants of a sweep side by side, each in a thread of its own. Those on the same data
 * share the samples and the matrix; each that trains holds its scaled rows besides. Not as one
 * batched computation: on a CPU that takes longer for each of them.
 */
final class VariantTrainer {
  /** Steps that progress counts for each variant. */
  private static final int STEPS = 1000;

  /** Of those that train now, in a line for people. */
  private static final int MOST_NAMED = 4;

  private final TrainingStage stage;
  private final StageStore store;
  private final int cores;

  VariantTrainer(TrainingStage stage, StageStore store, int cores) {
    this.stage = stage;
    this.store = store;
    this.cores = cores;
  }

  /**
   * @param checkpoints file of each variant, in a folder of its own
   * @return one for each member, in their order
   * @throws IOException what a retry can cure, once all threads have ended
   */
  List<VariantOutcome> train(
      VariantGroup group, Map<Integer, Path> checkpoints, StageMonitor monitor) throws IOException {
    boolean gpu =
        group.members().stream()
            .anyMatch(member -> PyTorch.device(member.training().device()).isGpu());
    int threads = gpu ? 1 : Math.min(cores, group.members().size());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    Group running = new Group(group, checkpoints, monitor);
    try {
      List<Future<Optional<VariantOutcome>>> futures = new ArrayList<>();
      for (VariantGroup.Member member : group.members()) {
        futures.add(pool.submit(() -> running.train(member)));
      }
      List<VariantOutcome> outcomes = new ArrayList<>();
      Optional<Throwable> failure = Optional.empty();
      for (Future<Optional<VariantOutcome>> future : futures) {
        try {
          future.get().ifPresent(outcomes::add);
        } catch (ExecutionException e) {
          failure = failure.or(() -> Optional.of(e.getCause()));
        }
      }
      if (failure.isPresent()) {
        if (failure.get() instanceof IOException e) {
          throw e;
        }
        throw new IOException(failure.get().toString(), failure.get());
      }
      if (outcomes.size() < group.members().size()) {
        // Does not return where Temporal asked to stop.
        monitor.progress("stopped", outcomes.size(), group.members().size());
        throw new IOException("the variants were stopped; another attempt goes on with them");
      }
      return outcomes;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while variants train", e);
    } finally {
      pool.shutdownNow();
    }
  }

  /** What the threads of one group share. */
  private final class Group {
    private final VariantGroup group;
    private final Map<Integer, Path> checkpoints;
    private final StageMonitor monitor;
    private final AtomicBoolean broken = new AtomicBoolean();
    private final List<VariantOutcome> ended = new ArrayList<>();

    /** Epochs of those that train now. */
    private final Map<Integer, Integer> epochs = new ConcurrentSkipListMap<>();

    private final Map<Integer, Double> shares = new ConcurrentSkipListMap<>();

    /** Of the variant that began last; those on the same data mostly begin together. */
    private TrainingData data;

    private List<Artifact> dataFrom = List.of();

    Group(VariantGroup group, Map<Integer, Path> checkpoints, StageMonitor monitor) {
      this.group = group;
      this.checkpoints = checkpoints;
      this.monitor = monitor;
    }

    /** Empty where it was stopped. */
    Optional<VariantOutcome> train(VariantGroup.Member member) throws IOException {
      if (stopRequested()) {
        return Optional.empty();
      }
      TrainingRequest request =
          new TrainingRequest(
              group.workspace(),
              group.reuse(),
              member.training(),
              member.dataset().orElse(group.dataset()),
              member.embeddings().orElse(group.embeddings()),
              member.from().map(from -> from.uri() + "/" + Checkpoint.FILE),
              false);
      VariantOutcome outcome;
      try {
        outcome =
            outcome(
                member.variant(),
                stage.trainVariant(
                    request,
                    group.rung(),
                    () -> data(request),
                    checkpoints.get(member.variant()),
                    new VariantMonitor(member, this)));
      } catch (Refusal refusal) {
        outcome = VariantOutcome.failed(member.variant(), refusal.getMessage());
      } catch (TrainingStage.Stopped e) {
        return Optional.empty();
      } catch (IOException | RuntimeException | Error e) {
        broken.set(true);
        throw e;
      } finally {
        shares.remove(member.variant());
        epochs.remove(member.variant());
      }
      synchronized (ended) {
        ended.add(outcome.withoutArtifact());
      }
      report();
      return Optional.of(outcome);
    }

    private VariantOutcome outcome(int variant, StageResult<TrainingFacts> result)
        throws IOException {
      TrainingFacts facts = result.facts();
      int epochs = facts.epochs();
      int kept = facts.keptEpoch();
      double devMse = facts.keptDevMse();
      boolean atRung = group.rung().filter(rung -> rung <= facts.epochs()).isPresent();
      if (group.rung().isPresent() && facts.epochs() > group.rung().get()) {
        // An earlier run had trained it further; here it stands as if it had stopped.
        epochs = group.rung().get();
        if (kept > epochs) {
          EpochLoss best = bestDev(result.artifact(), epochs);
          kept = best.epoch();
          devMse = best.devMse();
        }
      }
      return new VariantOutcome(
          variant,
          result.reused(),
          !atRung,
          epochs,
          kept,
          devMse,
          Optional.of(result.artifact()),
          Optional.empty());
    }

    boolean stopRequested() {
      return broken.get() || monitor.stopRequested();
    }

    private synchronized TrainingData data(TrainingRequest request) throws IOException {
      List<Artifact> from = List.of(request.dataset(), request.embeddings());
      if (!from.equals(dataFrom)) {
        data = stage.data(request);
        dataFrom = from;
      }
      return data;
    }

    void reached(int variant, int epoch, double share) {
      epochs.put(variant, epoch);
      shares.put(variant, share);
      report();
    }

    private void report() {
      List<VariantOutcome> outcomes;
      synchronized (ended) {
        outcomes = List.copyOf(ended);
      }
      int done = group.ended() + outcomes.size();
      String now =
          epochs.entrySet().stream()
              .limit(MOST_NAMED)
              .map(entry -> "variant " + entry.getKey() + " at epoch " + entry.getValue())
              .collect(Collectors.joining(", "));
      double within = shares.values().stream().mapToDouble(share -> share).sum();
      monitor.progress(
          new StageProgress(
              Stage.TRAINING,
              done
                  + " of "
                  + Counts.of(group.total(), "variant")
                  + group.rung().map(rung -> " to epoch " + rung).orElse("")
                  + (now.isEmpty() ? "" : "; " + now),
              Math.round(STEPS * (done + within)),
              (long) STEPS * group.total(),
              List.of(),
              outcomes));
    }
  }

  /** Of a committed training's first epochs the one with the lowest dev MSE. */
  private EpochLoss bestDev(Artifact training, int epochs) throws IOException {
    EpochLoss best = new EpochLoss(0, Double.NaN, Double.POSITIVE_INFINITY);
    List<String> lines =
        Files.readAllLines(
            store.open(training).resolve(TrainedModel.HISTORY), StandardCharsets.UTF_8);
    for (String line : lines.subList(1, Math.min(lines.size(), epochs + 1))) {
      String[] fields = line.split(",", -1);
      double devMse = Double.parseDouble(fields[2]);
      if (devMse < best.devMse()) {
        best = new EpochLoss(Integer.parseInt(fields[0]), Double.parseDouble(fields[1]), devMse);
      }
    }
    return best;
  }

  /** Of one variant: stops it at its rung, and tells the group how far it is. */
  private static final class VariantMonitor extends SilentMonitor {
    private final VariantGroup.Member member;
    private final Group group;
    private volatile long epoch;

    VariantMonitor(VariantGroup.Member member, Group group) {
      this.member = member;
      this.group = group;
    }

    @Override
    public void progress(String text, long done, long total) {
      epoch = done;
      long target = group.group.rung().orElse(member.training().epochs());
      group.reached(member.variant(), (int) done, Math.min(1, (double) done / target));
    }

    @Override
    public void progress(String text, long done, long total, List<EpochLoss> losses) {
      progress(text, done, total);
    }

    @Override
    public void epochEnded(Duration took, long samples, EpochLoss loss) {
      group.monitor.epochEnded(took, samples, loss);
    }

    @Override
    public void checkpointWritten() {
      group.monitor.checkpointWritten();
    }

    @Override
    public boolean stopRequested() {
      return group.stopRequested() || epoch >= group.group.rung().orElse(Integer.MAX_VALUE);
    }

    @Override
    public boolean workerLeaving() {
      return group.monitor.workerLeaving();
    }

    @Override
    public void requireCurrent() {
      group.monitor.requireCurrent();
    }
  }
}
