package org.speechrate.deploy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.client.schedules.ScheduleDescription;
import io.temporal.client.schedules.ScheduleException;
import io.temporal.client.schedules.ScheduleHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code speechrate schedule}. */
@Command(
    name = "schedule",
    mixinStandardHelpOptions = true,
    header = {"Train again and again: each night, or every few hours.", ""},
    description = {
      "A schedule lives in the workspace's Temporal server, which starts its runs; so the server"
          + " and a worker must be up at that time (`up`, or `service install`). It is on the page"
          + " Schedules of the UI, too, and can be edited there.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ScheduleCreateCommand.class,
      ScheduleListCommand.class,
      ScheduleShowCommand.class
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate schedule create nightly --cron \"0 4 * * *\" --time-zone Europe/Vienna",
      "  deploy/speechrate schedule trigger nightly",
      "  deploy/speechrate schedule show nightly"
    })
final class ScheduleCommand extends Subcommand {
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(20);
  private static final long PAUSE_MILLIS = 100;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: create, list, show, trigger, pause, resume or delete");
  }

  @Command(
      name = "trigger",
      mixinStandardHelpOptions = true,
      header = {"Start a run of a schedule now.", ""})
  int trigger(@Parameters(paramLabel = "NAME", description = "Of the schedule.") String name)
      throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = runningLink(lifetime);
      ScheduleHandle schedule = scheduleClient(link).getHandle(name);
      ScheduleDescription before = describe(schedule);
      Optional<String> running = ScheduleView.running(before);
      if (running.isPresent()) {
        throw CommandFailure.failed(
            "run " + running.get() + " of it is under way, and a schedule never has two at once");
      }
      long count = before.getInfo().getNumActions();
      schedule.trigger();
      Instant deadline = Instant.now().plus(STARTS_WITHIN);
      ScheduleDescription now = describe(schedule);
      while (now.getInfo().getNumActions() == count) {
        if (Instant.now().isAfter(deadline)) {
          throw CommandFailure.failed(
              "the server took the trigger, but started no run within "
                  + STARTS_WITHIN.toSeconds()
                  + " s; `"
                  + command("schedule show " + name)
                  + "` tells more");
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        now = describe(schedule);
      }
      String run = ScheduleView.newest(now).orElse("?");
      if (!link.hasWorker()) {
        terminal().say("no worker runs, so it stands still; start one: " + command("up"));
      }
      terminal().out().println(run);
      terminal().say("Follow it: " + command("watch " + Words.quoted(run)));
    }
    return Exit.DONE;
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      header = {"Let a schedule start no more runs; one under way goes on.", ""})
  int pause(
      @Parameters(paramLabel = "NAME", description = "Of the schedule.") String name,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              defaultValue = "paused by `speechrate schedule pause`",
              description = "Shown until it is resumed (default: ${DEFAULT-VALUE}).")
          String reason)
      throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      ScheduleHandle schedule = scheduleClient(runningLink(lifetime)).getHandle(name);
      describe(schedule);
      schedule.pause(reason);
    }
    terminal().out().println("schedule " + name + " is paused: " + reason);
    return Exit.DONE;
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      header = {"Let a paused schedule go on.", ""})
  int resume(@Parameters(paramLabel = "NAME", description = "Of the schedule.") String name)
      throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      ScheduleHandle schedule = scheduleClient(runningLink(lifetime)).getHandle(name);
      describe(schedule);
      schedule.unpause("resumed by `speechrate schedule resume`");
      terminal()
          .out()
          .println(
              "schedule "
                  + name
                  + " goes on; next run "
                  + describe(schedule).getInfo().getNextActionTimes().stream()
                      .findFirst()
                      .map(Instant::toString)
                      .orElse("never"));
    }
    return Exit.DONE;
  }

  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      header = {"Delete a schedule; its runs and their models stay.", ""})
  int delete(@Parameters(paramLabel = "NAME", description = "Of the schedule.") String name)
      throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      ScheduleHandle schedule = scheduleClient(runningLink(lifetime)).getHandle(name);
      describe(schedule);
      schedule.delete();
    }
    terminal().out().println("schedule " + name + " is deleted");
    return Exit.DONE;
  }

  static ScheduleClient scheduleClient(TemporalLink link) {
    return ScheduleClient.newInstance(
        link.stubs(), ScheduleClientOptions.newBuilder().setNamespace(link.namespace()).build());
  }

  /**
   * @throws CommandFailure if there is no such schedule
   */
  ScheduleDescription describe(ScheduleHandle schedule) throws CommandFailure {
    try {
      return schedule.describe();
    } catch (ScheduleException e) {
      if (status(e) == Status.Code.NOT_FOUND) {
        throw CommandFailure.wrongInput(
            String.format(
                "there is no schedule %s; `%s` lists them",
                schedule.getId(), command("schedule list")));
      }
      throw e;
    }
  }

  static Status.Code status(ScheduleException e) {
    return e.getCause() instanceof StatusRuntimeException cause
        ? cause.getStatus().getCode()
        : Status.Code.UNKNOWN;
  }
}
