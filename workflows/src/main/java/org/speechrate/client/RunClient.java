package org.speechrate.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import io.temporal.client.schedules.ScheduleAction;
import io.temporal.client.schedules.ScheduleActionStartWorkflow;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.PredictWorkflow;
import org.speechrate.pipeline.ProbeWorkflow;
import org.speechrate.pipeline.SweepWorkflow;
import org.speechrate.pipeline.TrainWorkflow;

/** Starts runs and finds them again: for the command line, notebooks and tests alike. */
public final class RunClient {
  /** Of a list of runs: those that speechrate knows. */
  public static final String ANY_TYPE =
      String.format(
          "WorkflowType IN ('%s', '%s', '%s', '%s')",
          TrainWorkflow.TYPE, SweepWorkflow.TYPE, ProbeWorkflow.TYPE, PredictWorkflow.TYPE);

  private static final DateTimeFormatter ID_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** Each costs a question to the server. */
  private static final int RUNS_ASKED = 20;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final WorkflowClient client;
  private final String workspace;

  /**
   * @param workspace id of the workspace that new runs belong to
   */
  public RunClient(WorkflowClient client, String workspace) {
    this.client = client;
    this.workspace = workspace;
  }

  /**
   * Starts {@code Train}.
   *
   * @param spec the run's JSON object; checked by the run itself
   * @param summary one line that the UI shows beside the run
   */
  public RunHandle train(JsonNode spec, String summary) {
    return start(TrainWorkflow.TYPE, newId(TrainWorkflow.TYPE), spec, summary);
  }

  /**
   * Starts {@code Train} under an id of the caller's choice.
   *
   * @throws io.temporal.client.WorkflowExecutionAlreadyStarted if a run of this id is under way
   */
  public RunHandle train(String id, JsonNode spec, String summary) {
    return start(TrainWorkflow.TYPE, id, spec, summary);
  }

  /**
   * Starts {@code Sweep}.
   *
   * @param spec the sweep's JSON object; checked by the run itself
   * @param summary one line that the UI shows beside the run
   */
  public RunHandle sweep(JsonNode spec, String summary) {
    return start(SweepWorkflow.TYPE, newId(SweepWorkflow.TYPE), spec, summary);
  }

  /**
   * Starts {@code Probe}.
   *
   * @param spec the probe's JSON object; checked by the run itself
   * @param summary one line that the UI shows beside the run
   */
  public RunHandle probe(JsonNode spec, String summary) {
    return start(ProbeWorkflow.TYPE, newId(ProbeWorkflow.TYPE), spec, summary);
  }

  /**
   * Starts {@code Predict}, whose result is a {@code PredictResult}.
   *
   * @param spec the prediction's JSON object; checked by the run itself
   * @param summary one line that the UI shows beside the run
   */
  public RunHandle predict(JsonNode spec, String summary) {
    return start(PredictWorkflow.TYPE, newId(PredictWorkflow.TYPE), spec, summary);
  }

  /** Such as "train-20260102-030405-1f2e". */
  public static String newId(String type) {
    return type.toLowerCase(Locale.ROOT)
        + "-"
        + ID_TIME.format(Instant.now())
        + String.format(Locale.ROOT, "-%04x", RANDOM.nextInt(0x10000));
  }

  /**
   * Starts a run under an id of the caller's choice.
   *
   * @param type "Train", "Sweep", "Probe" or "Predict"
   * @throws io.temporal.client.WorkflowExecutionAlreadyStarted if a run of this id is under way
   */
  public RunHandle start(String type, String id, JsonNode spec, String summary) {
    WorkflowStub stub = client.newUntypedWorkflowStub(type, options(id, spec, summary));
    return handleOf(stub.start(spec));
  }

  private WorkflowOptions options(String id, JsonNode spec, String summary) {
    return WorkflowOptions.newBuilder()
        .setWorkflowId(id)
        .setTaskQueue(TrainWorkflow.TASK_QUEUE)
        .setMemo(Map.of(TrainWorkflow.WORKSPACE_MEMO, workspace))
        .setStaticSummary(summary)
        .setStaticDetails("Input:\n```json\n" + spec.toPrettyString() + "\n```")
        .build();
  }

  /**
   * What a schedule starts: {@code Train}, just as {@link #train} would.
   *
   * @param id what the ids of its runs begin with; Temporal adds the time
   */
  public ScheduleAction scheduled(String id, JsonNode spec, String summary) {
    return ScheduleActionStartWorkflow.newBuilder()
        .setWorkflowType(TrainWorkflow.TYPE)
        .setOptions(options(id, spec, summary))
        .setArguments(spec)
        .build();
  }

  /** A run that exists already; its newest one, where the id was used again. */
  public RunHandle find(String workflowId) {
    return handleOf(client.newUntypedWorkflowStub(workflowId).describe().getExecution());
  }

  /** Of a few runs under way, another one whose training a worker has. */
  public Optional<String> otherTraining(String workflowId) {
    return client
        .listExecutions(ANY_TYPE + " AND ExecutionStatus = 'Running'")
        .limit(RUNS_ASKED)
        .map(run -> run.getExecution())
        .filter(execution -> !execution.getWorkflowId().equals(workflowId))
        .filter(
            execution ->
                handleOf(execution).pending().stream()
                    .anyMatch(
                        stage -> stage.started() && stage.stage().equals(PendingStage.TRAINING)))
        .map(WorkflowExecution::getWorkflowId)
        .findFirst();
  }

  private RunHandle handleOf(WorkflowExecution execution) {
    return new RunHandle(
        client.newUntypedWorkflowStub(
            WorkflowTargetOptions.newBuilder().setWorkflowExecution(execution).build()));
  }

  public WorkflowClient temporal() {
    return client;
  }
}
