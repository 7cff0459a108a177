package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.StageProgress;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.sweep.VariantGroup;
import org.speechrate.pipeline.sweep.VariantOutcome;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingRequest;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;

class VariantTrainerTest {
  private static final Specs EIGHT_EPOCHS = Specs.SMALL.patience(0);

  @TempDir Path root;

  private TestStages stages;
  private TrainingStage stage;
  private Artifact dataset;
  private Artifact embeddings;

  @BeforeEach
  void writeDataset() throws IOException {
    open("first");
  }

  /** Another workspace: nothing is reused. */
  private void open(String name) throws IOException {
    stages = new TestStages(Files.createDirectories(root.resolve(name)));
    stage = new TrainingStage(stages.workspace(), stages);
    dataset = stages.dataset(40, 15, 12);
    embeddings = stages.embeddings(67);
  }

  /** Stops when so many epochs have been trained altogether. */
  private static final class Monitor extends SilentMonitor {
    final List<StageProgress> reports = Collections.synchronizedList(new ArrayList<>());
    final LongAdder samples = new LongAdder();
    final LongAdder checkpoints = new LongAdder();
    final int stopAfter;

    Monitor(int stopAfter) {
      this.stopAfter = stopAfter;
    }

    @Override
    public void progress(StageProgress newest) {
      reports.add(newest);
    }

    @Override
    public void epochEnded(Duration took, long trainedOn, EpochLoss loss) {
      samples.add(trainedOn);
    }

    @Override
    public void checkpointWritten() {
      checkpoints.increment();
    }

    @Override
    public boolean stopRequested() {
      return reports.size() >= stopAfter;
    }
  }

  private List<VariantOutcome> train(
      Optional<Integer> rung, StageMonitor monitor, int cores, VariantGroup.Member... members)
      throws IOException {
    Map<Integer, Path> checkpoints = new HashMap<>();
    for (VariantGroup.Member member : members) {
      checkpoints.put(
          member.variant(),
          stages
              .workspace()
              .root()
              .resolve("data/runs/w/r/variant-" + member.variant())
              .resolve("checkpoint-a-1.safetensors"));
    }
    return new VariantTrainer(stage, stages, cores)
        .train(
            new VariantGroup(
                stages.workspace().id(),
                true,
                dataset,
                embeddings,
                rung,
                0,
                members.length,
                List.of(members)),
            checkpoints,
            monitor);
  }

  private List<VariantOutcome> train(Optional<Integer> rung, VariantGroup.Member... members)
      throws IOException {
    return train(rung, StageMonitor.silent(), 2, members);
  }

  private static VariantGroup.Member member(int variant, Specs specs) {
    return new VariantGroup.Member(variant, specs.spec(), Optional.empty());
  }

  private StageResult<TrainingFacts> trainAlone(Specs specs) throws IOException {
    return stage
        .train(
            new TrainingRequest(
                stages.workspace().id(),
                true,
                specs.spec(),
                dataset,
                embeddings,
                Optional.empty(),
                false),
            stages.workspace().root().resolve("data/runs/t/r/checkpoint-a-1.safetensors"),
            StageMonitor.silent())
        .finished()
        .orElseThrow();
  }

  private byte[] weights(Artifact artifact) throws IOException {
    return Files.readAllBytes(stages.open(artifact).resolve(TrainedModel.WEIGHTS));
  }

  @Test
  void sideBySideTheSameBitsComeOutAsAlone() throws IOException {
    Specs[] specs = {
      EIGHT_EPOCHS, EIGHT_EPOCHS.with("seed", 12), EIGHT_EPOCHS.hidden(3, 2), Specs.SMALL
    };
    List<VariantOutcome> together =
        train(
            Optional.empty(),
            member(1, specs[0]),
            member(2, specs[1]),
            member(3, specs[2]),
            member(4, specs[3]));
    List<byte[]> bits = new ArrayList<>();
    for (VariantOutcome outcome : together) {
      bits.add(weights(outcome.artifact().orElseThrow()));
    }

    open("second");
    for (int i = 0; i < specs.length; i++) {
      StageResult<TrainingFacts> alone = trainAlone(specs[i]);
      assertThat(alone.reused()).isFalse();
      assertThat(weights(alone.artifact())).isEqualTo(bits.get(i));
      assertThat(together.get(i).devMse()).isEqualTo(alone.facts().keptDevMse());
      assertThat(together.get(i).ended()).isTrue();
    }
  }

  @Test
  void variantMayHaveDataOfItsOwn() throws IOException {
    StringBuilder csv = new StringBuilder("row,sample_id,split,speaker_id,cps\n");
    for (int row = 0; row < 40; row++) {
      csv.append(row + ",id-" + row + "," + (row < 30 ? "train" : "dev") + ",," + (9 + row) + "\n");
    }
    Artifact fewer = stages.write("data/stages/dataset/fewer", "samples.csv", csv.toString(), 40);
    List<VariantOutcome> outcomes =
        train(
            Optional.empty(),
            member(1, EIGHT_EPOCHS),
            new VariantGroup.Member(
                2, EIGHT_EPOCHS.spec(), Optional.empty(), Optional.of(fewer), Optional.empty()));

    assertThat(outcomes.get(0).artifact()).contains(trainAlone(EIGHT_EPOCHS).artifact());
    dataset = fewer;
    assertThat(outcomes.get(1).artifact()).contains(trainAlone(EIGHT_EPOCHS).artifact());
    assertThat(outcomes).extracting(VariantOutcome::reused).containsExactly(false, false);
    assertThat(weights(outcomes.get(0).artifact().orElseThrow()))
        .isNotEqualTo(weights(outcomes.get(1).artifact().orElseThrow()));
  }

