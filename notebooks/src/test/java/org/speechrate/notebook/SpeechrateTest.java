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
