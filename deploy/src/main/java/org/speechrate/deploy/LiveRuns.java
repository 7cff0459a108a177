package org.speechrate.deploy;

import io.temporal.client.WorkflowClient;
import java.util.List;
import java.util.Optional;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.StageState;

/** Runs as Temporal lists them, in the shape that ended ones are kept in. */
final class LiveRuns {
  private LiveRuns() {}

  static List<RunRecord> running(WorkflowClient client, int limit) {
    return list(client, "ExecutionStatus = 'Running'", limit);
  }

  /** Ended ones; of a run that somebody terminated there is no file. */
  static List<RunRecord> ended(WorkflowClient client, int limit) {
    return list(client, "ExecutionStatus != 'Running'", limit);
  }

  private static List<RunRecord> list(WorkflowClient client, String which, int limit) {
    return client
        .listExecutions(RunClient.ANY_TYPE + " AND " + which)
        .limit(limit)
        .map(
            run ->
                record(
                    run.getExecution().getWorkflowId(),
                    run.getExecution().getRunId(),
                    run.getStartTime().toString(),
                    RunHandle.outcome(run),
                    List.of()))
        .toList();
  }

  static RunRecord record(
      String workflowId, String runId, String started, String outcome, List<StageState> stages) {
    return new RunRecord(
        workflowId, runId, started, "", outcome, "", Optional.empty(), stages, Optional.empty());
  }
}
