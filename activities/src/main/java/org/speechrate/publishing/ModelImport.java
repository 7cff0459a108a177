package org.speechrate.publishing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.speechrate.evaluation.ModelEvaluation;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.VersionName;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.publishing.format.ModelFormat;
import org.speechrate.publishing.format.TorchReader;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Host;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/**
 * Makes a version of a model that was trained elsewhere. It does not become the champion by that.
 */
public final class ModelImport {
  private static final String ATTEMPTS = ".import-";

  private final Workspace workspace;
  private final StageStore stages;
  private final Clock clock;

  public ModelImport(Workspace workspace, StageStore stages, Clock clock) {
    this.workspace = workspace;
    this.stages = stages;
    this.clock = clock;
  }

  /**
   * The file.
   *
   * @param name as the user knows it
   * @param sha256 of its content
   * @param kind what it holds, see {@link TorchReader.Imported#kind}
   */
  public record Source(String name, String sha256, String kind) {

    public static Source of(Path file, String name, TorchReader.Imported imported)
        throws IOException {
      return new Source(name, SourceHashes.hash(file), imported.kind());
    }
  }

  /**
   * What the model is evaluated on.
   *
   * @param name as people know it, such as "the bundled sample"
   */
  public record Data(
      String name, Artifact labels, Artifact embeddings, Artifact dataset, DatasetFacts facts) {}

  /**
   * A version's provenance; where its fields have the names of {@link Provenance}'s they mean the
   * same.
   *
   * @param imported who did, and why
   */
  record Made(
      String model,
      String version,
      String created,
      String reason,
      Source source,
      Provenance.Word imported,
      Optional<String> evaluatedOn,
      SortedMap<String, Artifact> artifacts,
      Optional<EvaluationFacts> evaluation,
      SortedMap<String, String> files,
      SortedMap<String, String> software,
      SortedMap<String, String> machine) {}

  /**
   * @param path of the version's folder, relative to the workspace
   * @param verdict one sentence; where it was not evaluated, why not
   */
  public record Result(
      String model, String version, String path, List<Integer> layers, String verdict) {}

  /**
   * @param data absent where there is none of its dimension
   * @param who as they call themselves; absent where they didn't say
   * @throws org.speechrate.pipeline.Refusal if the name can't be a model's, or train or test of the
   *     data has no utterance
   */
  public Result register(
      String name,
      SafeTensors weights,
      Source source,
      Optional<Data> data,
      Optional<String> who,
      Optional<String> why)
      throws IOException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    String version =
        VersionName.of(
            UUID.randomUUID().toString(), now, new Artifact(source.sha256(), source.sha256(), 0));
    ModelStore models = new ModelStore(workspace.root().resolve("models"));
    Path folder = models.folder(name, version);
    SpeechRateModel model = SpeechRateModel.of(weights);

