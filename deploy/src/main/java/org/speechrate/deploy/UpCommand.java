package org.speechrate.deploy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.speechrate.client.ServerFile;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code speechrate up}. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    header = {"Start the server, its UI and a worker.", ""},
    sortOptions = false,
    description = {
      "Starts the workspace's Temporal server with its UI, and a worker; stays until Ctrl-C or"
          + " `speechrate down`. Runs that stood still go on.",
      "",
      "Runs are kept in data/temporal.db, for 90 days after they end. Everything listens on this"
          + " machine only. Where Temporal's own configuration names another server"
          + " (TEMPORAL_ADDRESS, or a profile of its TOML file), only a worker is started, for that"
          + " one.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate up --ui-port 8233",
      "  deploy/speechrate up --detach --allow-read /data/librispeech"
    })
final class UpCommand extends Subcommand {
  @Option(
      names = "--detach",
      description = "Return once all is up; it says where. Stop it: `speechrate down`.")
  private boolean detach;

  @Mixin private WorkerArguments worker;

  @Mixin private NotifyArguments notify;

  @Mixin private ServerArguments server;

  @Override
  public Integer call() throws Exception {
    Workspace workspace = worker.open(workspace());
    AllowedHosts hosts = worker.hosts();
    Notifier notifier = notify.notifier(hosts);
    Optional<ServerFile> running =
        TemporalLink.explicit().isPresent()
            ? Optional.empty()
            : DevServer.running(workspace.root());
    if (running.isPresent() && isUp(running.get())) {
      return alreadyUp(running.get());
    }
    InetSocketAddress metrics = worker.metrics();
    DevServer.Ports ports = server.ports();
    Sample.provide(workspace.root(), Tools.repository(), terminal());
    if (detach) {
      if (TemporalLink.explicit().isPresent()) {
        throw CommandFailure.wrongInput(
            "--detach is for the workspace's own server; here the environment names another one");
      }
      ServerFile file = DetachedUp.start(workspace.root(), options(), terminal());
      terminal().out().println(file.ui());
      return Exit.DONE;
    }
    try (Lifetime lifetime = new Lifetime()) {
      Backend backend = Backend.open(lifetime, terminal(), tools(), workspace, ports, true);
      backend.startWorker(
          new LinkedHashSet<>(WorkerAssembly.QUEUES), hosts, notifier, metrics, false);
      backend.devServer().ifPresent(up -> terminal().say("Start a run: " + up.file().startPage()));
      terminal().say("up. Ctrl-C, or `" + command("down") + "` elsewhere, stops it");
      backend.stay();
    }
    return Exit.DONE;
  }

  /** Whether the server's owner is an {@code up}, not a command that leaves with its run. */
  static boolean isUp(ServerFile file) {
    return DevServer.owner(file).map(DevServer::commandLine).filter(UpCommand::isUp).isPresent();
  }

  static boolean isUp(String commandLine) {
    int words = commandLine.indexOf(SpeechrateCommand.class.getName());
    return words >= 0 && List.of(commandLine.substring(words).split(" ", -1)).contains("up");
  }

  private int alreadyUp(ServerFile file) throws IOException, CommandFailure {
    if (!worker.allowances().isEmpty() || !notify.options().isEmpty()) {
      throw CommandFailure.wrongInput(
          "already up (process "
              + file.ownerPid()
              + "), and what its worker may read and whom it tells was said then; `"
              + command("down")
              + "` first");
    }
    terminal().say("already up (process " + file.ownerPid() + ")");
    terminal().out().println(file.ui());
    return Exit.DONE;
  }

  private List<String> options() throws IOException, CommandFailure {
    List<String> options = new ArrayList<>(worker.allowances());
    options.addAll(notify.options());
    options.addAll(worker.metricsOptions());
    options.addAll(
        List.of(
            "--port", Integer.toString(server.ports().grpc()),
            "--ui-port", Integer.toString(server.ports().ui())));
    return options;
  }
}
