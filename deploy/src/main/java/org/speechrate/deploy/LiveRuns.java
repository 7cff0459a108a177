package org.speechrate.deploy;

import io.temporal.client.WorkflowClient;
import java.util.List;
import java.util.Optional;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.TrainWorkflow;

/** Runs that are under way, as Temporal lists them, in the shape that ended ones are kept in. */
final class LiveRuns {
  static final String RUNNING = "running";

  private LiveRuns() {}

  static List<RunRecord> running(WorkflowClient client, int limit) {
    return client
        .listExecutions(
            "WorkflowType = '" + TrainWorkflow.TYPE + "' AND ExecutionStatus = 'Running'")
        .limit(limit)
        .map(
            run ->
                record(
                    run.getExecution().getWorkflowId(),
                    run.getExecution().getRunId(),
                    run.getStartTime().toString(),
                    List.of()))
        .toList();
  }

  static RunRecord record(
      String workflowId, String runId, String started, List<StageState> stages) {
    return new RunRecord(
        workflowId, runId, started, "", RUNNING, "", Optional.empty(), stages, Optional.empty());
  }
}
