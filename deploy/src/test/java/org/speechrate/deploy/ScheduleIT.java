package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.schedules.Schedule;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleIntervalSpec;
import io.temporal.client.schedules.ScheduleSpec;
import io.temporal.client.schedules.ScheduleUpdate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.StageState.State;

/** Nights: a real dev server's schedules, and a worker in a process of its own. */
@Timeout(300)
class ScheduleIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TRANSCRIPT =
      "data/sample/corpus/train-clean-100/LibriSpeech/train-clean-100/9012/1/9012-1.trans.txt";

  private final List<Process> workers = new ArrayList<>();
  private TestWorkspace test;
  private Path told;

  @BeforeEach
  void startServer() throws Exception {
    test = TestWorkspace.withSample(List.of());
    test.startServer();
    told = test.root().resolve("told");
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
  void changedDataMakesAVersionAndUnchangedDataNone() throws Exception {
    Process first = startWorker();
    assertThat(create("nightly", "0 1 * * *"))
        .startsWith("nightly  0 1 * * * (Europe/Vienna)  next run ")
        .contains("each night");

    RunResult one = trigger().result(Duration.ofMinutes(2));
    assertThat(one.workflowId()).startsWith("train-nightly-2");
    String version = one.publishing().version().orElseThrow();

    RunResult two = trigger().result(Duration.ofMinutes(2));
    String nothingNew = "nothing new: data, embeddings and choices are those of " + version;
    assertThat(two.publishing().reason()).isEqualTo(nothingNew);
    assertThat(two.stages().subList(0, 6).stream().map(StageState::state))
        .containsOnly(State.REUSED);
    assertThat(versions()).containsExactly(version);

    Path transcript = test.root().resolve(TRANSCRIPT);
    Files.writeString(
        transcript, Files.readString(transcript).replace("SHEPHERD", "SHEPHERDESS AND"));
    // From here on it is the schedule's own clock that starts runs.
    create("clock", "0 1 * * *");
    fireEach(Duration.ofSeconds(15));
    RunHandle changed = fired(1);
    // Training: the stages before it are done, and the version is not yet there.
    TrainIT.untilEpoch(changed, 2);
    kill(first);
    startWorker();
    RunResult three = changed.result(Duration.ofMinutes(2));
    assertThat(three.stage(Stage.LABELS).state()).isEqualTo(State.DONE);
    String second = three.publishing().version().orElseThrow();
    RunResult four = fired(2).result(Duration.ofMinutes(2));
    command(Exit.DONE, "schedule", "pause", "clock", "--reason", "seen");
    String nothingNewer = "nothing new: data, embeddings and choices are those of " + second;
    assertThat(four.publishing().reason()).isEqualTo(nothingNewer);
    assertThat(versions()).containsExactly(version, second);

    String shown = command(Exit.DONE, "schedule", "show", "nightly");
    assertThat(shown)
        .contains("published models/speech-rate/" + version + ": " + one.verdict())
        .contains(nothingNew)
        .contains("\"onlyNew\":true");
    assertThat(command(Exit.DONE, "last-night").lines())
        .startsWith(
            one.workflowId() + "  published models/speech-rate/" + version + ": " + one.verdict(),
            two.workflowId() + "  " + nothingNew,
            three.workflowId()
                + "  published models/speech-rate/"
                + second
                + ": "
                + three.verdict(),
            four.workflowId() + "  " + nothingNewer);
    // Nobody is woken up for a night without news.
    assertThat(Files.readAllLines(told))
        .containsExactly("published " + one.workflowId(), "published " + three.workflowId());

    JsonNode list = JSON.readTree(command(Exit.DONE, "schedule", "list", "--json"));
    assertThat(list).hasSize(2);
    assertThat(list.at("/0/when").asText()).isEqualTo("every 15s");
    assertThat(list.at("/1/when").asText()).isEqualTo("0 1 * * *");
    assertThat(list.at("/1/timeZone").asText()).isEqualTo("Europe/Vienna");
    assertThat(list.at("/1/runs")).hasSize(2);
    assertThat(list.at("/1/runs/0/workflowId").asText()).isEqualTo(two.workflowId());
    assertThat(
            java.time.Instant.parse(list.at("/1/next/0").asText())
                .atZone(ZoneId.of("Europe/Vienna"))
                .toLocalTime())
        .hasToString("01:00");
  }

  @Test
  void aScheduleIsPausedResumedAndDeleted() throws Exception {
    command(Exit.DONE, "schedule", "create", "often", "--every", "6h", "--pause-on-failure");
    assertThat(
            command(
                Exit.DONE,
                "schedule",
                "create",
                "workdays",
                "--cron",
                "*/15 1,22-23 1-7 * mon-fri",
                "--time-zone",
                "UTC"))
        .startsWith("workdays  */15 1,22-23 1-7 * 1-5 (UTC)  next run ");

    command(Exit.DONE, "schedule", "pause", "often", "--reason", "new microphones");
    assertThat(command(Exit.DONE, "schedule", "list"))
        .contains("often  every 6h  PAUSED: new microphones")
        .contains("no run yet");
    assertThat(command(Exit.DONE, "schedule", "resume", "often"))
        .startsWith("schedule often goes on; next run 2");
    assertThat(command(Exit.DONE, "schedule", "show", "often"))
        .contains("catches up within 12h; pauses once a run has failed");

    assertThat(command(Exit.WRONG_INPUT, "schedule", "create", "often", "--every", "1h"))
        .startsWith("speechrate: there is a schedule often already; `deploy/speechrate ");
    assertThat(command(Exit.WRONG_INPUT, "schedule", "create", "bad", "--cron", "0 25 * * *"))
        .startsWith("speechrate: Temporal refuses it: ")
        .hasLineCount(1);
    command(Exit.DONE, "schedule", "delete", "often");
    for (String word : List.of("show", "trigger", "pause", "resume", "delete")) {
      assertThat(command(Exit.WRONG_INPUT, "schedule", word, "often"))
          .startsWith("speechrate: there is no schedule often; `deploy/speechrate ");
    }
  }

  @Test
  void aRunThatFailsPausesTheScheduleWhereThatWasWantedAndTheMorningTellsItsLine()
      throws Exception {
    startWorker();
    command(
        Exit.DONE,
        "schedule",
        "create",
        "broken",
        "--every",
        "6h",
        "--pause-on-failure",
        "--set",
        "labels.directory=nowhere",
        "--set",
        "embeddings.path=data/sample/embeddings_npy");

    String run = command(Exit.DONE, "schedule", "trigger", "broken").strip();

    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> command(Exit.DONE, "schedule", "list").contains("PAUSED: "));
    String line =
        "failed: labels.directory: \"nowhere\" does not exist in the workspace " + test.root();
    assertThat(command(Exit.DONE, "schedule", "list"))
        .contains("last run " + run + ": " + line)
        .contains("failure");
    assertThat(said(Exit.RUN_FAILED, "last-night").out()).isEqualTo(run + "  " + line + "\n");
    assertThat(Files.readAllLines(told)).containsExactly("failed " + run);
  }

  @Test
  void aBackupOfARunningServerBringsRunsAndSchedulesBack() throws Exception {
    startWorker();
    RunHandle run = test.client().train(JSON.readTree("{\"training\":{\"epochs\":2}}"), "test");
    run.result(Duration.ofMinutes(2));
    command(Exit.DONE, "schedule", "create", "often", "--every", "6h");
    Path zip = test.root().resolve("backup.zip");
    assertThat(command(Exit.DONE, "backup", zip.toString()))
        .contains("backup.zip: the server's database, 1 files of runs, ");

    command(Exit.DONE, "schedule", "delete", "often");
    RunHandle later = test.client().train(JSON.readTree("{\"training\":{\"epochs\":3}}"), "test");
    later.result(Duration.ofMinutes(2));
    assertThat(command(Exit.WRONG_INPUT, "restore", zip.toString(), "--replace"))
        .startsWith("speechrate: a server runs in this workspace; `deploy/speechrate ");
    kill(workers.get(0));
    command(Exit.DONE, "down");
    assertThat(command(Exit.WRONG_INPUT, "restore", zip.toString()))
        .contains("temporal.db is there; with --replace it is put aside");
    command(Exit.DONE, "restore", zip.toString(), "--replace");
    test.startServer();

    assertThat(test.client().find(run.workflowId()).outcome()).isEqualTo("completed");
    assertThatThrownBy(() -> test.client().find(later.workflowId()))
        .isInstanceOf(WorkflowNotFoundException.class);
    assertThat(command(Exit.DONE, "schedule", "list")).startsWith("often  every 6h  next run ");
    assertThat(command(Exit.DONE, "runs")).contains(run.workflowId(), later.workflowId());
  }

  private String create(String name, String cron) {
    return command(
        Exit.DONE,
        "schedule",
        "create",
        name,
        "--cron",
        cron,
        "--time-zone",
        "Europe/Vienna",
        "--note",
        "each night",
        "--set",
        "training.epochs=3000",
        "--set",
        "training.patience=3000");
  }

  /** As somebody may edit the schedule "clock" in the UI; our commands take no time so short. */
  private void fireEach(Duration time) {
    ScheduleClient.newInstance(test.stubs())
        .getHandle("clock")
        .update(
            input ->
                new ScheduleUpdate(
                    Schedule.newBuilder(input.getDescription().getSchedule())
                        .setSpec(
                            ScheduleSpec.newBuilder()
                                .setIntervals(List.of(new ScheduleIntervalSpec(time)))
                                .build())
                        .build()));
  }

  /** The run with that number, from 1, that the schedule "clock" has started. */
  private RunHandle fired(int number) {
    String id =
        await()
            .atMost(Duration.ofMinutes(2))
            .until(
                () -> {
                  JsonNode runs =
                      JSON.readTree(command(Exit.DONE, "schedule", "show", "clock", "--json"))
                          .get("runs");
                  return runs.path(runs.size() - number).path("workflowId").asText();
                },
                found -> !found.isEmpty());
    return test.client().find(id);
  }

  private RunHandle trigger() throws Exception {
    String run = command(Exit.DONE, "schedule", "trigger", "nightly").strip();
    return test.client().find(run);
  }

  private List<String> versions() throws IOException {
    try (Stream<Path> versions = Files.list(test.root().resolve("models/speech-rate"))) {
      return versions
          .map(version -> version.getFileName().toString())
          .filter(name -> name.startsWith("2"))
          .sorted()
          .toList();
    }
  }

  /** What it says: its result, or why there is none. */
  private String command(int exit, String... words) {
    TerminalCapture terminal = said(exit, words);
    return exit == Exit.DONE ? terminal.out() : terminal.err();
  }

  private TerminalCapture said(int exit, String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--workspace";
    all[words.length + 1] = test.root().toString();
    assertThat(SpeechrateCommand.run(terminal.terminal(), all))
        .as(() -> terminal.out() + terminal.err())
        .isEqualTo(exit);
    return terminal;
  }

  private Process startWorker() throws IOException {
    Path log = test.root().resolve("worker-" + workers.size() + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dspeechrate.home=" + Tools.repository(),
                SpeechrateCommand.class.getName(),
                "--workspace",
                test.root().toString(),
                "worker",
                "--notify-command",
                "echo $SPEECHRATE_EVENT $SPEECHRATE_RUN >> " + told)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process worker = builder.start();
    workers.add(worker);
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> Files.readString(log, StandardCharsets.UTF_8).contains("Worker: queues"));
    return worker;
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }
}
