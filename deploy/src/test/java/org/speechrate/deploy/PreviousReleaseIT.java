package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.speechrate.deploy.RecordHistories.LONG;
import static org.speechrate.deploy.RecordHistories.json;
import static org.speechrate.deploy.RecordHistories.twoLayers;
import static org.speechrate.deploy.RecordHistories.untilTraining;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.SweepResult;

/**
 * An update in the middle of the night: runs of every type that the previous release has are under
 * way, its worker (its own classes, in {@code src/test/previous-release}) is killed, and this
 * release's worker completes them.
 */
@Timeout(300)
class PreviousReleaseIT {
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  private TestWorkspace test;
  private Process previous;

  @BeforeEach
  void start() throws Exception {
    test = TestWorkspace.withSample(List.of());
    test.startServer();
    startPreviousWorker();
  }

  @AfterEach
  void stop() throws Exception {
    try {
      if (previous != null) {
        kill();
      }
    } finally {
      test.close();
    }
  }

  @Test
  void itsRunsUnderWayAreCompleted() throws Exception {
    RunHandle paused = test.client().train(json(LONG), "paused in training");
    TrainIT.untilEpoch(paused, 2);
    paused.pause();
    await().atMost(A_MINUTE).until(() -> paused.pending().isEmpty());
    RunHandle training = test.client().train(json(LONG), "in training");
    TrainIT.untilEpoch(training, 2);
    // One training at a time: these two wait for theirs.
    RunHandle sweep =
        test.client()
            .sweep(
                json(
                    "'sweep': {'list': [{'training.seed': 1}, {'training.seed': 2}, "
                        + "{'training.seed': 3}], 'halving': {'rungs': [2, 4]}}, 'publishing': "
                        + "{'model': 'swept', 'gate': 'always'}"),
                "before its first rung");
    twoLayers(test.root());
    RunHandle probe =
        test.client()
            .probe(
                json(
                    "'corpus': {'root': 'data/sample/corpus'}, 'training': {'epochs': 3},"
                        + " 'probe': {'layers': 'layers', 'seeds': 1, 'rounds': 0}"),
                "before its networks");
    untilTraining(sweep);
    untilTraining(probe);

    kill();
    test.startWorker();
    long before = training.progress().running().orElseThrow().done();
    TrainIT.untilEpoch(training, before + 1);
    training.stopEarly();
    assertPublished(training, training.result(A_MINUTE));
    paused.stopEarly();
    RunResult stopped = paused.result(A_MINUTE);
    assertThat(stopped.stage(Stage.TRAINING).text())
        .as("made of the previous release's checkpoint alone")
        .containsPattern("stopped early at epoch ([2-9]|\\d{2,})");
    assertPublished(paused, stopped);
    SweepResult swept = sweep.result(SweepResult.class);
    assertThat(swept.leaderboard()).hasSize(3);
    assertThat(swept.publishing().orElseThrow().published()).isTrue();
    assertThat(probe.result(ProbeResult.class).layers()).as("and their sum").hasSize(3);
  }

  private void assertPublished(RunHandle run, RunResult result) throws IOException {
    assertThat(test.root().resolve(result.publishing().path().orElseThrow())).isNotEmptyDirectory();
    assertThat(new RunFiles(test.root()).find(run.workflowId()).orElseThrow().result())
        .contains(result);
  }

  /** Its own classes before the libraries, which are today's. */
  private void startPreviousWorker() throws IOException {
    Path jars = Tools.repository().resolve("deploy/src/test/previous-release");
    String ours = Tools.repository().toString();
    String classPath;
    try (Stream<Path> its = Files.list(jars)) {
      classPath =
          Stream.concat(
                  its.map(Path::toString).filter(jar -> jar.endsWith(".jar")).sorted(),
                  Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                      .filter(entry -> !entry.startsWith(ours))
                      .filter(entry -> !entry.replace('\\', '/').contains("/org/speechrate/")))
              .collect(Collectors.joining(File.pathSeparator));
    }
    Path log = test.root().resolve("previous-worker.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dspeechrate.home=" + Tools.repository(),
                // Its engine's folders stay where it is killed.
                "-Djava.io.tmpdir=" + test.root(),
                SpeechrateCommand.class.getName(),
                "--workspace",
                test.root().toString(),
                "worker")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("CLASSPATH", classPath);
    previous = builder.start();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              String said = Files.readString(log);
              assertThat(previous.isAlive()).as(said).isTrue();
              return said.contains("Worker: queues");
            });
  }

  private void kill() throws InterruptedException {
    previous.destroyForcibly();
    assertThat(previous.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }
}
