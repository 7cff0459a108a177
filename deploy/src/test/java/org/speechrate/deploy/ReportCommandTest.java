package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.AliasChange;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.store.Json;

class ReportCommandTest {
  @TempDir Path temporary;
  private Path folder;
  private final TerminalCapture terminal = new TerminalCapture(false);

  @BeforeEach
  void resolve() throws Exception {
    folder = temporary.toRealPath();
  }

  private int run(String what) {
    return SpeechrateCommand.run(
        terminal.terminal(), "report", what, "--workspace", folder.toString());
  }

  private void record(String id, String outcome, Optional<Artifact> evaluation) throws Exception {
    Path file = new RunFiles(folder).record(id, "r1");
    Files.createDirectories(file.getParent());
    Files.write(
        file,
        Json.write(
            new RunRecord(
                id,
                "r1",
                "2026-01-02T03:04:05Z",
                "2026-01-02T03:05:05Z",
                outcome,
                "labels: no such file",
                Optional.empty(),
                evaluation
                    .map(
                        artifact ->
                            List.of(
                                new StageState(
                                    Stage.EVALUATION,
                                    StageState.State.DONE,
                                    "",
                                    1,
                                    Optional.of(artifact))))
                    .orElse(List.of()),
                Optional.empty())));
  }

  private Path write(String path) throws Exception {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "<!DOCTYPE html>");
  }

  @Test
  void findsARunsReport() throws Exception {
    record("a/run", "completed", Optional.of(new Artifact("data/stages/evaluation/e1", "x", 3)));
    Path report = write("data/stages/evaluation/e1/report.html");
    assertThat(run("a/run")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).isEqualTo(report + "\n");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void aRunWithoutOneSaysWhy() throws Exception {
    record("failed", "failed", Optional.empty());
    assertThat(run("failed")).isEqualTo(Exit.RUN_FAILED);
    assertThat(terminal.err())
        .isEqualTo(
            "speechrate: run failed made no report, as it ended before its evaluation: labels: no"
                + " such file\n");
  }

  @Test
  void aReportThatWasRemovedIsSaidToBe() throws Exception {
    record("old", "completed", Optional.of(new Artifact("data/stages/evaluation/e1", "x", 3)));
    assertThat(run("old")).isEqualTo(Exit.RUN_FAILED);
    assertThat(terminal.err()).startsWith("speechrate: run old has no report: ").hasLineCount(1);
  }

  @Test
  void findsThatOfAModelsNewestVersion() throws Exception {
    for (String version : List.of("20260102T030405Z-0a1b2c3d", "20260103T030405Z-0a1b2c3d")) {
      write("models/fast/" + version + "/model.safetensors");
      write("models/fast/" + version + "/report.html");
    }
    write("models/fast/.attempt-1/report.html");
    Path newest = folder.resolve("models/fast/20260103T030405Z-0a1b2c3d/report.html");
    for (String name :
        List.of("fast", "models/fast", "models/fast/20260103T030405Z-0a1b2c3d", "./models/fast/")) {
      TerminalCapture each = new TerminalCapture(false);
      assertThat(
              SpeechrateCommand.run(
                  each.terminal(), "report", name, "--workspace", folder.toString()))
          .as(name)
          .isEqualTo(Exit.DONE);
      assertThat(each.out()).isEqualTo(newest + "\n");
    }
  }

  @Test
  void ofAModelThatHasOneItTakesTheChampion() throws Exception {
    for (String version : List.of("v1", "v2", "v3")) {
      write("models/fast/" + version + "/model.safetensors");
      write("models/fast/" + version + "/report.html");
    }
    Path alias = folder.resolve("models/fast/aliases/000001.json");
    Files.createDirectories(alias.getParent());
    Files.write(
        alias,
        Json.write(
            new AliasChange(
                "champion", "v2", "2026-01-02T03:04:05Z", "Ana", "7@a", "best", Optional.empty())));
    Map<String, String> expected =
        Map.of("fast", "v2", "models/fast", "v2", "fast@v3", "v3", "models/fast/v1", "v1");
    expected.forEach(
        (name, version) -> {
          TerminalCapture each = new TerminalCapture(false);
          SpeechrateCommand.run(each.terminal(), "report", name, "--workspace", folder.toString());
          assertThat(each.out())
              .as(name)
              .isEqualTo(folder.resolve("models/fast/" + version + "/report.html") + "\n");
        });
  }

  @Test
  void aModelOfBeforeThereWereReportsSaysSo() throws Exception {
    write("models/fast/v1/model.safetensors");
    assertThat(run("fast")).isEqualTo(Exit.RUN_FAILED);
    assertThat(terminal.err())
        .isEqualTo(
            "speechrate: "
                + folder.resolve("models/fast/v1")
                + " has no report: it was published before there were any\n");
  }

  @Test
  void whatIsNeitherIsWrongInput() throws Exception {
    write("models/fast/v1/model.safetensors");
    for (String name :
        List.of("gone", "models", "..", "../fast", "models/../..", "/", "a\u0000b")) {
      TerminalCapture each = new TerminalCapture(false);
      assertThat(
              SpeechrateCommand.run(
                  each.terminal(), "report", name, "--workspace", folder.toString()))
          .as(name)
          .isEqualTo(Exit.WRONG_INPUT);
      assertThat(each.err()).hasLineCount(1).contains("there is no run ");
    }
  }

  @Test
  void withoutAScreenOrAProgramItSaysWhereToLook() {
    Path file = folder.resolve("report.html");
    assertThatThrownBy(() -> new Opener("Linux", Map.of("PATH", "")).open(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessage(
            "there is no screen here, so --open opens nothing; open it in a browser: " + file);
    assertThatThrownBy(() -> new Opener("Linux", Map.of("PATH", "", "DISPLAY", ":0")).open(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessage(
            "xdg-open is not installed, so --open opens nothing; open it in a browser: " + file);
  }

  @Test
  void handsTheFileToTheMachinesOpener() throws Exception {
    Path opened = folder.resolve("opened");
    Path program = folder.resolve("xdg-open");
    Files.writeString(program, "#!/bin/sh\nprintf %s \"$1\" > '" + opened + "'\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    Map<String, String> environment = Map.of("PATH", folder.toString(), "DISPLAY", ":0");
    Path file = folder.resolve("a b $(x).html");
    new Opener("Linux", environment).open(file);
    assertThat(opened).hasContent(file.toString());

    Files.writeString(program, "#!/bin/sh\nexit 4\n");
    assertThatThrownBy(() -> new Opener("Linux", environment).open(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("could not open it (exit code 4)");
  }
}
