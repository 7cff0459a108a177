package org.speechrate.deploy;

import com.uber.m3.tally.RootScopeBuilder;
import com.uber.m3.tally.Scope;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.common.SearchAttributeKey;
import io.temporal.common.reporter.MicrometerClientStatsReporter;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.corpus.CorpusActivitiesImpl;
import org.speechrate.dataset.DatasetActivitiesImpl;
import org.speechrate.embeddings.EmbeddingActivitiesImpl;
import org.speechrate.embeddings.EncodingActivitiesImpl;
import org.speechrate.evaluation.EvaluationActivitiesImpl;
import org.speechrate.labels.LabelActivitiesImpl;
import org.speechrate.pipeline.PredictWorkflowImpl;
import org.speechrate.pipeline.ProbeWorkflowImpl;
import org.speechrate.pipeline.SearchAttributes;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.SweepWorkflowImpl;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.pipeline.TrainWorkflowImpl;
import org.speechrate.predict.PredictActivitiesImpl;
import org.speechrate.probe.ProbeActivitiesImpl;
import org.speechrate.publishing.PublishingActivitiesImpl;
import org.speechrate.run.Notifier;
import org.speechrate.run.RunActivitiesImpl;
import org.speechrate.stage.StageMetrics;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;
import org.speechrate.training.TrainingActivitiesImpl;

