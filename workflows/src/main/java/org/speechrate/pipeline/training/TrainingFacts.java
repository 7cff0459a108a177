package org.speechrate.pipeline.training;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageProgress;

/**
 * @param epochs epochs that were trained
 * @param keptEpoch epoch whose weights were kept; 0 where none was better than ridge regression,
 *     with which it began
 * @param keptDevMse dev MSE of the kept weights, in (letters/s)²
 * @param ended why training ended, such as "no better dev MSE for 20 epochs"
 * @param device such as "cpu" or "gpu(0)"
 * @param engine such as "PyTorch 2.7.1 (AVX2, 1 thread)": the processor's instructions and the
 *     number of threads decide the weights' last bits
 * @param curve losses by epoch, thinned
 * @param crossValidation where one was asked for
 */
public record TrainingFacts(
    int epochs,
    int keptEpoch,
    double keptDevMse,
    String ended,
    String device,
    String engine,
    List<EpochLoss> curve,
    Optional<CrossValidation> crossValidation)
    implements StageFacts {

  public TrainingFacts {
    curve = StageProgress.thin(curve);
    // A training that was done before there was any.
    crossValidation = crossValidation == null ? Optional.empty() : crossValidation;
  }

  public TrainingFacts(
      int epochs,
      int keptEpoch,
      double keptDevMse,
      String ended,
      String device,
      String engine,
      List<EpochLoss> curve) {
    this(epochs, keptEpoch, keptDevMse, ended, device, engine, curve, Optional.empty());
  }

  public TrainingFacts with(CrossValidation found) {
    return new TrainingFacts(
        epochs, keptEpoch, keptDevMse, ended, device, engine, curve, Optional.of(found));
  }

  /** Such as "epoch 21". */
  public String kept() {
    return keptEpoch == 0 ? "ridge regression, its start" : "epoch " + keptEpoch;
  }

  @Override
  public long rows() {
    return epochs;
  }

  @Override
  public String summary() {
    String training =
        String.format(
            Locale.ROOT,
            "%s on %s, kept %s (dev MSE %.3f); ended: %s",
            Counts.of(epochs, "epoch"),
            device,
            kept(),
            keptDevMse,
            ended);
    return crossValidation.map(found -> training + "; " + found.summary()).orElse(training);
  }
}
