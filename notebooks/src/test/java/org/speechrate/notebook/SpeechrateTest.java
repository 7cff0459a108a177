package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.client.ServerFile;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.predict.PredictResult;
import tech.tablesaw.api.Table;

class SpeechrateTest {
  @TempDir Path workspace;

  @BeforeEach
  void write() throws IOException {
    RunFiles.write(workspace);
  }

  @Test
  void findsTheWorkspaceAboveTheWorkingDirectory() throws IOException {
    // A module: it has a pom.xml, but no data.
    Path module = Files.createDirectories(workspace.resolve("notebooks"));
    Files.writeString(module.resolve("pom.xml"), "<project/>");
    assertThat(in(module, Map.of()).workspace()).isEqualTo(workspace);
  }

  @Test
  void theVariableWins() throws IOException {
    Path other = Files.createDirectories(workspace.resolve("other"));
    Map<String, String> named = Map.of("SPEECHRATE_WORKSPACE", other.toString());
    assertThat(in(workspace, named).workspace()).isEqualTo(other);
  }

  @Test
  void saysThatThereIsNoWorkspace() throws IOException {
    Files.delete(workspace.resolve("pom.xml"));
    assertThatThrownBy(() -> in(workspace, Map.of()).workspace())
        .isInstanceOf(NotebookException.class)
        .hasMessage(
            workspace
                + " is in no workspace (a folder with pom.xml and data/); set"
                + " SPEECHRATE_WORKSPACE");
  }

  @Test
  void saysHowToStartAServerWhereNoneRuns() {
    assertThatThrownBy(() -> in(workspace, Map.of()).train())
        .isInstanceOf(NotebookException.class)
        .hasMessage(
            "no server runs for the workspace "
                + workspace
                + "; start one with deploy/speechrate up");
  }

  @Test
  void saysThatTheServerIsGone() throws IOException {
    String address = "127.0.0.1:" + closedPort();
    new ServerFile(address, "default", "http://127.0.0.1:1", "", 1, 1).write(workspace);
    assertThatThrownBy(() -> in(workspace, Map.of()).connect())
        .isInstanceOf(NotebookException.class)
        .hasMessage(
            "no Temporal server answers at "
                + address
                + " (from data/server.json): UNAVAILABLE; start one with deploy/speechrate up");
  }

  @Test
  void takesTemporalsOwnVariablesFirst() throws IOException {
    String address = "127.0.0.1:" + closedPort();
    assertThatThrownBy(() -> in(workspace, Map.of("TEMPORAL_ADDRESS", address)).connect())
        .hasMessage(
            "no Temporal server answers at "
                + address
                + " (from Temporal's configuration): UNAVAILABLE; is it up, and are its"
                + " credentials right?");
  }

  @Test
  void saysThatNoWorkerWasHere() throws IOException {
    Files.delete(workspace.resolve("data/workspace-id"));
    new ServerFile("127.0.0.1:1", "default", "", "", 1, 1).write(workspace);
    assertThatThrownBy(() -> in(workspace, Map.of()).connect())
        .hasMessageContaining("no worker has served the workspace");
  }

  @Test
  void refusesAWrongSpecBeforeItConnects() {
    Speechrate sr = in(workspace, Map.of());
    assertThatThrownBy(() -> sr.train("{\"reuse\": true"))
        .isInstanceOf(NotebookException.class)
        .hasMessageStartingWith("the input is not valid JSON at line 1, column ");
    assertThatThrownBy(() -> sr.train("{\"reuse\": true, \"reuse\": false}"))
        .hasMessageContaining("Duplicate field 'reuse'");
    assertThatThrownBy(() -> sr.train("{} {}")).hasMessageStartingWith("the input is not valid");
    assertThatThrownBy(() -> sr.train(TrainSpec.create().epochs(0)))
        .hasMessage("training.epochs must be a whole number from 1 to 100000, got 0");
    assertThatThrownBy(() -> sr.sweep(SweepSpec.create().grid("training.epochs")))
        .hasMessageStartingWith("sweep.grid.training.epochs must be a list of one or more values");
    assertThatThrownBy(() -> sr.probe(ProbeSpec.of("layers.npz").seeds(0)))
        .hasMessageStartingWith("probe.seeds must be a whole number from 1 ");
    assertThatThrownBy(() -> sr.predict(PredictSpec.create().out("file.txt")))
        .hasMessageStartingWith("predict.out must be a file that ends with .csv");
  }

  @Test
  void readsTheFilesOfARun() {
    Speechrate sr = in(workspace, Map.of());
    RunResult result = FakeTrain.result("w", "r");
    assertThat(sr.predictions(result).rowCount()).isEqualTo(88);
    assertThat(sr.history(result).rowCount()).isEqualTo(60);
  }

  @Test
  void saysThatARunHasNoEvaluation() {
    assertThatThrownBy(() -> in(workspace, Map.of()).predictions(withStages(List.of())))
        .isInstanceOf(NotebookException.class)
        .hasMessage("run w has no output of evaluation");
  }

