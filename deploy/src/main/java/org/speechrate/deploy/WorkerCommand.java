package org.speechrate.deploy;

import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code speechrate worker}. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    header = {"Run a worker alone.", ""},
    sortOptions = false,
    description = {
      "Runs a worker alone, until Ctrl-C: another one beside `up`'s, or one for a Temporal server"
          + " elsewhere (TEMPORAL_ADDRESS, or a profile of Temporal's TOML file). Where neither is"
          + " there, it starts the workspace's server too.",
      "",
      "Queue speechrate has the workflows and all stages but training; queue speechrate-gpu has"
          + " training, so that machines with a GPU can be the only ones to take it. A worker trains"
          + " one model at a time, on the first GPU that it sees: one worker for each GPU, see"
          + " deploy/docs/gpu.md.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate worker --queues speechrate",
      "  CUDA_VISIBLE_DEVICES=1 deploy/speechrate worker --queues speechrate-gpu",
      "  TEMPORAL_ADDRESS=temporal.example:7233 deploy/speechrate worker --workspace /shared/ws"
    })
final class WorkerCommand extends Subcommand {
  @Option(
      names = "--queues",
      paramLabel = "QUEUE",
      split = ",",
      defaultValue = "speechrate,speechrate-gpu",
      description = "Task queues to serve (default: ${DEFAULT-VALUE}).")
  private List<String> queues;

  @Mixin private WorkerArguments worker;

  @Mixin private NotifyArguments notify;

  @Mixin private ServerArguments server;

  @Override
  public Integer call() throws Exception {
    Set<String> wanted = new LinkedHashSet<>(queues);
    for (String queue : wanted) {
      if (!WorkerAssembly.QUEUES.contains(queue)) {
        throw CommandFailure.wrongInput(
            String.format(
                "--queues: there is no queue \"%s\", only %s",
                queue, String.join(", ", WorkerAssembly.QUEUES)));
      }
    }
    DevServer.Ports ports = server.ports();
    InetSocketAddress metrics = worker.metrics();
    AllowedHosts hosts = worker.hosts();
    Notifier notifier = notify.notifier(hosts);
    Workspace workspace = worker.open(workspace());
    Sample.provide(workspace.root(), Tools.repository(), terminal());
    try (Lifetime lifetime = new Lifetime()) {
      Backend backend = Backend.open(lifetime, terminal(), tools(), workspace, ports, false);
      backend.startWorker(wanted, hosts, notifier, metrics, false);
      backend.stay();
    }
    return Exit.DONE;
  }
}