/** All wiring: which class of which stage answers on which queue, and with what it works. */
public final class WorkerAssembly implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkerAssembly.class);

  /** Both queues, as one machine serves them. */
  public static final List<String> QUEUES =
      List.of(TrainWorkflow.TASK_QUEUE, TrainWorkflow.GPU_TASK_QUEUE);

  /** A cancel reaches an activity with a heartbeat that is really sent; 24 s late by default. */
  private static final Duration HEARTBEAT_THROTTLE = Duration.ofMillis(500);

  /** Stages read files and hold whole datasets: a few at once, however many cores there are. */
  private static final int STAGES_AT_ONCE = 4;

  /** One training, or encoder, has the GPU, or the cores, to itself. */
  private static final int TRAININGS_AT_ONCE = 1;

  /** Long enough to write a checkpoint. */
  static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(20);

  private static final Duration ATTRIBUTES_DEADLINE = Duration.ofSeconds(30);
  private static final long ATTRIBUTES_PAUSE_MILLIS = 200;
  private static final double METRICS_SECONDS = 1;

  private final WorkerFactory factory;
  private final TemporalLink link;
  private final Set<String> queues;
  private final StageMetrics stages;
  private final WorkspaceMetrics metrics;

  private WorkerAssembly(
      WorkerFactory factory,
      TemporalLink link,
      Set<String> queues,
      StageMetrics stages,
      WorkspaceMetrics metrics) {
    this.factory = factory;
    this.link = link;
    this.queues = queues;
    this.stages = stages;
    this.metrics = metrics;
  }

  /** Where the SDK reports its own metrics, for {@link TemporalLink}. */
  public static Scope metricsScope(MeterRegistry registry) {
    return new RootScopeBuilder()
        .reporter(new MicrometerClientStatsReporter(registry))
        .reportEvery(com.uber.m3.util.Duration.ofSeconds(METRICS_SECONDS));
  }

  /**
   * Starts a worker that takes tasks at once.
   *
   * @param hosts that runs may read from
   * @param notifier that tells the worker's owner of runs
   * @param queues some of {@link #QUEUES}
   */
  public static WorkerAssembly start(
      TemporalLink link,
      Workspace workspace,
      AllowedHosts hosts,
      Notifier notifier,
      Set<String> queues,
      MeterRegistry registry) {
    registerSearchAttributes(link);
    WorkerFactory factory = WorkerFactory.newInstance(link.client());
    StageMetrics stages = new StageMetrics(registry);
    StageRunner runner = new StageRunner(workspace, stages);
    SourceHashes sources =
        new SourceHashes(workspace.root().resolve("data/stages/.source-hashes.json"));
    StageStore store = new FolderStageStore(workspace, sources);

    if (queues.contains(TrainWorkflow.TASK_QUEUE)) {
      Worker worker = factory.newWorker(TrainWorkflow.TASK_QUEUE, options(STAGES_AT_ONCE));
      worker.registerWorkflowImplementationTypes(
          TrainWorkflowImpl.class,
          SweepWorkflowImpl.class,
          ProbeWorkflowImpl.class,
          PredictWorkflowImpl.class);
      worker.registerActivitiesImplementations(
          new RunActivitiesImpl(workspace, notifier, registry),
          new CorpusActivitiesImpl(runner, workspace, store),
          new LabelActivitiesImpl(runner, workspace, store, sources),
          new EmbeddingActivitiesImpl(runner, workspace, store, sources, hosts),
          new DatasetActivitiesImpl(runner, store),
          new EvaluationActivitiesImpl(runner, store),
          new ProbeActivitiesImpl(runner, workspace, store),
          new PredictActivitiesImpl(runner, workspace, store, sources),
          new PublishingActivitiesImpl(runner, workspace));
    }
    if (queues.contains(TrainWorkflow.GPU_TASK_QUEUE)) {
      Worker worker = factory.newWorker(TrainWorkflow.GPU_TASK_QUEUE, options(TRAININGS_AT_ONCE));
      worker.registerActivitiesImplementations(
          new EncodingActivitiesImpl(runner, workspace, store),
          new TrainingActivitiesImpl(runner, workspace, store));
    }

    factory.start();
    return new WorkerAssembly(
        factory,
        link,
        queues,
        stages,
        new WorkspaceMetrics(workspace.root(), Tools.onPath("nvidia-smi"), registry));
  }

  /** Why no task would reach this worker now, in one line; empty where it is ready. */
  Optional<String> notReady() {
    if (factory.isShutdown()) {
      return Optional.of("the worker is leaving");
    }
    try {
      for (String queue : queues) {
        boolean training = queue.equals(TrainWorkflow.GPU_TASK_QUEUE);
        // While it trains it asks for no second training.
        if (!(training && stages.isRunning(Stage.TRAINING))
            && !link.polls(
                queue,
                training
                    ? TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
                    : TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)) {
          return Optional.of("the worker has not asked for tasks of queue " + queue + " lately");
        }
      }
      return Optional.empty();
    } catch (StatusRuntimeException e) {
      return Optional.of(
          "Temporal at " + link.address() + " does not answer: " + e.getStatus().getCode());
    }
  }

  private static WorkerOptions options(int activitiesAtOnce) {
    return WorkerOptions.newBuilder()
        .setMaxConcurrentActivityExecutionSize(activitiesAtOnce)
        .setMaxHeartbeatThrottleInterval(HEARTBEAT_THROTTLE)
        .setDefaultHeartbeatThrottleInterval(HEARTBEAT_THROTTLE)
        .build();
  }

  /** Without them on the server, every run that sets one would hang in its workflow task. */
  private static void registerSearchAttributes(TemporalLink link) {
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder()
                .setChannel(link.stubs().getRawChannel())
                .validateAndBuildWithDefaults());
    Map<String, IndexedValueType> missing = new HashMap<>();
    SearchAttributes.ALL.forEach(key -> missing.put(key.getName(), key.getValueType()));
    missing.keySet().removeAll(registered(operator, link.namespace()));
    if (missing.isEmpty()) {
      return;
    }
    try {
      operator
          .blockingStub()
          .addSearchAttributes(
              AddSearchAttributesRequest.newBuilder()
                  .setNamespace(link.namespace())
                  .putAllSearchAttributes(missing)
                  .build());
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
        throw e;
      }
      log.debug("another worker was first to register {}", missing.keySet(), e);
    }
    awaitUsable(operator, link.namespace(), missing.keySet());
  }

  private static void awaitUsable(
      OperatorServiceStubs operator, String namespace, Set<String> names) {
    Instant deadline = Instant.now().plus(ATTRIBUTES_DEADLINE);
    while (!registered(operator, namespace).containsAll(names)) {
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException(
            "search attributes " + names + " are registered, but not usable after a while");
      }
      try {
        TimeUnit.MILLISECONDS.sleep(ATTRIBUTES_PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while registering search attributes", e);
      }
    }
  }

  private static Set<String> registered(OperatorServiceStubs operator, String namespace) {
    return operator
        .blockingStub()
        .listSearchAttributes(
            ListSearchAttributesRequest.newBuilder().setNamespace(namespace).build())
        .getCustomAttributesMap()
        .keySet();
  }

  /** The type as {@code temporal --search-attribute} names it. */
  static String typeWord(SearchAttributeKey<?> key) {
    String[] words = key.getValueType().name().split("INDEXED_VALUE_TYPE_", -1);
    String word = words[words.length - 1];
    return word.charAt(0) + word.substring(1).toLowerCase(java.util.Locale.ROOT);
  }

  /** Running activities write their checkpoints and leave; another worker goes on from there. */
  @Override
  public void close() {
    factory.shutdown();
    factory.awaitTermination(SHUTDOWN_GRACE.toSeconds(), TimeUnit.SECONDS);
    if (!factory.isTerminated()) {
      log.warn("activities still run after {}; leaving them to another worker", SHUTDOWN_GRACE);
      factory.shutdownNow();
    }
    metrics.close();
  }
}
