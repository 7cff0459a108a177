package org.speechrate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.store.Workspace;

class RunActivitiesImplTest {
  @TempDir Path root;
  private Workspace workspace;
  private RunActivitiesImpl activities;

  @BeforeEach
  void open() throws IOException {
    workspace = Workspace.open(root, List.of());
    activities = new RunActivitiesImpl(workspace, Notifier.NOBODY);
  }

  private static RunRecord run(String workflowId, String outcome) {
    return new RunRecord(
        workflowId,
        "run-1",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:05:00Z",
        outcome,
        "why",
        Optional.empty(),
        List.of(
            new StageState(
                Stage.LABELS, StageState.State.DONE, "12 labels", 0.5, Optional.empty())),
        Optional.empty());
  }

  @Test
  void aRunFromTheUiBelongsToTheWorkspaceOfItsFirstWorker() {
    assertThat(activities.openRun(Optional.empty())).isEqualTo(workspace.id());
    assertThat(activities.openRun(Optional.of(workspace.id()))).isEqualTo(workspace.id());
  }

  @Test
  void refusesARunOfAnotherWorkspaceForGood() {
    assertThatThrownBy(() -> activities.openRun(Optional.of("other")))
        .isInstanceOf(ApplicationFailure.class)
        .satisfies(
            e -> {
              ApplicationFailure failure = (ApplicationFailure) e;
              assertThat(failure.getType()).isEqualTo("WRONG_WORKSPACE");
              assertThat(failure.isNonRetryable()).isTrue();
              assertThat(failure.getOriginalMessage())
                  .isEqualTo(
                      "the run belongs to workspace other, this worker serves workspace "
                          + workspace.id()
                          + "; give each workspace a Temporal namespace of its own");
            });
    assertThatThrownBy(() -> activities.recordRun("other", run("w", "completed")))
        .isInstanceOf(ApplicationFailure.class);
    assertThat(root.resolve("data/runs")).doesNotExist();
  }

  @Test
  void recordsARunAndRemovesItsCheckpoint() throws IOException {
    RunFiles files = new RunFiles(workspace.root());
    Path folder = Files.createDirectories(files.folder("nightly/1", "run-1"));
    Files.write(folder.resolve("checkpoint-a-1.safetensors"), new byte[1]);
    Files.write(folder.resolve("checkpoint-b-1.safetensors"), new byte[1]);

    activities.recordRun(workspace.id(), run("nightly/1", "failed"));
    // A retry writes the same file again.
    activities.recordRun(workspace.id(), run("nightly/1", "failed"));

    Path file = root.resolve("data/runs/nightly%2F1/run-1.json");
    JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(file));
    assertThat(json.at("/workflowId").asText()).isEqualTo("nightly/1");
    assertThat(json.at("/outcome").asText()).isEqualTo("failed");
    assertThat(json.at("/stages/0/stage").asText()).isEqualTo("labels");
    assertThat(json.at("/spec").isNull()).isTrue();
    try (var all = Files.list(file.getParent())) {
      assertThat(all).as("no checkpoint, nothing half written").containsExactly(file.toRealPath());
    }
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
    assertThat(RunFiles.encode(longId)).hasSize(200).startsWith("xxx");
    assertThat(RunFiles.encode(longId + "y")).isNotEqualTo(RunFiles.encode(longId));
  }
}
