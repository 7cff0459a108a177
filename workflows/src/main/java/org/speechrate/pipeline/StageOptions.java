package org.speechrate.pipeline;

import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import java.time.Duration;

/** Timeouts and retries of each activity, each with its reason. */
final class StageOptions {
  /**
   * Workers heartbeat twice a second, so that twenty silent times mean a dead worker, not a busy
   * one; shorter would mistake a long garbage collection for death.
   */
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(10);

  /**
   * An outage (disk full, server away) may last a night; in the morning somebody should be told.
   */
  private static final Duration NIGHT = Duration.ofHours(12);

  /**
   * What a retry can cure comes back soon (a restarted worker) or late (a full disk): try at once,
   * then ever less often, every ten seconds at last. More would keep a run waiting whose worker
   * died again and again. What no retry can cure is a {@link Refusal}, which is never retried; so
   * there is no limit on attempts, only on time.
   */
  private static final RetryOptions RETRIES =
      RetryOptions.newBuilder()
          .setInitialInterval(Duration.ofSeconds(1))
          .setBackoffCoefficient(2)
          .setMaximumInterval(Duration.ofSeconds(10))
          .build();

  private static final int NOTICE_TRIES = 4;

  private StageOptions() {}

  /**
   * Small files, and no heartbeats: so long a run stands still whose worker died in the middle of
   * one, and so long a slow network disk may take.
   */
  static ActivityOptions bookkeeping(String summary) {
    return ActivityOptions.newBuilder()
        .setStartToCloseTimeout(Duration.ofSeconds(20))
        .setScheduleToCloseTimeout(NIGHT)
        .setRetryOptions(RETRIES)
        .setSummary(summary)
        .build();
  }

  /**
   * A command or a web service of the worker's owner, which has 30 s; a minute, so that it is that
   * limit which ends it. Nobody's model waits for a mailbox: after a few tries the run goes on.
   */
  static ActivityOptions notice(String event) {
    return ActivityOptions.newBuilder()
        .setStartToCloseTimeout(Duration.ofMinutes(1))
        .setRetryOptions(RetryOptions.newBuilder(RETRIES).setMaximumAttempts(NOTICE_TRIES).build())
        .setSummary("tell the worker's owner: " + event)
        .build();
  }

  static ActivityOptions of(Stage stage, String summary) {
    ActivityOptions.Builder options =
        ActivityOptions.newBuilder()
            .setStartToCloseTimeout(startToClose(stage))
            .setScheduleToCloseTimeout(startToClose(stage).plus(NIGHT))
            .setHeartbeatTimeout(HEARTBEAT_TIMEOUT)
            .setRetryOptions(RETRIES)
            // An attempt ends its own work: training hands its checkpoint over, others tidy up.
            .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
            .setSummary(summary);
    if (stage == Stage.TRAINING) {
      options.setTaskQueue(TrainWorkflow.GPU_TASK_QUEUE);
    }
    return options.build();
  }

  /** An encoder wants the GPU, or the cores, to itself, as training does, and may take as long. */
  static ActivityOptions encoding(String summary) {
    Duration longest = startToClose(Stage.TRAINING);
    return ActivityOptions.newBuilder(of(Stage.EMBEDDINGS, summary))
        .setTaskQueue(TrainWorkflow.GPU_TASK_QUEUE)
        .setStartToCloseTimeout(longest)
        .setScheduleToCloseTimeout(longest.plus(NIGHT))
        .build();
  }

  private static Duration startToClose(Stage stage) {
    return switch (stage) {
      // A million headers over a slow network share take about an hour.
      case CORPUS -> Duration.ofHours(4);
      // Text files alone.
      case LABELS, DATASET -> Duration.ofHours(1);
      // Ten gigabytes read, hashed and written over a slow network share.
      case EMBEDDINGS -> Duration.ofHours(4);
      // A week-long training is somebody's plan; a longer one is a hang.
      case TRAINING -> Duration.ofDays(7);
      // One pass over all embeddings.
      case EVALUATION -> Duration.ofHours(4);
      // A few megabytes.
      case PUBLISHING -> Duration.ofMinutes(10);
      // The same pass, and its result written to wherever it was wanted.
      case PREDICT -> Duration.ofHours(4);
    };
  }
}
