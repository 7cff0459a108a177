package org.speechrate.pipeline;

import java.util.Optional;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.publishing.PublishingResult;

/**
 * What the worker's owner is told of a run.
 *
 * @param event one of the constants here
 * @param sentence what became of the run
 * @param verdict is the model any good, in one sentence; absent where nothing was evaluated
 * @param model name of the folder under {@code models/}; absent where the input was refused
 * @param version absent where nothing was published
 * @param path of the published version, relative to the workspace
 * @param testMse in (letters/s)²; absent where nothing was evaluated
 */
public record RunNotice(
    String event,
    String workflowId,
    String runId,
    String sentence,
    Optional<String> verdict,
    Optional<String> model,
    Optional<String> version,
    Optional<String> path,
    Optional<Double> testMse) {
  public static final String PUBLISHED = "published";

  /** A gate, or a person, said no. */
  public static final String REFUSED = "refused";

  public static final String FAILED = "failed";
  public static final String WAITING_FOR_APPROVAL = "waiting-for-approval";

  /** Of a run that has ended; nothing where there is nothing to tell: a night without new data. */
  static Optional<RunNotice> of(RunRecord run) {
    Optional<PublishingResult> decided = run.publishing();
    if (run.outcome().equals("failed")) {
      return Optional.of(of(FAILED, run));
    }
    return decided
        .filter(each -> !each.isNothingNew())
        .map(each -> of(each.published() ? PUBLISHED : REFUSED, run));
  }

  /** Of a run that goes on once somebody has said so. */
  static RunNotice waitingForApproval(
      String workflowId, String runId, PublishingRequest request, String gate) {
    return new RunNotice(
        WAITING_FOR_APPROVAL,
        workflowId,
        runId,
        String.format(
            "waits for approval for %s: %s",
            Counts.of(request.spec().publishing().approvalDeadlineHours(), "hour"), gate),
        Optional.of(request.evaluationFacts().verdict()),
        Optional.of(request.spec().publishing().model()),
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(request.evaluationFacts().splits().get("test")).map(SplitMetrics::mse));
  }

  private static RunNotice of(String event, RunRecord run) {
    Optional<PublishingResult> decided = run.publishing();
    return new RunNotice(
        event,
        run.workflowId(),
        run.runId(),
        run.sentence(),
        run.result().map(RunResult::verdict).or(() -> run.sweep().map(sweep -> sweep.verdict())),
        decided
            .map(PublishingResult::model)
            .or(() -> run.spec().map(spec -> spec.publishing().model())),
        decided.flatMap(PublishingResult::version),
        decided.flatMap(PublishingResult::path),
        run.testMse());
  }
}
