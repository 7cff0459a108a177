package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.schedules.ScheduleActionExecution;
import io.temporal.client.schedules.ScheduleActionExecutionStartWorkflow;
import io.temporal.client.schedules.ScheduleActionResult;
import io.temporal.client.schedules.ScheduleActionStartWorkflow;
import io.temporal.client.schedules.ScheduleCalendarSpec;
import io.temporal.client.schedules.ScheduleDescription;
import io.temporal.client.schedules.ScheduleRange;
import io.temporal.client.schedules.ScheduleSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.speechrate.client.RunClient;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;

/**
 * A schedule as commands show it.
 *
 * @param when as cron or --every has it
 * @param next the next times, UTC, ISO 8601; those that a paused schedule will not take, too
 * @param runs the newest first, ten at most
 * @param note why it is paused, or what was noted when it was created
 * @param input of its runs
 * @param missed runs that were due while no server was up, and were not caught up with
 * @param skipped runs that were due while another one was under way
 */
record ScheduleView(
    String name,
    String when,
    String timeZone,
    boolean paused,
    String note,
    List<String> next,
    List<Fired> runs,
    JsonNode input,
    String catchUp,
    boolean pauseOnFailure,
    long missed,
    long skipped) {
  private static final int FEW_TIMES = 5;

  /**
   * A run that it started.
   *
   * @param sentence what became of it
   */
  record Fired(String due, String workflowId, String runId, String sentence) {}

  static ScheduleView of(ScheduleDescription schedule, TemporalLink link, Path workspace)
      throws IOException {
    List<Fired> runs = new ArrayList<>();
    for (ScheduleActionResult each : schedule.getInfo().getRecentActions()) {
      if (each.getAction() instanceof ScheduleActionExecutionStartWorkflow run) {
        runs.add(
            new Fired(
                each.getScheduledAt().toString(),
                run.getWorkflowId(),
                run.getFirstExecutionRunId(),
                sentence(run, link, workspace)));
      }
    }
    Collections.reverse(runs);
    ScheduleSpec spec = schedule.getSchedule().getSpec();
    return new ScheduleView(
        schedule.getId(),
        when(spec),
        spec.getTimeZoneName() == null || spec.getTimeZoneName().isEmpty()
            ? "UTC"
            : spec.getTimeZoneName(),
        schedule.getSchedule().getState().isPaused(),
        Optional.ofNullable(schedule.getSchedule().getState().getNote()).orElse(""),
        schedule.getInfo().getNextActionTimes().stream()
            .limit(FEW_TIMES)
            .map(Object::toString)
            .toList(),
        runs,
        input((ScheduleActionStartWorkflow) schedule.getSchedule().getAction()),
        DurationConverter.text(schedule.getSchedule().getPolicy().getCatchupWindow()),
        schedule.getSchedule().getPolicy().isPauseOnFailure(),
        schedule.getInfo().getNumActionsMissedCatchupWindow(),
        schedule.getInfo().getNumActionsSkippedOverlap());
  }

  /** One that was made in the UI may have none. */
  private static JsonNode input(ScheduleActionStartWorkflow action) {
    return action.getArguments().getSize() == 0
        ? JsonNodeFactory.instance.objectNode()
        : action.getArguments().get(0, JsonNode.class);
  }

  private static String when(ScheduleSpec spec) {
    String text =
        Stream.concat(
                spec.getCalendars().stream().map(ScheduleView::cron),
                spec.getIntervals().stream()
                    .map(interval -> "every " + DurationConverter.text(interval.getEvery())))
            .collect(Collectors.joining("; "));
    return text.isEmpty() ? "only when triggered" : text;
  }

  /** The server keeps what it made of a cron expression, and not the expression. */
  private static String cron(ScheduleCalendarSpec calendar) {
    String seconds = field(calendar.getSeconds(), 0, 59, "0");
    String years = field(calendar.getYear(), 0, 0, "");
    return (seconds.equals("0") ? "" : "second " + seconds + " of ")
        + String.join(
            " ",
            field(calendar.getMinutes(), 0, 59, "0"),
            field(calendar.getHour(), 0, 23, "0"),
            field(calendar.getDayOfMonth(), 1, 31, "*"),
            field(calendar.getMonth(), 1, 12, "*"),
            field(calendar.getDayOfWeek(), 0, 6, "*"))
        + (years.isEmpty() ? "" : " in " + years);
  }

  /**
   * @param absent what Temporal takes an empty field for
   */
  private static String field(List<ScheduleRange> ranges, int first, int last, String absent) {
    return ranges.isEmpty()
        ? absent
        : ranges.stream().map(range -> text(range, first, last)).collect(Collectors.joining(","));
  }

  private static String text(ScheduleRange range, int first, int last) {
    int end = Math.max(range.getStart(), range.getEnd());
    String span = end == range.getStart() ? "" + end : range.getStart() + "-" + end;
    if (range.getStart() == first && end >= last && last > first) {
      span = "*";
    }
    return range.getStep() > 1 ? span + "/" + range.getStep() : span;
  }

  private static String sentence(
      ScheduleActionExecutionStartWorkflow run, TemporalLink link, Path workspace)
      throws IOException {
    Optional<RunRecord> file =
        new RunFiles(workspace)
            .find(run.getWorkflowId())
            .filter(record -> record.runId().equals(run.getFirstExecutionRunId()));
    if (file.isPresent()) {
      return file.get().sentence();
    }
    try {
      return new RunClient(link.client(), "").find(run.getWorkflowId()).outcome();
    } catch (WorkflowNotFoundException e) {
      return "forgotten by the server, and without a file in data/runs";
    }
  }

  /** The run that is under way. */
  static Optional<String> running(ScheduleDescription schedule) {
    return schedule.getInfo().getRunningActions().stream()
        .flatMap(action -> workflowId(action).stream())
        .findFirst();
  }

  /** The run that it started last. */
  static Optional<String> newest(ScheduleDescription schedule) {
    return schedule.getInfo().getRecentActions().stream()
        .reduce((older, newer) -> newer)
        .flatMap(each -> workflowId(each.getAction()));
  }

  private static Optional<String> workflowId(ScheduleActionExecution action) {
    return action instanceof ScheduleActionExecutionStartWorkflow run
        ? Optional.of(run.getWorkflowId())
        : Optional.empty();
  }

  /** Name, when, and what is next or why nothing is. */
  String line() {
    return String.format(
        "%s  %s%s  %s",
        name,
        when,
        when.startsWith("every") ? "" : " (" + timeZone + ")",
        paused
            ? "PAUSED: " + note
            : "next run "
                + (next.isEmpty() ? "never" : next.get(0))
                + (note.isEmpty() ? "" : "  " + note));
  }
}
