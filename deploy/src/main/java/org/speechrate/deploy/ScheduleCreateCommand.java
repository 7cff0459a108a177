package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.ScheduleOverlapPolicy;
import io.temporal.client.schedules.Schedule;
import io.temporal.client.schedules.ScheduleAlreadyRunningException;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleException;
import io.temporal.client.schedules.ScheduleHandle;
import io.temporal.client.schedules.ScheduleIntervalSpec;
import io.temporal.client.schedules.ScheduleOptions;
import io.temporal.client.schedules.SchedulePolicy;
import io.temporal.client.schedules.ScheduleSpec;
import io.temporal.client.schedules.ScheduleState;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpecReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

/** {@code speechrate schedule create}. */
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    header = {"Train each night, or every few hours.", ""},
    sortOptions = false,
    description = {
      "Creates a Temporal schedule of runs of `train`. Their input is checked now, and is the same"
          + " each time; files that it names are read anew. Stages whose input is unchanged are"
          + " reused. publishing.onlyNew is set: a night without new data publishes nothing and says"
          + " so.",
      "",
      "A run that is still under way when the next one is due keeps that one from starting. The ids"
          + " of its runs are train-NAME- and the time in UTC.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate schedule create nightly --cron \"0 4 * * *\" --time-zone Europe/Vienna"
          + " \\",
      "    --input run.json --note \"asked for by the phonetics group\"",
      "  deploy/speechrate schedule create often --every 6h --set training.seed=7",
      "",
      "Where clocks change, a time of day that is left out, or comes twice, runs as Temporal says:"
          + " choose one that no change touches, such as 04:00.",
      "Exit codes: 0 created, 2 its input was refused, 3 no server runs."
    })
final class ScheduleCreateCommand implements Callable<Integer> {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

  /** Temporal's word for an interval, which may have a phase behind it, as in 6h/15m. */
  private static final Pattern CRON_EVERY = Pattern.compile("@every\\s+([^\\s/]*)");

  /** A run takes seconds at least. */
  private static final Duration SHORTEST = Duration.ofMinutes(1);

  /** Temporal's own rule. */
  private static final Duration SHORTEST_CATCH_UP = Duration.ofSeconds(10);

  @ParentCommand private ScheduleCommand schedules;

  @Parameters(
      paramLabel = "NAME",
      description = "1 to 64 of a-z, A-Z, 0-9, - and _; runs are named after it.")
  private String name;

  @Option(
      names = "--cron",
      paramLabel = "EXPR",
      description = "When, as cron has it: minute, hour, day, month, weekday.")
  private String cron;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Instead: how often, such as 6h or 1d.")
  private Duration every;

  @Option(
      names = "--time-zone",
      paramLabel = "ZONE",
      description = "Of --cron, such as Europe/Vienna (default: this machine's).")
  private String timeZone;

  @Option(
      names = "--catch-up",
      paramLabel = "TIME",
      defaultValue = "12h",
      converter = DurationConverter.class,
      description =
          "A run that was due while the server was not up starts when it is up again, if that is"
              + " no later than this (default: ${DEFAULT-VALUE}).")
  private Duration catchUp;

  @Option(
      names = "--pause-on-failure",
      description =
          "Temporal pauses the schedule, with a note, once one run has failed or timed out. What a"
              + " retry can cure is retried within the run, for 12 hours; so a run that fails needs"
              + " you. A gate's no and a cancelled run are no failures. Without this the next run"
              + " comes when it is due.")
  private boolean pauseOnFailure;

