package org.speechrate.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate schedule show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    header = {"Show a schedule: its next runs, what became of the last ones, its input.", ""})
final class ScheduleShowCommand implements Callable<Integer> {
  @ParentCommand private ScheduleCommand schedules;

  @Parameters(paramLabel = "NAME", description = "Of the schedule.")
  private String name;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    ScheduleView view;
    try (Lifetime lifetime = new Lifetime()) {
      TemporalLink link = schedules.runningLink(lifetime);
      view =
          ScheduleView.of(
              schedules.describe(ScheduleCommand.scheduleClient(link).getHandle(name)),
              link,
              schedules.workspace());
    }
    Terminal terminal = schedules.terminal();
    if (json) {
      terminal.out().println(ResultView.json(view));
      return Exit.DONE;
    }
    terminal.out().println(terminal.bold(view.line()));
    terminal.out().println("next      " + String.join(", ", view.next()));
    terminal
        .out()
        .printf(
            "policy    never two runs at once; catches up within %s; %s%n",
            view.catchUp(),
            view.pauseOnFailure() ? "pauses once a run has failed" : "goes on after a failure");
    if (view.missed() + view.skipped() > 0) {
      terminal
          .out()
          .printf(
              "not run   %d too late to catch up, %d while another one was under way%n",
              view.missed(), view.skipped());
    }
    terminal.out().println("input     " + view.input());
    view.runs()
        .forEach(
            run ->
                terminal
                    .out()
                    .printf("%s%n          %s%n", terminal.bold(run.workflowId()), run.sentence()));
    return Exit.DONE;
  }
}