  @Test
  void variantAndRunFindEachOthersTraining() throws IOException {
    StageResult<TrainingFacts> alone = trainAlone(EIGHT_EPOCHS);
    List<VariantOutcome> outcomes =
        train(Optional.empty(), member(1, EIGHT_EPOCHS), member(2, EIGHT_EPOCHS.with("seed", 5)));

    assertThat(outcomes).extracting(VariantOutcome::reused).containsExactly(true, false);
    assertThat(outcomes.get(0).artifact()).contains(alone.artifact());
    assertThat(trainAlone(EIGHT_EPOCHS.with("seed", 5)).reused()).isTrue();
  }

  @Test
  void oneThatFailsIsNamedAndTheOthersGoOn() throws IOException {
    List<VariantOutcome> outcomes =
        train(
            Optional.empty(),
            member(1, EIGHT_EPOCHS.learningRate(10).weightDecay(100)),
            member(2, EIGHT_EPOCHS));

    assertThat(outcomes.get(0).failure().orElseThrow())
        .startsWith("training.learningRate: with 10.0 the losses of epoch");
    assertThat(outcomes.get(1).failure()).isEmpty();
  }

  @Test
  void fromRungToRungTheSameBitsComeOutAsInOneGo() throws IOException {
    VariantOutcome third = train(Optional.of(3), member(1, EIGHT_EPOCHS)).get(0);
    assertThat(third.ended()).isFalse();
    assertThat(third.epochs()).isEqualTo(3);
    Artifact atThird = third.artifact().orElseThrow();
    assertThat(stages.open(atThird).resolve(Checkpoint.FILE)).exists();

    Monitor counting = new Monitor(Integer.MAX_VALUE);
    VariantOutcome whole =
        train(
                Optional.empty(),
                counting,
                1,
                new VariantGroup.Member(1, EIGHT_EPOCHS.spec(), Optional.of(atThird)))
            .get(0);

    assertThat(whole.ended()).isTrue();
    assertThat(counting.reports.stream().filter(report -> report.text().contains("at epoch")))
        .as("only epochs 4 to 8 are trained")
        .hasSize(5);
    byte[] bits = weights(whole.artifact().orElseThrow());
    open("second");
    assertThat(weights(trainAlone(EIGHT_EPOCHS).artifact())).isEqualTo(bits);
  }

  @Test
  void repeatedRungsTrainNothingAndRankTheSame() throws IOException {
    List<VariantOutcome> first =
        train(Optional.of(3), member(1, EIGHT_EPOCHS), member(2, EIGHT_EPOCHS.with("seed", 5)));
    trainAlone(EIGHT_EPOCHS);
    Monitor counting = new Monitor(Integer.MAX_VALUE);
    List<VariantOutcome> again =
        train(
            Optional.of(3),
            counting,
            2,
            member(1, EIGHT_EPOCHS),
            member(2, EIGHT_EPOCHS.with("seed", 5)));

    assertThat(again).extracting(VariantOutcome::reused).containsOnly(true);
    assertThat(counting.reports).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(again.get(i).devMse()).isEqualTo(first.get(i).devMse());
      assertThat(again.get(i).keptEpoch()).isEqualTo(first.get(i).keptEpoch());
      assertThat(again.get(i).epochs()).isEqualTo(3);
      assertThat(again.get(i).ended()).isFalse();
    }
  }

  @Test
  void earlyStoppingHoldsBeforeARung() throws IOException {
    Specs soon = Specs.SMALL.epochs(500).patience(1).learningRate(0.3);
    VariantOutcome outcome = train(Optional.of(400), member(1, soon)).get(0);

    assertThat(outcome.ended()).isTrue();
    assertThat(outcome.epochs()).isLessThan(400);
    assertThat(trainAlone(soon).artifact()).isEqualTo(outcome.artifact().orElseThrow());
  }

  @Test
  void stoppedGroupGoesOnWhereItWas() throws IOException {
    VariantGroup.Member[] members = {
      member(1, EIGHT_EPOCHS), member(2, EIGHT_EPOCHS.with("seed", 5))
    };
    Monitor stopped = new Monitor(12);
    assertThatThrownBy(() -> train(Optional.empty(), stopped, 1, members))
        .isInstanceOf(IOException.class);
    assertThat(stopped.samples.sum()).as("40 in each of 8 + 3 epochs").isEqualTo(440);
    assertThat(stopped.checkpoints.sum()).as("of the one that was stopped").isEqualTo(1);

    Monitor counting = new Monitor(Integer.MAX_VALUE);
    List<VariantOutcome> outcomes = train(Optional.empty(), counting, 1, members);

    assertThat(outcomes).extracting(VariantOutcome::reused).containsExactly(true, false);
    assertThat(counting.reports.stream().filter(report -> report.text().contains("at epoch")))
        .as("the first one's eight epochs and its end, and three of the second one's, were made")
        .hasSize(5);
    assertThat(counting.reports.get(counting.reports.size() - 1).variants()).hasSize(2);
  }
}
