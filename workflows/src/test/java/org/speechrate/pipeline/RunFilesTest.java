package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFilesTest {
  @TempDir Path workspace;

  private void write(String folder, String runId, String json) throws IOException {
    Path run = Files.createDirectories(workspace.resolve("data/runs").resolve(folder));
    Files.writeString(run.resolve(runId + ".json"), json);
  }

  private void failed(String folder, String workflowId, String runId, String started)
      throws IOException {
    write(
        folder,
        runId,
        String.format(
            "{\"workflowId\": \"%s\", \"runId\": \"%s\", \"started\": \"%s\", \"ended\": \"%s\","
                + " \"outcome\": \"failed\", \"message\": \"why\", \"spec\": null, \"stages\": [],"
                + " \"result\": null, \"of tomorrow\": 1}",
            workflowId, runId, started, started));
  }

  @Test
  void allRunsAreReadTheNewestFirstAndOtherFilesPassedOver() throws IOException {
    RunFiles files = new RunFiles(workspace);
    assertThat(files.all()).isEmpty();
    assertThat(files.find("train/a")).isEmpty();
    failed("train%2Fa", "train/a", "r1", "2026-01-02T00:00:00Z");
    failed("train%2Fa", "train/a", "r2", "2026-01-03T00:00:00Z");
    failed("train-b", "train-b", "r3", "2026-01-04T00:00:00Z");
    write("train-b", "r4", "{\"workflowId\": ");

    assertThat(files.all()).extracting(RunRecord::runId).containsExactly("r3", "r2", "r1");
    assertThat(files.find("train/a")).map(RunRecord::runId).contains("r2");
    assertThat(files.find("train-b")).map(RunRecord::message).contains("why");
  }

  @Test
  void aRunIsLookedForInItsFolderAlone() throws IOException {
    failed("train-b", "train-a", "r1", "2026-01-02T00:00:00Z");

    assertThat(new RunFiles(workspace).find("train-a")).isEmpty();
  }

  @Test
  void workflowIdsBecomeSafeNamesThatDiffer() {
    assertThat(RunFiles.encode("train-2026_01.a")).isEqualTo("train-2026_01.a");
    assertThat(RunFiles.encode("..")).isEqualTo("%2E.");
    assertThat(RunFiles.encode(".")).isEqualTo("%2E");
    assertThat(RunFiles.encode("a/../b\\c")).isEqualTo("a%2F..%2Fb%5Cc");
    assertThat(RunFiles.encode("a%2Fb")).isEqualTo("a%252Fb");
    assertThat(RunFiles.encode("ü \n")).isEqualTo("%C3%BC%20%0A");
    assertThat(RunFiles.encode("")).isEqualTo("%");
    String longId = "x".repeat(1000);
    assertThat(RunFiles.encode(longId))
        .as("as in the first release")
        .isEqualTo(
            "x".repeat(135) + "%4e0e203b51e443c1c0d48b160110a980e112bd5bf086b2b2c3feafc4b20b2050");
    assertThat(RunFiles.encode(longId + "y")).isNotEqualTo(RunFiles.encode(longId));
  }
}
