package org.speechrate.pipeline;

import java.util.List;
import org.speechrate.pipeline.sweep.VariantOutcome;

/**
 * How far a running stage is; signalled to the workflow now and then, and losing one is harmless.
 *
 * @param text such as "epoch 7 of 100, dev MSE 2.91"
 * @param done work done so far, in the stage's own unit (files, rows, epochs)
 * @param total all of the work in the same unit, 0 where it is not known
 * @param curve losses of training so far, thinned to at most {@value #CURVE_POINTS} points; empty
 *     in other stages
 * @param variants those of a sweep's running group that have ended; empty in other runs
 */
public record StageProgress(
    Stage stage,
    String text,
    long done,
    long total,
    List<EpochLoss> curve,
    List<VariantOutcome> variants) {
  /** Enough for a picture, and little enough for a workflow's history. */
  public static final int CURVE_POINTS = 60;

  public StageProgress {
    curve = List.copyOf(curve);
    // A report by a worker of before there were sweeps.
    variants = variants == null ? List.of() : List.copyOf(variants);
  }

  public StageProgress(Stage stage, String text, long done, long total, List<EpochLoss> curve) {
    this(stage, text, done, total, curve, List.of());
  }

  /**
   * Every n-th loss so that at most {@value #CURVE_POINTS} remain, the first and the last among
   * them.
   */
  public static List<EpochLoss> thin(List<EpochLoss> losses) {
    if (losses.size() <= CURVE_POINTS) {
      return List.copyOf(losses);
    }
    int last = losses.size() - 1;
    return java.util.stream.IntStream.range(0, CURVE_POINTS)
        .mapToObj(i -> losses.get((int) Math.round((double) i * last / (CURVE_POINTS - 1))))
        .toList();
  }
}
