package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.PendingStage;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.TrainWorkflow;

/** Stages and training on workers of their own, as where only some machines have a GPU. */
@Timeout(180)
class QueuesIT {
  @Test
  void trainingWaitsForAWorkerThatServesItsQueueAlone() throws Exception {
    try (TestWorkspace test = TestWorkspace.withSample(List.of())) {
      test.startServer();
      test.startWorker(Set.of(TrainWorkflow.TASK_QUEUE));
      RunHandle run =
          test.client()
              .train(
                  new ObjectMapper()
                      .readTree(
                          "{\"corpus\": {\"root\": \"data/sample/corpus\"}, \"embeddings\":"
                              + " {\"path\": \"data/sample/embeddings_npy\"}}"),
                  "two workers");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  run.pending().stream()
                      .anyMatch(each -> each.stage().equals(PendingStage.TRAINING)));
      assertThat(run.pending()).noneMatch(PendingStage::started);

      test.startWorker(Set.of(TrainWorkflow.GPU_TASK_QUEUE));

      assertThat(run.result(Duration.ofSeconds(60)).publishing().published()).isTrue();
    }
  }
}
