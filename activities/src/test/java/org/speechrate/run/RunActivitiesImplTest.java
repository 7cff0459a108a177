package org.speechrate.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.store.Workspace;

class RunActivitiesImplTest {
  @TempDir Path root;
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private Workspace workspace;
  private RunActivitiesImpl activities;

  @BeforeEach
  void open() throws IOException {
    workspace = Workspace.open(root, List.of());
    activities = new RunActivitiesImpl(workspace, Notifier.NOBODY, meters);
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
  void countsHowRunsEndAndWhyTheyWereRefused() {
    activities.recordRun(workspace.id(), run("a", "completed"));
    activities.recordRun(workspace.id(), refused("b", Optional.empty()));
    activities.recordRun(workspace.id(), refused("b", Optional.of("its owner's mailbox is full")));
    activities.recordRun(workspace.id(), run("c", "failed"));

    assertThat(count("speechrate.runs", "outcome", "completed")).isEqualTo(1);
    assertThat(count("speechrate.runs", "outcome", "failed")).as("b is one run").isEqualTo(2);
    assertThat(count("speechrate.runs", "outcome", "cancelled")).isZero();
    assertThat(count("speechrate.refusals", "kind", "BAD_VALUE")).isEqualTo(1);
    assertThat(count("speechrate.refusals", "kind", "NO_GPU")).isZero();
    assertThat(lastSuccess(meters)).as("neither trained to its end").isZero();
  }

  @Test
  void knowsTheLastSuccessAlsoFromBeforeTheWorkerCame() {
    activities.recordRun(workspace.id(), trained("a", "2026-01-02T03:05:00Z"));
    assertThat(lastSuccess(meters))
        .isEqualTo((double) Instant.parse("2026-01-02T03:05:00Z").getEpochSecond());
    activities.recordRun(workspace.id(), trained("b", "2026-01-01T00:00:00Z"));
    assertThat(lastSuccess(meters))
        .as("b ended before a")
        .isEqualTo((double) Instant.parse("2026-01-02T03:05:00Z").getEpochSecond());

    MeterRegistry next = new SimpleMeterRegistry();
    RunMetrics restarted = new RunMetrics(next);
    restarted.readEarlier(new RunFiles(workspace.root())).join();
    assertThat(lastSuccess(next)).isEqualTo(lastSuccess(meters));
    assertThat(next.get("speechrate.runs").counters())
        .as("counters begin with the process")
        .allMatch(counter -> counter.count() == 0);
  }

  private double count(String name, String label, String value) {
    return meters.get(name).tag(label, value).counter().count();
  }

  private static double lastSuccess(MeterRegistry meters) {
    return meters.get("speechrate.last.success.timestamp.seconds").gauge().value();
  }

  private static RunRecord refused(String workflowId, Optional<String> untold) {
    RunRecord run = run(workflowId, "failed");
    return new RunRecord(
        workflowId,
        run.runId(),
        run.started(),
        run.ended(),
        run.outcome(),
        run.message(),
        run.spec(),
        run.stages(),
        run.result(),
        run.sweep(),
        run.probe(),
        run.predict(),
        untold,
        Optional.of("BAD_VALUE"));
  }

  private static RunRecord trained(String workflowId, String ended) {
    return new RunRecord(
        workflowId,
        "run-1",
        "2026-01-01T00:00:00Z",
        ended,
        "completed",
        "",
        Optional.empty(),
        List.of(),
        Optional.of(
            new RunResult(
                workflowId,
                "run-1",
                "",
                Map.of(),
                PublishingResult.nothingNew("m", "v1"),
                List.of(),
                Optional.empty())));
  }
}
