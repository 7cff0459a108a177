package org.speechrate.publishing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.speechrate.model.AliasChange;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.VersionName;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;

/** What people do with published models: look, choose the champion, check, and tidy up. */
public final class ModelRegistry {
  private static final int LONGEST_WORD = 1000;
  private static final String CARD = "README.md";

  private final Workspace workspace;
  private final ModelStore store;
  private final Clock clock;

  public ModelRegistry(Workspace workspace, Clock clock) {
    this.workspace = workspace;
    this.clock = clock;
    store = new ModelStore(workspace.root().resolve("models"));
  }

  /** Finds versions by what people call them. */
  public ModelFolder models() {
    return store.reader();
  }

  /**
   * A published version.
   *
   * @param champion whether it is the one to use
   * @param created UTC, ISO 8601; absent, as what follows, where its provenance does not tell
   * @param testMse in (letters/s)²
   * @param reason why it was published
   */
  public record Version(
      String model,
      String version,
      boolean champion,
      Optional<String> created,
      Optional<Double> testMse,
      Optional<String> verdict,
      Optional<String> reason) {}

  /** The part of a provenance file that is shown, or checked. */
  record Shown(
      String created, String reason, Evaluation evaluation, Map<String, String> files, Spec spec) {
    record Spec(Publishing publishing) {}

    record Publishing(String alsoWrite) {}

    record Evaluation(String verdict, Map<String, Split> splits) {}

    record Split(Double mse) {}
  }

  /** All versions of a model, the oldest first. */
  public List<Version> versions(String model) throws IOException {
    Optional<String> champion =
        models().alias(model, ModelFolder.CHAMPION).map(AliasChange::version);
    List<Version> versions = new ArrayList<>();
    for (String version : models().versions(model)) {
      Shown shown = shown(model, version);
      Optional<Shown.Evaluation> evaluation = Optional.ofNullable(shown.evaluation());
      versions.add(
          new Version(
              model,
              version,
              champion.equals(Optional.of(version)),
              Optional.ofNullable(shown.created()),
              evaluation
                  .map(Shown.Evaluation::splits)
                  .map(splits -> splits.get("test"))
                  .map(Shown.Split::mse),
              evaluation.map(Shown.Evaluation::verdict),
              Optional.ofNullable(shown.reason())));
    }
    return versions;
  }

