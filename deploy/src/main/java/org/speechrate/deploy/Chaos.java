package org.speechrate.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.speechrate.client.PendingStage;
import org.speechrate.client.RunClient;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.deploy.ChaosReport.Struck;
import org.speechrate.model.ModelFolder;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;
import org.speechrate.store.Durable;
import org.speechrate.store.Workspace;

/**
 * Runs beside each other while their server and their worker are killed. Each has a seed of its
 * own; the first run of each seed is left alone, and tells the bits that the others must have.
 */
final class Chaos {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Stages of the sample take some 100 ms; a look costs a millisecond for each run. */
  private static final long LOOK_MILLIS = 20;

  /**
   * Where the stage that was drawn does not come, the kill strikes what is there. A run whose
   * worker was killed stands still for ten seconds.
   */
  private static final Duration STAGE_PATIENCE = Duration.ofSeconds(15);

  /** Of each five kills, three are the worker's: it holds more that can get lost. */
  private static final List<Boolean> WORKER_KILLS = List.of(true, true, true, false, false);

  /** Training several times: it is the longest, with its checkpoints. */
  private static final List<Stage> STAGE_KILLS =
      Stream.concat(Stage.OF_TRAINING.stream(), Stream.of(Stage.TRAINING, Stage.TRAINING)).toList();

  private static final int TRAINING_DELAY_MILLIS = 4000;
  private static final int OTHER_DELAY_MILLIS = 50;

  /** What stands still for so long without being disturbed will not go on. */
  private static final Duration END_PATIENCE = Duration.ofMinutes(5);

  private final Lifetime lifetime;
  private final Terminal terminal;
  private final Tools tools;
  private final Path root;
  private final int kills;
  private final long seed;
  private final int epochs;
  private final Random random;
  private final RunHandle[] underWay;
  private final Artifact[] undisturbed;
  private final List<Boolean> workerKills = new ArrayList<>();
  private final List<Stage> stageKills = new ArrayList<>();
  private final List<Wound> wounds = new ArrayList<>();
  private final Map<String, Struck> byStage = new TreeMap<>();
  private final List<String> violations = new ArrayList<>();

  private RunClient client;
  private DevServer server;
  private ChaosWorker worker;
  private Struck struck = new Struck(0, 0);
  private int begun;
  private int ended;
  private int duplicates;
  private int differingBits;
  private double longestRecoverySeconds;
  private String longestRecovery = "";

  /** Whether the worker trained at the last look: it does one training at a time. */
  private boolean training;

  /** A stage that was in progress when something was killed. */
  private record Wound(RunHandle run, PendingStage stage, boolean isWorker, long nanos) {}

  Chaos(
      Lifetime lifetime,
      Terminal terminal,
      Tools tools,
      Path root,
      int kills,
      long seed,
      int runsAtOnce,
      int epochs) {
    this.lifetime = lifetime;
    this.terminal = terminal;
    this.tools = tools;
    this.root = root;
    this.kills = kills;
    this.seed = seed;
    this.epochs = epochs;
    random = new Random(seed);
    underWay = new RunHandle[runsAtOnce];
    undisturbed = new Artifact[runsAtOnce];
  }

  ChaosReport run() throws Exception {
    long start = System.nanoTime();
    Workspace workspace = Workspace.open(root, List.of());
    server = lifetime.add(DevServer.open(root, tools::temporal, DevServer.Ports.FREE, true));
    worker = lifetime.add(new ChaosWorker(root, server.file().address()));
    worker.start();
    TemporalLink link =
        lifetime.add(TemporalLink.to(server.file(), java.util.Optional.empty(), false).connected());
    client = new RunClient(link.client(), workspace.id());

    terminal.say(underWay.length + " runs that nobody disturbs");
    beginRuns();
    awaitEnds();
    ended = 0;
    begun = 0;
    if (violations.isEmpty()) {
      beginRuns();
      for (int kill = 1; kill <= kills; kill++) {
        strike(kill);
      }
      terminal.say("the last kill was; " + underWay() + " runs are left to end");
      awaitEnds();
    }
    return new ChaosReport(
        seed,
        struck,
        byStage,
        begun,
        ended,
        duplicates,
        differingBits,
        longestRecoverySeconds,
        longestRecovery,
        (System.nanoTime() - start) / 1e9,
        violations);
  }

