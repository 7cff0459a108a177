package org.speechrate.deploy;

import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleListActionStartWorkflow;
import io.temporal.client.schedules.ScheduleListDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.speechrate.pipeline.TrainWorkflow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate schedule list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    header = {"List schedules, with the next and the last run of each.", ""})
final class ScheduleListCommand implements Callable<Integer> {
  @ParentCommand private ScheduleCommand schedules;

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    List<ScheduleView> views = new ArrayList<>();
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = schedules.runningLink(lifetime);
      ScheduleClient client = ScheduleCommand.scheduleClient(link);
      List<String> names =
          client
              .listSchedules()
              .filter(ScheduleListCommand::trains)
              .map(ScheduleListDescription::getScheduleId)
              .sorted()
              .toList();
      for (String name : names) {
        views.add(
            ScheduleView.of(
                schedules.describe(client.getHandle(name)), link, schedules.workspace()));
      }
    }
    Terminal terminal = schedules.terminal();
    if (json) {
      terminal.out().println(ResultView.json(views));
      return Exit.DONE;
    }
    if (views.isEmpty()) {
      terminal.say(
          "no schedules yet; make one: "
              + schedules.command("schedule create nightly --cron \"0 4 * * *\""));
    }
    for (ScheduleView view : views) {
      terminal.out().println(view.line());
      terminal
          .out()
          .println(
              view.runs().isEmpty()
                  ? "  no run yet"
                  : "  last run "
                      + view.runs().get(0).workflowId()
                      + ": "
                      + view.runs().get(0).sentence());
    }
    return Exit.DONE;
  }

  private static boolean trains(ScheduleListDescription schedule) {
    return schedule.getSchedule().getAction() instanceof ScheduleListActionStartWorkflow run
        && run.getWorkflow().equals(TrainWorkflow.TYPE);
  }
}
