package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunHandle;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;

/**
 * Workers in processes of their own, killed, sent away or stopped in the middle of a training. Its
 * length does not depend on the machine's speed: it is stopped early, and compared with an
 * undisturbed training of as many epochs.
 */
@Timeout(300)
class WorkerKillIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** As many as a run takes, far more than there is time for; the best one is kept. */
  private static final int EPOCHS = 100_000;

  private static final Pattern STOPPED = Pattern.compile("stopped early at epoch (\\d+)");

  private final List<Process> workers = new ArrayList<>();
  private TestWorkspace test;

  @BeforeEach
  void startServer() throws Exception {
    test = TestWorkspace.withSample(List.of());
    test.startServer();
  }

  @AfterEach
  void endAll() throws Exception {
    try {
      for (Process worker : workers) {
        kill(worker);
      }
    } finally {
      test.close();
    }
  }

  @Test
  void aKilledTrainingGoesOnInAnotherWorkerToTheSameBitsAndOneVersion() throws Exception {
    Process first = startWorker("first");
    RunHandle run = train(EPOCHS);
    awaitCheckpoint(run);

    kill(first);
    startWorker("second");

    awaitLine("second", "training goes on after epoch ");
    assertUndisturbed(run);
  }

  @Test
  void aWorkerThatIsToldToLeaveHandsItsTrainingOverAtOnce() throws Exception {
    Process first = startWorker("leaving");
    RunHandle run = train(EPOCHS);
    awaitCheckpoint(run);
    startWorker("next");
    awaitLine("next", "Worker: queues");

    long left = System.nanoTime();
    first.destroy(); // SIGTERM

    awaitLine("next", "training goes on after epoch ");
    assertThat(Duration.ofNanos(System.nanoTime() - left))
        .as("sooner than by a missing heartbeat")
        .isLessThan(Duration.ofSeconds(20));
    assertThat(log("leaving")).content().contains("the worker is leaving");
    assertUndisturbed(run);
  }

  @Test
  void aSleepingWorkerThatWakesUpDamagesNothing() throws Exception {
    Process sleeper = startWorker("sleeper");
    RunHandle run = train(EPOCHS);
    awaitCheckpoint(run);

    signal(sleeper, "STOP");
    startWorker("successor");
    awaitLine("successor", "training goes on after epoch ");
    run.pause();
    await().atMost(Duration.ofMinutes(1)).until(() -> run.pending().isEmpty());
    List<Path> before = checkpoints(run);
    Path newest = before.get(before.size() - 1);
    byte[] state = Files.readAllBytes(newest);

    signal(sleeper, "CONT");
    awaitLine("sleeper", "training ends");

    assertThat(newest).as("the checkpoint that the run is paused at").hasBinaryContent(state);
    assertThat(run.outcome()).isEqualTo("paused");
    run.resume();
    TrainIT.untilEpoch(run, 1);
    assertUndisturbed(run);
  }

  /** Ends the training where it is, and trains as many epochs again, without any disturbance. */
  private void assertUndisturbed(RunHandle run) throws Exception {
    run.stopEarly();
    RunResult disturbed = run.result(Duration.ofMinutes(2));
    assertThat(disturbed.publishing().published()).isTrue();
    assertThat(new ModelFolder(test.root().resolve("models")).versions("speech-rate"))
        .containsExactly(disturbed.publishing().version().orElseThrow());
    assertThat(new RunFiles(test.root()).folder(run.workflowId(), run.runId())).doesNotExist();
    Matcher epochs = STOPPED.matcher(disturbed.stage(Stage.TRAINING).text());
    assertThat(epochs.find()).isTrue();

    RunResult undisturbed = train(Integer.parseInt(epochs.group(1))).result(Duration.ofMinutes(2));

    assertThat(sha256(disturbed)).isEqualTo(sha256(undisturbed));
    assertThat(names(test.root().resolve("data/stages/training")))
        .noneMatch(name -> name.startsWith(".attempt"));
  }

  private RunHandle train(int epochs) throws IOException {
    String spec =
        String.format(
            "{\"training\": {\"epochs\": %d, \"patience\": %d, \"ensemble\": 2}}", epochs, EPOCHS);
    return test.client().train(JSON.readTree(spec), "disturbed");
  }

  private static String sha256(RunResult result) {
    return result.stage(Stage.TRAINING).artifact().orElseThrow().sha256();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private void awaitCheckpoint(RunHandle run) {
    await().atMost(Duration.ofMinutes(1)).until(() -> !checkpoints(run).isEmpty());
  }

  /** The newest one last. */
  private List<Path> checkpoints(RunHandle run) throws IOException {
    Path folder = new RunFiles(test.root()).folder(run.workflowId(), run.runId());
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("checkpoint-"))
          .sorted(java.util.Comparator.comparing(file -> file.toFile().lastModified()))
          .toList();
    }
  }

  private Process startWorker(String name) throws IOException {
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
    Process process = worker.start();
    workers.add(process);
    return process;
  }

  private static void awaitLine(String worker, String line) {
    await().atMost(Duration.ofMinutes(2)).until(() -> Files.readString(log(worker)).contains(line));
  }

  /** Outlives the test's workspace, for who wants to know why it failed. */
  private static Path log(String name) {
    return Tools.repository().resolve("deploy/target/" + name + "-worker.log");
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }
}
