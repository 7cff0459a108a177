package org.speechrate.client;

import com.google.protobuf.Timestamp;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.failure.v1.Failure;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.common.converter.DataConverterException;
import io.temporal.common.converter.GlobalDataConverter;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Heartbeat;

/**
 * A stage that has not come to an end, as Temporal sees it; needs no worker to tell.
 *
 * @param stage its word, such as {@code labels}; of the run's own bookkeeping {@code run}
 * @param attempt the one that runs or comes next, from 1
 * @param started whether a worker has it
 * @param scheduled when this attempt is, or was, due
 * @param lastFailure why the attempt before failed, in one line; it may hold names of Java classes
 * @param heartbeat how far it was when its worker spoke last, such as "epoch 7 of 100"
 * @param worker identity of the worker that had it last, empty where none had
 */
public record PendingStage(
    String stage,
    int attempt,
    boolean started,
    Instant scheduled,
    Optional<String> lastFailure,
    Optional<String> heartbeat,
    String worker) {
  /** The one stage that needs a worker to itself. */
  public static final String TRAINING = "training";

  private static final Map<String, String> STAGES =
      Map.ofEntries(
          Map.entry("ScanCorpus", "corpus"),
          Map.entry("LabelUtterances", "labels"),
          Map.entry("LoadEmbeddings", "embeddings"),
          Map.entry("EncodeAudio", "embeddings"),
          Map.entry("FindLayers", "embeddings"),
          Map.entry("RequireSameRows", "embeddings"),
          Map.entry("JoinDataset", "dataset"),
          Map.entry("TrainModel", TRAINING),
          Map.entry("TrainVariants", TRAINING),
          Map.entry("EvaluateModel", "evaluation"),
          Map.entry("SumLayers", "evaluation"),
          Map.entry("ProbeLayer", "evaluation"),
          Map.entry("SummarizeProbe", "evaluation"),
          Map.entry("PublishModel", "publishing"),
          Map.entry("FindModel", "predict"),
          Map.entry("Predict", "predict"),
          Map.entry("Deliver", "predict"));

  static PendingStage of(PendingActivityInfo activity) {
    return new PendingStage(
        STAGES.getOrDefault(activity.getActivityType().getName(), "run"),
        activity.getAttempt(),
        activity.getState() != PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED,
        instant(
            activity.hasNextAttemptScheduleTime()
                ? activity.getNextAttemptScheduleTime()
                : activity.getScheduledTime()),
        activity.hasLastFailure()
            ? reason(activity.getLastFailure()).lines().findFirst()
            : Optional.empty(),
        activity.hasHeartbeatDetails() ? heartbeat(activity) : Optional.empty(),
        activity.getLastWorkerIdentity());
  }

  /** A failure with a long stack trace comes cut short, inside "Failure exceeds size limit.". */
  private static String reason(Failure failure) {
    return failure.hasServerFailureInfo() && failure.hasCause()
        ? failure.getCause().getMessage()
        : failure.getMessage();
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  /** Another version's worker may have written something else there. */
  private static Optional<String> heartbeat(PendingActivityInfo activity) {
    try {
      return Optional.ofNullable(
              GlobalDataConverter.get()
                  .fromPayloads(
                      0,
                      Optional.of(activity.getHeartbeatDetails()),
                      Heartbeat.class,
                      Heartbeat.class))
          .map(Heartbeat::text);
    } catch (DataConverterException e) {
      return Optional.empty();
    }
  }
}
