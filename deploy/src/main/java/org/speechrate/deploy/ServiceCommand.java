package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code speechrate service}. */
@Command(
    name = "service",
    mixinStandardHelpOptions = true,
    header = {"Keep server, UI and worker up: over logouts, crashes and reboots.", ""},
    description = {
      "A systemd unit of yours, not of the system, that runs `up` in this workspace, starts it again"
          + " where it fails, and starts it at boot. Where no systemd answers, `install` prints the"
          + " unit.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples",
      "  deploy/speechrate service install --ui-port 8233 --notify-command 'mail -s \"$SPEECHRATE_SENTENCE\" me'",
      "  deploy/speechrate service status",
      "",
      "Exit codes: 0 done (status: it runs), 1 it does not run, 3 no systemd answers."
    })
final class ServiceCommand extends Subcommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: install, remove or status");
  }

  private UserService service() throws CommandFailure {
    return UserService.of(Tools.repository(), workspace(), System.getenv());
  }

  @Command(
      name = "install",
      mixinStandardHelpOptions = true,
      header = {"Install the service and start it; once more changes its options.", ""})
  int install(
      @Mixin WorkerArguments worker, @Mixin NotifyArguments notify, @Mixin ServerArguments server)
      throws Exception {
    notify.notifier(worker.hosts());
    worker.open(workspace());
    List<String> options = new ArrayList<>(worker.allowances());
    options.addAll(notify.options());
    options.addAll(server.options());
    options.addAll(worker.metricsOptions());
    UserService service = service();
    String unit = service.unit(options, System.getenv());
    if (!service.hasSystemd()) {
      terminal().out().print(unit);
      terminal()
          .say(
              "no systemd of your user answers here; this is the unit: as "
                  + service.file()
                  + " it would be installed, and its ExecStart is what another supervisor, or cron's"
                  + " @reboot, has to run");
      return Exit.MISSING;
    }
    if (!Files.exists(service.file())) {
      refuseWhereUp();
    }
    service.install(unit);
    terminal().out().println("installed " + service.file() + ", " + service.state());
    hintAtLingering();
    return Exit.DONE;
  }

  /** Its server would stay the other one's. */
  private void refuseWhereUp() throws IOException, CommandFailure {
    if (TemporalLink.explicit().isEmpty() && DevServer.running(workspace()).isPresent()) {
      throw CommandFailure.wrongInput(
          "something is up already in this workspace; `" + command("down") + "` first");
    }
  }

  private void hintAtLingering() throws InterruptedException {
    String user = System.getProperty("user.name");
    if (!UserService.lingers(user).equals(Optional.of(true))) {
      terminal()
          .say(
              "it ends when you log out, and starts when you log in; to keep it, from boot on:"
                  + " loginctl enable-linger "
                  + Words.quoted(user));
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      header = {"Stop the service and remove it; runs stand still, and go on with `up`.", ""})
  int remove() throws Exception {
    UserService service = service();
    terminal()
        .out()
        .println(
            service.remove()
                ? "removed " + service.file()
                : "no service is installed for this workspace");
    return Exit.DONE;
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      header = {"Tell whether the service runs.", ""})
  int status() throws Exception {
    UserService service = service();
    if (!Files.exists(service.file())) {
      terminal().out().println("no service is installed for this workspace");
      return Exit.RUN_FAILED;
    }
    String state = service.state();
    terminal().out().println(service.name() + "  " + state);
    hintAtLingering();
    if (!state.equals("active")) {
      terminal().say("what it said: journalctl --user --unit " + service.name());
      return Exit.RUN_FAILED;
    }
    return Exit.DONE;
  }
}