  @Test
  void whatHasEndedIsKnownWithoutAServer() throws IOException {
    Path run = Files.createDirectories(workspace.resolve("data/runs/train-a"));
    Files.writeString(
        run.resolve("r.json"),
        "{\"workflowId\": \"train-a\", \"runId\": \"r\", \"started\": \"2026-01-02T03:04:05Z\","
            + " \"ended\": \"2026-01-02T03:05:05Z\", \"outcome\": \"completed\", \"message\": \"\","
            + " \"stages\": [{\"stage\": \"training\", \"state\": \"done\", \"text\": \"\", \"seconds\":"
            + " 1, \"artifact\": {\"uri\": \"data/stages/training/fake\", \"sha256\": \"00\","
            + " \"rows\": 1}}]}");
    Speechrate sr = in(workspace, Map.of());
    assertThat(sr.history("train-a").rowCount()).isEqualTo(60);
    assertThat(sr.runs().stringColumn("run").asList()).containsExactly("train-a");
    assertThatThrownBy(() -> sr.predictions("train-a"))
        .hasMessage("run train-a has no output of evaluation");
    assertThat(sr.models().rowCount()).isZero();
  }

  @Test
  void embedsByTheCommandAndLeavesNothing() throws IOException {
    RecordingFiles.write(
        workspace.resolve("made"), Map.of("a.wav", new float[] {1, 2}), "silent.wav");
    Path asked = workspace.resolve("asked");
    List<String> shown = new ArrayList<>();
    Speechrate sr =
        new Speechrate(
            workspace,
            command("echo \"$@\" >'" + asked + "'; cp -r \"$2/made\" \"$6\"; echo converted"),
            () -> shown::add);

    Embeddings embeddings = sr.embed("my/recordings", "mine");

    assertThat(embeddings).hasToString("1 embedding of 2 values; 1 recording has none");
    List<String> words = List.of(Files.readString(asked).strip().split(" "));
    Path out = Path.of(words.get(5));
    assertThat(words)
        .containsExactly(
            "--workspace",
            workspace.toString(),
            "embeddings",
            "convert",
            workspace.resolve("my/recordings").toString(),
            out.toString(),
            "--to",
            "matrix",
            "--encoder",
            "mine");
    assertThat(out.getParent()).doesNotExist();
    assertThat(shown)
        .startsWith("looking at my/recordings")
        .last()
        .asString()
        .matches("1 embedding of 2 values; 1 recording has none, after \\d+ s");

    sr.embed(workspace.resolve("my/a.wav").toString());
    assertThat(Files.readString(asked))
        .contains(" " + workspace.resolve("my/a.wav") + " ")
        .endsWith(" --encoder " + workspace.resolve("data/sample/encoder") + "\n");
  }

  @Test
  void whatCannotBeEmbeddedIsTheCommandsOwnLine() throws IOException {
    Path asked = workspace.resolve("asked");
    Speechrate sr =
        in(
            workspace,
            command(
                "echo \"$6\" >'" + asked + "'; echo 'speechrate: audio: none there' >&2; exit 2"));
    assertThatThrownBy(() -> sr.embed("gone"))
        .isInstanceOf(NotebookException.class)
        .hasMessage("audio: none there");
    assertThat(Path.of(Files.readString(asked).strip()).getParent()).doesNotExist();
    assertThatThrownBy(() -> sr.embed(" ")).hasMessage("recordings must be a path, got \" \"");
    assertThatThrownBy(() -> sr.embed("a", "b/\0"))
        .hasMessageStartingWith("encoder must be a path, got \"b/");
  }

  @Test
  void readsWhatWasPredicted() throws IOException {
    Files.writeString(workspace.resolve("cps.csv"), "sample_id,split,cps\n007,,12.5\n");
    PredictResult result =
        new PredictResult("w", "r", "", "", "cps.csv", 1, 12.5, null, Optional.empty(), List.of());
    Table predicted = in(workspace, Map.of()).predictions(result);
    assertThat(predicted.columnNames()).containsExactly("sample_id", "split", "cps");
    assertThat(predicted.getString(0, "sample_id")).isEqualTo("007");
    assertThat(predicted.doubleColumn("cps").get(0)).isEqualTo(12.5);
  }

  /** A command in place of the real one. */
  private Map<String, String> command(String body) throws IOException {
    Path command = workspace.resolve("command");
    Files.writeString(command, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    return Map.of("SPEECHRATE_COMMAND", command.toString());
  }

  @Test
  void readsNothingOutsideTheWorkspace() {
    StageState elsewhere =
        new StageState(
            Stage.EVALUATION,
            StageState.State.DONE,
            "",
            0,
            Optional.of(new Artifact("../elsewhere", "00", 1)));
    assertThatThrownBy(() -> in(workspace, Map.of()).predictions(withStages(List.of(elsewhere))))
        .hasMessage("evaluation: \"../elsewhere\" is outside the workspace");
  }

  @Test
  void aFailureIsOneLineWithoutFrames() {
    NotebookException e = new NotebookException("what happened", new IOException("why"));
    assertThat(e.getStackTrace()).isEmpty();
    assertThat(e.getCause()).isNull();
    assertThat(e.getSuppressed()).hasSize(1);
  }

  @Test
  void aShorterLineBlanksTheLongerOne() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine line = ProgressLine.on(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    line.show("long");
    line.show("ok");
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("\rlong\rok  ");
  }

  private static RunResult withStages(List<StageState> stages) {
    RunResult result = FakeTrain.result("w", "r");
    return new RunResult(
        "w", "r", result.verdict(), result.evaluation(), result.publishing(), stages);
  }

  private static Speechrate in(Path folder, Map<String, String> environment) {
    return new Speechrate(folder, environment, () -> text -> {});
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
