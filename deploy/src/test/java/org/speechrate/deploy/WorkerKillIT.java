package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.run.RunFiles;

/** Workers in processes of their own, killed in the middle of a training. */
@Timeout(240)
class WorkerKillIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Long enough to be killed in the middle, with a checkpoint on disk. */
  private static final String SPEC = "{\"training\": {\"epochs\": 3000, \"patience\": 0}}";

  @Test
  void aKilledTrainingGoesOnInAnotherWorkerToTheSameBitsAndOneVersion() throws Exception {
    RunResult disturbed;
    try (TestWorkspace test = TestWorkspace.withSample(List.of())) {
      test.startServer();
      RunHandle run;
      Process first = startWorker(test, "first");
      try {
        run = test.client().train(JSON.readTree(SPEC), "killed");
        Path checkpoint = new RunFiles(test.root()).checkpoint(run.workflowId(), run.runId());
        await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(checkpoint));
      } finally {
        kill(first);
      }
      Process second = startWorker(test, "second");
      try {
        disturbed = run.result(Duration.ofMinutes(2));
      } finally {
        kill(second);
      }
      assertThat(log("second")).content().contains("training goes on after epoch ");
      assertThat(disturbed.publishing().published()).isTrue();
      try (Stream<Path> versions = Files.list(test.root().resolve("models/speech-rate"))) {
        assertThat(versions.map(path -> path.getFileName().toString()))
            .containsExactly(disturbed.publishing().version().orElseThrow());
      }
    }
    try (TestWorkspace test = TestWorkspace.running()) {
      RunResult undisturbed = test.client().train(JSON.readTree(SPEC), "undisturbed").result();

      assertThat(sha256(disturbed)).isEqualTo(sha256(undisturbed));
    }
  }

  private static String sha256(RunResult result) {
    return result.stage(Stage.TRAINING).artifact().orElseThrow().sha256();
  }

  private static Process startWorker(TestWorkspace test, String name) throws IOException {
    ProcessBuilder worker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dspeechrate.home=" + Tools.repository(),
                SpeechrateCommand.class.getName(),
                "--workspace",
                test.root().toString(),
                "--verbose",
                "worker")
            .redirectErrorStream(true)
            .redirectOutput(log(name).toFile());
    worker.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return worker.start();
  }

  /** Outlives the test's workspace, for who wants to know why it failed. */
  private static Path log(String name) {
    return Tools.repository().resolve("deploy/target/" + name + "-worker.log");
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }
}
