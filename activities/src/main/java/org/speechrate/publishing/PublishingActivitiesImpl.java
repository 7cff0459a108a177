package org.speechrate.publishing;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import io.temporal.api.update.v1.Meta;
import java.time.Clock;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.publishing.PublishingActivities;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.Workspace;

/** Runs {@link PublishingStage} as an activity. */
public final class PublishingActivitiesImpl implements PublishingActivities {
  private final StageRunner runner;
  private final PublishingStage stage;

  public PublishingActivitiesImpl(StageRunner runner, Workspace workspace) {
    this.runner = runner;
    stage = new PublishingStage(workspace, Clock.systemUTC());
  }

  @Override
  public PublishingResult publishModel(PublishingRequest request) {
    ActivityExecutionContext context = Activity.getExecutionContext();
    ActivityInfo info = context.getInfo();
    Provenance.Run run = new Provenance.Run(info.getWorkflowId(), info.getWorkflowRunId());
    return runner.run(
        Stage.PUBLISHING,
        request.workspace(),
        monitor ->
            stage.alsoWrite(
                request, stage.publish(request, run, () -> approver(context, request), monitor)));
  }

  /** A workflow is not told who sends it an update, but its history is. */
  private static String approver(ActivityExecutionContext context, PublishingRequest request) {
    ActivityInfo info = context.getInfo();
    return context
        .getWorkflowClient()
        .streamHistory(info.getWorkflowId(), info.getWorkflowRunId())
        .map(
            event ->
                event
                    .getWorkflowExecutionUpdateAcceptedEventAttributes()
                    .getAcceptedRequest()
                    .getMeta())
        .filter(meta -> meta.getUpdateId().equals(request.approval().orElseThrow().updateId()))
        .map(Meta::getIdentity)
        .findFirst()
        .orElse("");
  }

  @Override
  public void checkAlsoWrite(String workspace, String alsoWrite) {
    runner.run(Stage.PUBLISHING, workspace, monitor -> stage.writable(alsoWrite));
  }
}