  private Shown shown(String model, String version) throws IOException {
    Path file = store.folder(model, version).resolve(PublishingStage.PROVENANCE);
    if (!Files.isRegularFile(file)) {
      return new Shown(null, null, null, null, null);
    }
    try {
      return Json.read(Files.readAllBytes(file), Shown.class);
    } catch (IOException e) {
      throw new IOException(workspace.relative(file) + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Makes a version the champion.
   *
   * @param who as they call themselves
   * @throws Refusal if it is the champion already, or a text is blank
   */
  public AliasChange promote(String model, String version, String who, String why)
      throws IOException {
    requireWord("who", who);
    requireWord("why", why);
    return store
        .change(
            model,
            history -> {
              if (ModelFolder.newest(history, ModelFolder.CHAMPION)
                  .filter(change -> change.version().equals(version))
                  .isPresent()) {
                throw new Refusal(
                    Refusal.Kind.INVALID_SPEC,
                    String.format("%s is the champion of model %s already", version, model));
              }
              return Optional.of(champion(history, version, who, why));
            })
        .orElseThrow();
  }

  private AliasChange champion(
      SortedMap<Integer, AliasChange> history, String version, String who, String why) {
    return ModelStore.champion(history, version, now(), who, ModelStore.identity(), why);
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /**
   * Makes the champion before the present one the champion again.
   *
   * @throws Refusal if there is none, or a text is blank
   */
  public AliasChange rollback(String model, String who, String why) throws IOException {
    requireWord("who", who);
    requireWord("why", why);
    return store
        .change(
            model,
            history ->
                Optional.of(
                    champion(
                        history,
                        models()
                            .championBefore(model, history)
                            .orElseThrow(
                                () ->
                                    new Refusal(
                                        Refusal.Kind.INVALID_SPEC,
                                        String.format(
                                            "model %s had no champion before this one that is"
                                                + " still there; `models promote` names any"
                                                + " version",
                                            model))),
                        who,
                        why)))
        .orElseThrow();
  }

  /**
   * A file of publishing.alsoWrite.
   *
   * @param why it does not hold the champion; absent where it does
   */
  public record AlsoWritten(String file, Optional<String> why) {}

  /**
   * Writes the champion to the files that the runs of it and of the one before it have written for
   * the Python system, which expects the one to use there.
   */
  public List<AlsoWritten> alsoWrite(String model, AliasChange champion) throws IOException {
    Set<String> files = new TreeSet<>();
    alsoWritten(model, champion.version()).ifPresent(files::add);
    champion.previous().flatMap(before -> alsoWritten(model, before)).ifPresent(files::add);
    Path version = store.folder(model, champion.version());
    List<AlsoWritten> written = new ArrayList<>();
    for (String file : files) {
      Optional<String> why = Optional.empty();
      try {
        PublishingStage.alsoWrite(workspace, file, version);
      } catch (Refusal | IllegalArgumentException | IOException e) {
        why = Optional.of(Problems.oneLine(String.valueOf(e.getMessage())));
      }
      written.add(new AlsoWritten(file, why));
    }
    return written;
  }

  /** Of a version that is gone, or does not tell, nothing. */
  private Optional<String> alsoWritten(String model, String version) {
    try {
      return Optional.ofNullable(shown(model, version).spec())
          .map(Shown.Spec::publishing)
          .map(Shown.Publishing::alsoWrite);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void requireWord(String name, String text) {
    if (text.isBlank() || text.length() > LONGEST_WORD) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          String.format(
              "%s must be 1 to %d characters that are not all blank, got %d",
              name, LONGEST_WORD, text.length()));
    }
  }

  /**
   * Publishes the model of a run that has ended, whatever the gate said, and makes it the champion;
   * again, it only does the latter.
   *
   * @throws Refusal if the run did not come as far as its evaluation, an output of it is gone, or a
   *     text is blank
   */
  public Version promote(RunRecord run, StageStore stages, String who, String why)
      throws IOException {
    requireWord("who", who);
    requireWord("why", why);
    PublishingRequest request = request(run, stages);
    String model = request.spec().publishing().model();
    String version = request.version();
    new PublishingStage(workspace, clock)
        .promote(
            request,
            new Provenance.Run(run.workflowId(), run.runId()),
            new Provenance.Word(who, ModelStore.identity(), now(), Optional.of(why)));
    if (models()
        .alias(model, ModelFolder.CHAMPION)
        .filter(change -> change.version().equals(version))
        .isEmpty()) {
      promote(model, version, who, why); // it was published before, and another one came later
    }
    return versions(model).stream()
        .filter(each -> each.version().equals(version))
        .findFirst()
        .orElseThrow();
  }

  /** What the run's own publishing stage was asked, or would have been. */
  private PublishingRequest request(RunRecord run, StageStore stages) throws IOException {
    Artifact dataset = artifact(run, Stage.DATASET);
    Artifact training = artifact(run, Stage.TRAINING);
    Artifact evaluation = artifact(run, Stage.EVALUATION);
    return new PublishingRequest(
        workspace.id(),
        VersionName.of(run.runId(), Instant.parse(run.started()), training),
        run.spec().orElseThrow(() -> unfinished(run)),
        run.stages().stream()
            .filter(state -> state.stage() == Stage.CORPUS)
            .findFirst()
            .flatMap(StageState::artifact),
        artifact(run, Stage.LABELS),
        artifact(run, Stage.EMBEDDINGS),
        dataset,
        training,
        evaluation,
        facts(stages, dataset, DatasetFacts.class),
        facts(stages, training, TrainingFacts.class),
        facts(stages, evaluation, EvaluationFacts.class),
        Optional.empty());
  }

  private static Artifact artifact(RunRecord run, Stage stage) {
    return run.stages().stream()
        .filter(state -> state.stage() == stage)
        .findFirst()
        .flatMap(StageState::artifact)
        .orElseThrow(() -> unfinished(run));
  }

  private static Refusal unfinished(RunRecord run) {
    return new Refusal(
        Refusal.Kind.INVALID_SPEC,
        String.format(
            "run %s has no evaluated model: it is no run of Train, or ended before its evaluation:"
                + " %s",
            run.workflowId(), run.message()));
  }

  private static <F extends StageFacts> F facts(StageStore stages, Artifact artifact, Class<F> type)
      throws IOException {
    return Json.convert(stages.origin(artifact).orElseThrow().facts(), type);
  }

  /**
   * Compares a version's files with the hashes of its provenance.
   *
   * @return what is wrong, by file; empty where nothing is
   */
  public SortedMap<String, String> differences(String model, String version) throws IOException {
    Path folder = store.folder(model, version);
    SortedMap<String, String> differences = new TreeMap<>();
    Map<String, String> hashes = shown(model, version).files();
    if (hashes == null) {
      differences.put(PublishingStage.PROVENANCE, "is gone, or names no files");
      return differences;
    }
    Set<String> unknown = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> unknown.add(file.getFileName().toString()));
    }
    for (Map.Entry<String, String> file : new TreeMap<>(hashes).entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!unknown.remove(file.getKey()) || !Files.isRegularFile(path)) {
        differences.put(file.getKey(), "is gone");
        continue;
      }
      String sha256 = SourceHashes.hash(path);
      if (!sha256.equals(file.getValue())) {
        differences.put(
            file.getKey(), "has sha256 " + sha256 + ", it was published with " + file.getValue());
      }
    }
    unknown.remove(PublishingStage.PROVENANCE);
    if (!hashes.containsKey(CARD)) {
      unknown.remove(CARD); // a version of before the card was hashed
    }
    unknown.forEach(file -> differences.put(file, "was not published with the version"));
    return differences;
  }

  /**
   * Versions of a model that may go: neither the newest ones, nor what an alias names, nor the one
   * that a rollback leads to. The oldest first.
   *
   * @param newest how many of the newest to keep
   */
  public List<String> unused(String model, int newest) throws IOException {
    List<String> versions = models().versions(model);
    SortedMap<Integer, AliasChange> history = models().history(model);
    Map<String, String> named = new TreeMap<>();
    history.values().forEach(change -> named.put(change.alias(), change.version()));
    Set<String> kept = new HashSet<>(named.values());
    models().championBefore(model, history).ifPresent(kept::add);
    return versions.stream()
        .limit(Math.max(0, versions.size() - newest))
        .filter(version -> !kept.contains(version))
        .toList();
  }

  /** Deletes a version; half-way through, it is gone already. */
  public void delete(String model, String version) throws IOException {
    store.delete(model, version);
  }
}