    Map<String, ModelStore.Content> files = new LinkedHashMap<>();
    Optional<EvaluationFacts> evaluation = Optional.empty();
    if (data.isPresent()) {
      evaluation = Optional.of(evaluate(model, source, data.get(), files));
    }
    String verdict =
        evaluation
            .map(EvaluationFacts::verdict)
            .orElse(
                "not evaluated: no data with embeddings of "
                    + model.dimension()
                    + " values was given");
    Map<String, String> metadata = new TreeMap<>(weights.metadata());
    metadata.put("model", name);
    metadata.put("version", version);
    metadata.put("input", "raw speaker embedding");
    metadata.put("output", "letters and digits per second");
    metadata.put("verdict", verdict);
    SafeTensors named = new SafeTensors(weights.tensors(), metadata);
    for (ModelFormat format : ModelFormat.values()) {
      files.put(format.file(), before -> format.write(named));
    }
    SortedMap<String, String> hashes = new TreeMap<>();
    Made made =
        new Made(
            name,
            version,
            now.toString(),
            "imported from "
                + source.name()
                + why.map(reason -> " because " + reason).orElse("")
                + ", whatever a gate would have said",
            source,
            new Provenance.Word(
                who.orElse(System.getProperty("user.name", "unknown")),
                ModelStore.identity(),
                now.toString(),
                why),
            data.map(Data::name),
            artifacts(data),
            evaluation,
            hashes,
            new TreeMap<>(
                Map.of(
                    "speechrate",
                    Provenance.speechrateVersion(),
                    "java",
                    System.getProperty("java.vendor") + " " + Runtime.version())),
            new TreeMap<>(Map.of("host", Host.name())));
    files.put(
        "README.md", before -> card(made, model, named, verdict).getBytes(StandardCharsets.UTF_8));
    files.put(
        PublishingStage.PROVENANCE,
        before -> {
          hashes.putAll(before);
          return Json.write(made);
        });
    models.publish(name, version, files, () -> {});
    return new Result(name, version, workspace.relative(folder), model.layers(), verdict);
  }

  private static SortedMap<String, Artifact> artifacts(Optional<Data> data) {
    SortedMap<String, Artifact> artifacts = new TreeMap<>();
    data.ifPresent(
        given -> {
          artifacts.put("labels", given.labels());
          artifacts.put("embeddings", given.embeddings());
          artifacts.put("dataset", given.dataset());
        });
    return artifacts;
  }

  private EvaluationFacts evaluate(
      SpeechRateModel model, Source source, Data data, Map<String, ModelStore.Content> files)
      throws IOException {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("model", "imported from " + source.name() + " (" + source.kind() + ")");
    provenance.put("sha256", source.sha256());
    provenance.put("evaluated on", data.name());
    try (AttemptFolder attempt = AttemptFolder.begin(workspace.root().resolve("data"), ATTEMPTS)) {
      EvaluationFacts facts =
          ModelEvaluation.evaluate(
              model,
              stages.open(data.dataset()),
              stages.open(data.embeddings()),
              stages.open(data.labels()),
              data.facts().speakerCheck(),
              provenance,
              attempt.path(),
              StageMonitor.silent());
      for (String name : List.of("metrics.json", EvaluationFacts.REPORT)) {
        byte[] content = Files.readAllBytes(attempt.path().resolve(name));
        files.put(name, before -> content);
      }
      return facts;
    }
  }

  private static String card(
      Made made, SpeechRateModel model, SafeTensors weights, String verdict) {
    List<String> parts = new ArrayList<>();
    parts.add("# " + Markdown.escape(made.model() + " " + made.version()));
    parts.add("**" + Markdown.escape(verdict) + "**");
    String activation = weights.metadata().get(SpeechRateModel.ACTIVATION);
    parts.add(
        String.format(
            "Predicts the speech rate of an utterance, in letters and digits per second (cps), from a"
                + " speaker embedding of %d values: a network of the widths %s with %s between its"
                + " layers. It was trained elsewhere, and imported.",
            model.dimension(),
            Markdown.escape(model.layers().toString()),
            ModelCard.activation(activation)));
    if (made.evaluation().isPresent()) {
      var splits = made.evaluation().get().splits();
      parts.add("## How good it is");
      parts.add(
          "On "
              + Markdown.escape(made.evaluatedOn().orElseThrow())
              + ", of which nobody knows whether the model was trained on it: of utterances or"
              + " speakers that it has heard, the figures flatter it.");
      parts.add(ModelCard.metrics(splits));
      parts.add(
          "MSE in (letters/s)², MAE in letters/s; smaller is better. The mean is that of the train"
              + " labels; ridge is ridge regression on the train split; neither is part of the model."
              + ModelCard.undefined(splits));
    }
    parts.add("## Limits");
    parts.add(
        "- Only for embeddings of the encoder that it was trained with, which no file of PyTorch"
            + " tells; others of the same length give numbers without meaning.\n"
            + "- On what, how and how well it was trained is not known here.");
    parts.add("## Loading it");
    parts.add(
        ModelCard.loading(
            "models/" + made.model() + "/" + made.version(),
            model.layers(),
            activation,
            weights.tensors().containsKey(SpeechRateModel.LINEAR_PATH)));
    parts.add("## Where it comes from");
    parts.add(
        String.format(
            "Imported on %s by %s from %s (%s, sha256 %s)%s. All of it: provenance.json.\n",
            made.created(),
            Markdown.escape(made.imported().who()),
            Markdown.escape(made.source().name()),
            made.source().kind(),
            made.source().sha256(),
            made.imported().why().map(why -> ": " + Markdown.escape(why)).orElse("")));
    return String.join("\n\n", parts);
  }
}
