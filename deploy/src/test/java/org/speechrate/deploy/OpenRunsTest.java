package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;

class OpenRunsTest {
  @TempDir Path workspace;

  @Test
  void aRunThatBeganAndHasNoFileStandsStill() throws Exception {
    OpenRuns.begin(workspace, "my run", "run-1");
    assertThat(OpenRuns.all(workspace, "up"))
        .singleElement()
        .satisfies(
            run -> {
              assertThat(run.workflowId()).isEqualTo("my run");
              assertThat(run.runId()).isEqualTo("run-1");
              assertThat(run.outcome()).isEqualTo("stands still");
              assertThat(run.message()).isEqualTo("goes on with `up`");
            });
    assertThat(OpenRuns.find(workspace, "my run", "up").map(RunRecord::runId)).contains("run-1");
    assertThat(OpenRuns.find(workspace, "other", "up")).isEmpty();
  }

  @Test
  void anEndedOneIsNoneOfThem() throws Exception {
    Path file = new RunFiles(workspace).record("r", "run-1");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{}");
    OpenRuns.begin(workspace, "r", "run-1");
    assertThat(OpenRuns.all(workspace, "up")).isEmpty();
    assertThat(file.resolveSibling("run-1")).doesNotExist();
  }

  @Test
  void theCommandsShowIt() throws Exception {
    OpenRuns.begin(workspace, "r", "run-1");
    String cure = "goes on with `deploy/speechrate --workspace " + workspace + " up`";
    TerminalCapture runs = new TerminalCapture(false);
    SpeechrateCommand.run(runs.terminal(), "runs", "--workspace", workspace.toString());
    assertThat(runs.out()).contains("stands still").contains(cure.substring(0, 40));
    TerminalCapture status = new TerminalCapture(false);
    SpeechrateCommand.run(status.terminal(), "status", "r", "--workspace", workspace.toString());
    assertThat(status.out()).startsWith("r  stands still: " + cure);
  }
}
