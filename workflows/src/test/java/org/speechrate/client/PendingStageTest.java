package org.speechrate.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.temporal.api.common.v1.ActivityType;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.failure.v1.Failure;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.common.converter.GlobalDataConverter;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.Heartbeat;

class PendingStageTest {
  @Test
  void tellsWhyTheLastAttemptFailedAndWhenTheNextOneIsDue() {
    PendingActivityInfo activity =
        PendingActivityInfo.newBuilder()
            .setActivityType(ActivityType.newBuilder().setName("LabelUtterances"))
            .setState(PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED)
            .setAttempt(5)
            .setLastWorkerIdentity("7@host")
            .setScheduledTime(Timestamp.newBuilder().setSeconds(100))
            .setNextAttemptScheduleTime(Timestamp.newBuilder().setSeconds(108))
            .setLastFailure(Failure.newBuilder().setMessage("disk full\nmore"))
            .build();
    assertThat(PendingStage.of(activity))
        .isEqualTo(
            new PendingStage(
                "labels",
                5,
                false,
                Instant.ofEpochSecond(108),
                Optional.of("disk full"),
                Optional.empty(),
                "7@host"));
  }

  @Test
  void tellsHowFarARunningOneIs() {
    PendingActivityInfo activity =
        PendingActivityInfo.newBuilder()
            .setActivityType(ActivityType.newBuilder().setName("TrainModel"))
            .setState(PendingActivityState.PENDING_ACTIVITY_STATE_STARTED)
            .setAttempt(1)
            .setHeartbeatDetails(
                GlobalDataConverter.get()
                    .toPayloads(new Heartbeat("epoch 7 of 100", Optional.empty()))
                    .orElseThrow())
            .build();
    PendingStage stage = PendingStage.of(activity);
    assertThat(stage.stage()).isEqualTo("training");
    assertThat(stage.started()).isTrue();
    assertThat(stage.lastFailure()).isEmpty();
    assertThat(stage.heartbeat()).contains("epoch 7 of 100");
  }
}