  private void beginRuns() {
    for (int slot = 0; slot < underWay.length; slot++) {
      begin(slot);
    }
  }

  /** Computes all anew, so that every stage is in progress again and again. */
  private void begin(int slot) {
    begun++;
    // The workflow's id too.
    String model = (undisturbed[slot] == null ? "undisturbed-" : "disturbed-") + begun;
    ObjectNode spec = MAPPER.createObjectNode();
    spec.putObject("training").put("seed", slot).put("epochs", epochs).put("patience", 0);
    spec.putObject("publishing").put("model", model).put("gate", "always");
    spec.put("reuse", false);
    underWay[slot] = client.train(model, spec, "speechrate chaos");
  }

  private void strike(int kill) throws Exception {
    boolean isWorker = draw(workerKills, WORKER_KILLS);
    Stage wanted = draw(stageKills, STAGE_KILLS);
    long delay =
        random.nextInt(wanted == Stage.TRAINING ? TRAINING_DELAY_MILLIS : OTHER_DELAY_MILLIS);
    awaitInProgress(wanted.word());
    long then = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delay);
    while (System.nanoTime() < then) {
      TimeUnit.MILLISECONDS.sleep(Math.min(LOOK_MILLIS, delay));
      look(true);
    }

    List<Wound> inProgress = look(true);
    long now = System.nanoTime();
    if (isWorker) {
      worker.kill();
    } else {
      ProcessHandle.of(server.file().serverPid()).ifPresent(ProcessHandle::destroyForcibly);
      server.awaitExit(END_PATIENCE);
    }
    inProgress.forEach(found -> wounds.add(new Wound(found.run(), found.stage(), isWorker, now)));
    TreeSet<String> stages = new TreeSet<>();
    inProgress.forEach(found -> stages.add(found.stage().stage()));
    if (!stages.contains(wanted.word())) {
      stageKills.add(wanted);
    }
    if (stages.isEmpty()) {
      stages.add("none");
    }
    stages.forEach(
        stage ->
            byStage.merge(
                stage, new Struck(0, 0).plus(isWorker), (before, one) -> before.plus(isWorker)));
    struck = struck.plus(isWorker);
    terminal.say(
        String.format(
            Locale.ROOT,
            "kill %d of %d: %s during %s; %d runs ended",
            kill,
            kills,
            isWorker ? "worker" : "server",
            String.join(", ", stages),
            ended));
    if (isWorker) {
      worker.start();
    } else if (!server.revive(tools::temporal)) {
      throw CommandFailure.failed("the server was stopped by another command");
    }
  }

  /**
   * As from a bag that is filled anew whenever it is empty, so that few kills strike everything
   * too.
   */
  private <T> T draw(List<T> bag, List<T> all) {
    if (bag.isEmpty()) {
      bag.addAll(all);
    }
    return bag.remove(random.nextInt(bag.size()));
  }

  /** Any stage first: a worker that was killed just now needs seconds to come back. */
  private void awaitInProgress(String wanted) throws Exception {
    long begin = System.nanoTime();
    List<Wound> inProgress = look(true);
    while (inProgress.isEmpty() && System.nanoTime() - begin < END_PATIENCE.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      inProgress = look(true);
    }
    begin = System.nanoTime();
    while (inProgress.stream().noneMatch(found -> found.stage().stage().equals(wanted))
        && System.nanoTime() - begin < STAGE_PATIENCE.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      inProgress = look(true);
    }
  }

  /**
   * Looks after all runs: checks those that have ended, and heals wounds.
   *
   * @param goOn whether another run follows one that has ended
   * @return the stages that the worker has in hand, as wounds that nothing has struck yet
   */
  private List<Wound> look(boolean goOn) throws Exception {
    if (!worker.isAlive() && !Lifetime.processEnds()) {
      violations.add("the worker ended by itself");
      worker.start();
    }
    List<Wound> inProgress = new ArrayList<>();
    for (int slot = 0; slot < underWay.length; slot++) {
      try {
        if (underWay[slot] == null && goOn) {
          begin(slot);
        }
        RunHandle run = underWay[slot];
        if (run == null) {
          continue;
        }
        List<PendingStage> pending = run.pending();
        if (pending.isEmpty() && !run.isRunning()) {
          heal(run, List.of());
          check(slot, run);
          underWay[slot] = null;
          continue;
        }
        heal(run, pending);
        pending.stream()
            .filter(stage -> stage.started() && worker.is(stage.worker()))
            .forEach(stage -> inProgress.add(new Wound(run, stage, false, 0)));
      } catch (WorkflowException | StatusRuntimeException e) {
        // A server that has just come back; it is asked again at once.
      }
    }
    training = inProgress.stream().anyMatch(found -> isTraining(found.stage()));
    return inProgress;
  }

  private static boolean isTraining(PendingStage stage) {
    return stage.stage().equals(PendingStage.TRAINING);
  }

  /**
   * The server's are healed when it answers, the worker's when another process has the stage, or
   * could have it if it did not train another run.
   */
  private void heal(RunHandle run, List<PendingStage> pending) {
    List<Wound> healed =
        wounds.stream()
            .filter(wound -> wound.run() == run)
            .filter(
                wound ->
                    !wound.isWorker()
                        || pending.stream()
                            .filter(stage -> stage.stage().equals(wound.stage().stage()))
                            .noneMatch(
                                stage ->
                                    stage.started()
                                        ? stage.worker().equals(wound.stage().worker())
                                        : !waitsForAnotherTraining(stage)))
            .toList();
    for (Wound wound : healed) {
      double seconds = (System.nanoTime() - wound.nanos()) / 1e9;
      if (seconds > longestRecoverySeconds) {
        longestRecoverySeconds = seconds;
        longestRecovery =
            String.format(
                "%s during %s of %s",
                wound.isWorker() ? "worker" : "server",
                wound.stage().stage(),
                wound.run().workflowId());
      }
    }
    wounds.removeAll(healed);
  }

  private boolean waitsForAnotherTraining(PendingStage stage) {
    return training && isTraining(stage) && stage.scheduled().isBefore(Instant.now());
  }

  private void awaitEnds() throws Exception {
    long patience = System.nanoTime() + END_PATIENCE.toNanos();
    while (underWay() > 0 && System.nanoTime() < patience) {
      look(false);
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    for (RunHandle run : underWay) {
      if (run != null) {
        violations.add(
            String.format(
                "%s has not ended after %d s: %s",
                run.workflowId(), END_PATIENCE.toSeconds(), run.pending()));
      }
    }
  }

  private long underWay() {
    return Arrays.stream(underWay).filter(run -> run != null).count();
  }

  private void check(int slot, RunHandle run) throws IOException {
    RunResult result;
    try {
      result = run.result();
    } catch (RunFailure e) {
      violations.add(run.workflowId() + " failed: " + e.getMessage());
      return;
    }
    ended++;
    Artifact weights = result.stage(Stage.TRAINING).artifact().orElseThrow();
    if (undisturbed[slot] == null) {
      undisturbed[slot] = weights;
    } else if (!weights.equals(undisturbed[slot])) {
      differingBits++;
      violations.add(run.workflowId() + " has other weights than the undisturbed run");
    }
    Path model = root.resolve("models").resolve(run.workflowId());
    List<Path> versions =
        new ModelFolder(model.getParent())
            .versions(run.workflowId()).stream().map(model::resolve).toList();
    duplicates += Math.max(0, versions.size() - 1);
    if (versions.size() != 1
        || !versions.get(0).equals(root.resolve(result.publishing().path().orElse("")))) {
      violations.add(run.workflowId() + " must have published one version, but has " + versions);
      return;
    }
    SpeechRateModel.load(versions.get(0));
    // The next run of this seed is to write its own weights, not to find these.
    Path leaving = root.resolve("checked-" + run.runId());
    Files.move(root.resolve(weights.uri()), leaving, StandardCopyOption.ATOMIC_MOVE);
    Durable.deleteFolder(leaving);
  }
}