  @Option(names = "--note", paramLabel = "TEXT", description = "Shown beside the schedule.")
  private String note;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "JSON object with the run's fields; - reads standard input (default: {}).")
  private String input;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One field, as of `train`. May be given again; wins over --input.")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--json", description = "Print the schedule as one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (!NAME.matcher(name).matches()) {
      throw CommandFailure.wrongInput(
          "a schedule's name must have 1 to 64 of a-z, A-Z, 0-9, - and _ and begin with a letter or"
              + " digit, got \""
              + name
              + "\"");
    }
    ScheduleSpec when = when();
    if (catchUp.compareTo(SHORTEST_CATCH_UP) < 0) {
      throw CommandFailure.wrongInput(
          "--catch-up must be at least 10s, got " + DurationConverter.text(catchUp));
    }
    ObjectNode spec = SpecArguments.read(input, sets, System.in);
    JsonNode publishing = spec.path("publishing");
    if (publishing.isMissingNode() || (publishing.isObject() && !publishing.has("onlyNew"))) {
      spec.withObject("/publishing").put("onlyNew", true);
    }
    try {
      RunSpecReader.read(spec.toString());
    } catch (Refusal refusal) {
      if (json) {
        schedules
            .terminal()
            .out()
            .println(
                ResultView.json(ResultView.refused(refusal.kind().name(), refusal.getMessage())));
      }
      throw CommandFailure.wrongInput(refusal.getMessage(), refusal);
    }
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = schedules.runningLink(lifetime);
      ScheduleView made = create(link, when, spec);
      if (json) {
        schedules.terminal().out().println(ResultView.json(made));
      } else {
        schedules.terminal().out().println(made.line());
        if (!link.hasWorker()) {
          schedules
              .terminal()
              .say("no worker runs now; one must be there then: " + schedules.command("up"));
        }
      }
    }
    return Exit.DONE;
  }

  private ScheduleView create(TemporalLink link, ScheduleSpec when, ObjectNode spec)
      throws Exception {
    ScheduleClient client = ScheduleCommand.scheduleClient(link);
    Schedule schedule =
        Schedule.newBuilder()
            .setAction(
                schedules
                    .client(link)
                    .scheduled("train-" + name, spec, "speechrate schedule " + name))
            .setSpec(when)
            .setPolicy(
                SchedulePolicy.newBuilder()
                    .setOverlap(ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP)
                    .setCatchupWindow(catchUp)
                    .setPauseOnFailure(pauseOnFailure)
                    .build())
            .setState(ScheduleState.newBuilder().setNote(note == null ? "" : note).build())
            .build();
    try {
      ScheduleHandle made =
          client.createSchedule(name, schedule, ScheduleOptions.newBuilder().build());
      return ScheduleView.of(schedules.describe(made), link, schedules.workspace());
    } catch (ScheduleAlreadyRunningException e) {
      throw CommandFailure.wrongInput(
          String.format(
              "there is a schedule %s already; `%s` first, or edit it in the UI",
              name, schedules.command("schedule delete " + name)));
    } catch (ScheduleException e) {
      if (ScheduleCommand.status(e) == Status.Code.INVALID_ARGUMENT) {
        throw CommandFailure.wrongInput(
            "Temporal refuses it: "
                + ((StatusRuntimeException) e.getCause()).getStatus().getDescription());
      }
      throw e;
    }
  }

  private ScheduleSpec when() throws CommandFailure {
    if ((cron == null) == (every == null)) {
      throw CommandFailure.wrongInput(
          "give either --cron, such as \"0 4 * * *\", or --every, such as 6h");
    }
    if (every != null) {
      if (timeZone != null) {
        throw CommandFailure.wrongInput("--time-zone has a meaning only with --cron");
      }
      requireLong("--every", every);
      return ScheduleSpec.newBuilder()
          .setIntervals(List.of(new ScheduleIntervalSpec(every)))
          .build();
    }
    String zone = timeZone == null ? ZoneId.systemDefault().getId() : timeZone;
    if (!ZoneId.getAvailableZoneIds().contains(zone)) {
      throw CommandFailure.wrongInput(
          timeZone == null
              ? "this machine's time zone \"" + zone + "\" has no name; give --time-zone"
              : "--time-zone: there is no time zone \""
                  + zone
                  + "\"; it is named as in Europe/Vienna, or UTC");
    }
    if (cron.strip().split("\\s+").length != 5 && !cron.startsWith("@")) {
      throw CommandFailure.wrongInput(
          "--cron must have 5 fields (minute, hour, day, month, weekday), such as \"0 4 * * *\", got"
              + " \""
              + cron
              + "\"");
    }
    Matcher interval = CRON_EVERY.matcher(cron);
    if (interval.find()) {
      try {
        requireLong("--cron @every", new DurationConverter().convert(interval.group(1)));
      } catch (TypeConversionException e) {
        throw CommandFailure.wrongInput("--cron @every " + e.getMessage(), e);
      }
    }
    return ScheduleSpec.newBuilder()
        .setCronExpressions(List.of(cron.strip()))
        .setTimeZoneName(zone)
        .build();
  }

  private static void requireLong(String option, Duration time) throws CommandFailure {
    if (time.compareTo(SHORTEST) < 0) {
      throw CommandFailure.wrongInput(
          option + " must be at least 1m, got " + DurationConverter.text(time));
    }
  }
}
