package org.speechrate.deploy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.SweepResult;
import org.speechrate.run.Notifier;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What {@code train}, {@code sweep}, {@code probe} and {@code predict} share: they start a run, and
 * may follow it to its end.
 */
abstract class StartCommand extends Subcommand {
  /** Temporal's own limit. */
  private static final int LONGEST_ID = 1000;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "JSON object with the run's fields; - reads standard input (default: {}).")
  private String input;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "One field, such as training.epochs=20; JSON where it parses, else text. May be given"
              + " again; wins over --input.")
  private List<String> sets = new ArrayList<>();

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "The run's workflow id (default: <type>-<UTC time>-<4 hex digits>).")
  private String id;

  @Option(names = "--wait", description = "Wait for the run's end, and print its result.")
  private boolean wait;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Mixin private WorkerArguments worker;

  @Mixin private ServerArguments server;

  private final String type;

  /**
   * @param type the workflow's
   */
  StartCommand(String type) {
    this.type = type;
  }

  /**
   * Adds what other arguments say.
   *
   * @throws CommandFailure if one of them is wrong
   */
  void complete(ObjectNode spec) throws CommandFailure {}

  /**
   * @return whether the run reads the bundled sample
   * @throws Refusal if the input breaks a rule
   */
  abstract boolean check(String spec);

  @Override
  public final Integer call() throws Exception {
    requireId();
    DevServer.Ports ports = server.ports();
    InetSocketAddress metrics = worker.metrics();
    AllowedHosts hosts = worker.hosts();
    ObjectNode spec = SpecArguments.read(input, sets, System.in);
    complete(spec);
    boolean readsSample;
    try {
      readsSample = check(spec.toString());
    } catch (Refusal refusal) {
      if (json) {
        terminal()
            .out()
            .println(
                ResultView.json(ResultView.refused(refusal.kind().name(), refusal.getMessage())));
      }
      throw CommandFailure.wrongInput(refusal.getMessage(), refusal);
    }
    try (Lifetime lifetime = new Lifetime()) {
      Workspace workspace = worker.open(workspace());
      if (readsSample) {
        Sample.provide(workspace.root(), Tools.repository(), terminal());
      }
      Backend backend = Backend.open(lifetime, terminal(), tools(), workspace, ports, false);
      TemporalLink link = backend.link();
      Set<String> unserved = backend.unserved(link);
      if (!unserved.isEmpty()) {
        backend.startWorker(unserved, hosts, Notifier.NOBODY, metrics, true);
      }
      worker.tellWhereUnused(unserved, terminal());
      String summary =
          sets.isEmpty() ? "speechrate " + type.toLowerCase(Locale.ROOT) : String.join(", ", sets);
      RunClient client = client(link.client(), workspace);
      RunHandle run = client.start(type, id == null ? RunClient.newId(type) : id, spec, summary);
      if (backend.devServer().isPresent()) {
        OpenRuns.begin(workspace.root(), run.workflowId(), run.runId());
      }
      String page = link.runPage(run.workflowId(), run.runId());
      terminal().say("Run: " + run.workflowId() + ", " + page);
      if (!wait && unserved.isEmpty()) {
        terminal()
            .out()
            .println(
                json
                    ? ResultView.json(ResultView.started(run.workflowId(), run.runId(), page))
                    : String.format(
                        "%s %s%nFollow it: %s",
                        run.workflowId(),
                        run.runId(),
                        command("watch " + Words.quoted(run.workflowId()))));
        return Exit.DONE;
      }
      String farewell =
          unserved.isEmpty()
              ? "the run goes on; follow it: " + command("watch " + Words.quoted(run.workflowId()))
              : standsStill(command("up"));
      return finish(new RunFollower(lifetime, terminal(), client, farewell), run, terminal(), json);
    }
  }

  static String standsStill(String up) {
    return "stopping the worker; the run stands still, and goes on with `" + up + "`";
  }

  /** Temporal would refuse these too, but only after all was started. */
  private void requireId() throws CommandFailure {
    if (id != null && (id.isBlank() || id.length() > LONGEST_ID)) {
      throw CommandFailure.wrongInput(
          String.format(
              "--id must have 1 to %d characters that are not all blank, got %s",
              LONGEST_ID, id.isBlank() ? "\"" + id + "\"" : id.length() + " characters"));
    }
  }

  /** Waits for the run's end and prints what became of it. */
  static int finish(RunFollower follower, RunHandle run, Terminal terminal, boolean json)
      throws InterruptedException {
    try {
      if (run.isSweep()) {
        SweepResult result = follower.follow(run, SweepResult.class);
        if (json) {
          terminal.out().println(ResultView.json(result));
        } else {
          new ResultView(terminal).print(result);
        }
        return Exit.DONE;
      }
      if (run.isPrediction()) {
        PredictResult result = follower.follow(run, PredictResult.class);
        if (json) {
          terminal.out().println(ResultView.json(result));
        } else {
          new ResultView(terminal).print(result);
        }
        return Exit.DONE;
      }
      if (run.isProbe()) {
        ProbeResult result = follower.follow(run, ProbeResult.class);
        if (json) {
          terminal.out().println(ResultView.json(result));
        } else {
          new ResultView(terminal).print(result);
        }
        return Exit.DONE;
      }
      RunResult result = follower.follow(run);
      if (json) {
        terminal.out().println(ResultView.json(result));
      } else {
        new ResultView(terminal).print(result);
      }
      return Exit.DONE;
    } catch (RunFailure failure) {
      if (Lifetime.processEnds()) {
        return Exit.RUN_FAILED;
      }
      if (json) {
        terminal.out().println(ResultView.json(run, failure));
      }
      terminal.say("the run failed (" + failure.kind() + "): " + failure.getMessage());
      return failure.kind().equals(Refusal.Kind.INVALID_SPEC.name())
          ? Exit.WRONG_INPUT
          : Exit.RUN_FAILED;
    }
  }
}
