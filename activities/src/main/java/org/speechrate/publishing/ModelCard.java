package org.speechrate.publishing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.table.Decimals;
import org.speechrate.table.Splits;

/**
 * The README.md of a version: the verdict first, then what a person has to know before using the
 * model. Everything from users is escaped.
 */
final class ModelCard {
  /** Below this number of test speakers the card warns: other speakers may give another verdict. */
  private static final long FEW_SPEAKERS = 10;

  private final PublishingRequest request;
  private final List<Integer> layers;
  private final Provenance provenance;

  /**
   * @param layers widths of the model, from input to output
   */
  ModelCard(PublishingRequest request, List<Integer> layers, Provenance provenance) {
    this.request = request;
    this.layers = layers;
    this.provenance = provenance;
  }

  String text() {
    return String.join(
        "\n\n",
        "# " + Markdown.escape(request.spec().publishing().model() + " " + request.version()),
        "**" + Markdown.escape(request.evaluationFacts().verdict()) + "**",
        "Predicts the speech rate of an utterance, in letters and digits per second (cps), from a"
            + " speaker embedding of "
            + layers.get(0)
            + " values: a network of the widths "
            + layers.stream().map(String::valueOf).collect(Collectors.joining(" → "))
            + " with "
            + activation(TrainingSpec.word(request.spec().training().activation()))
            + " between its layers.",
        "## How good it is",
        metrics(splits()),
        "MSE in (letters/s)², MAE in letters/s; smaller is better. The mean is that of the train"
            + " labels, predicted for every utterance; ridge is ridge regression on the train split."
            + " An interval holds 95 % of a bootstrap's rounds, in which the split's speakers are"
            + " drawn anew. R² is at most 1; 0 is no better than the split's own mean."
            + undefined(splits()),
        "## Data",
        data(),
        "## Training",
        training(),
        "## Limits",
        limits(),
        "## Loading it",
        loading(
            // Both are letters, digits, dots, underscores and hyphens: ModelStore takes nothing
            // else.
            "models/" + request.spec().publishing().model() + "/" + request.version(),
            layers,
            TrainingSpec.word(request.spec().training().activation()),
            request.spec().training().linearPath() || request.spec().training().ridgeStart()),
        "## Where it comes from",
        "Made on "
            + Markdown.escape(provenance.created())
            + " by run "
            + Markdown.escape(provenance.workflowId())
            + " ("
            + Markdown.escape(provenance.runId())
            + "). Why it was published: "
            + Markdown.escape(provenance.reason())
            + ". All choices, hashes and versions: provenance.json; all metrics: metrics.json.\n");
  }

  /** As papers write it. */
  static String activation(String word) {
    return switch (word) {
      case "relu" -> "ReLU";
      case "gelu" -> "GELU";
      default -> word;
    };
  }

  static String metrics(Map<String, SplitMetrics> splits) {
    StringBuilder table =
        new StringBuilder(
            "| split | utterances | MSE | 95 % interval | MSE of ridge | MSE of the mean | MAE | MAE of"
                + " the mean | R² |\n"
                + "| --- | ---: | ---: | :---: | ---: | ---: | ---: | ---: | ---: |");
    for (Map.Entry<String, SplitMetrics> split : splits.entrySet()) {
      SplitMetrics m = split.getValue();
      List<String> mse = Decimals.apart(m.mse(), m.baselineMse(), 3);
      table.append(
          String.format(
              Locale.ROOT,
              "\n| %s | %,d | %s | %s | %s | %s | %s | %s |",
              Markdown.escape(split.getKey()),
              m.n(),
              mse.get(0),
              m.mseInterval()
                  .map(each -> String.format(Locale.ROOT, "%.3f to %.3f", each.low(), each.high()))
                  .orElse("none"),
              m.ridgeMse().map(ridge -> String.format(Locale.ROOT, "%.3f", ridge)).orElse("none"),
              mse.get(1),
              String.join(" | ", Decimals.apart(m.mae(), m.baselineMae(), 3)),
              m.r2().map(r2 -> String.format(Locale.ROOT, "%.3f", r2)).orElse("undefined")));
    }
    return table.toString();
  }

  private Map<String, SplitMetrics> splits() {
    return request.evaluationFacts().splits();
  }

  static String undefined(Map<String, SplitMetrics> splits) {
    return splits.entrySet().stream()
        .filter(split -> split.getValue().r2Reason().isPresent())
        .map(
            split ->
                String.format(
                    " Undefined on %s: %s.",
                    Markdown.escape(split.getKey()),
                    Markdown.escape(split.getValue().r2Reason().orElseThrow())))
        .collect(Collectors.joining());
  }

  private String data() {
    DatasetFacts facts = request.datasetFacts();
    String counts =
        Splits.NAMES.stream()
            .filter(split -> facts.utterances().containsKey(split))
            .map(
                split ->
                    String.format(
                        "- %s: %s%s",
                        split,
                        Counts.of(facts.utterances().get(split), "utterance"),
                        facts.speakers().containsKey(split)
                            ? " of " + Counts.of(facts.speakers().get(split), "speaker")
                            : ""))
            .collect(Collectors.joining("\n"));
    return counts
        + "\n- Speakers: "
        + Markdown.escape(facts.speakerCheck())
        + String.format(
            "\n- Left out: %s without embedding, %s without label",
            Counts.of(facts.droppedLabels(), "label"),
            Counts.of(facts.droppedEmbeddings(), "embedding"))
        + request.corpus().map(corpus -> artifact("Corpus", corpus)).orElse("")
        + artifact("Labels", request.labels())
        + artifact("Embeddings", request.embeddings())
        + artifact("Dataset", request.dataset());
  }

  private static String artifact(String name, Artifact artifact) {
    return "\n- " + name + ": sha256 " + Markdown.escape(artifact.sha256());
  }

  private String training() {
    TrainingSpec spec = request.spec().training();
    TrainingFacts facts = request.trainingFacts();
    return String.format(
        Locale.ROOT,
        "- Recipe: %s\n- Hidden layers %s with %s%s, batches of %d, learning rate %s%s, weight decay"
            + " %s, seed %d\n- Loss %s%s\n- Inputs %s, targets %s\n- At most %,d epochs%s\n- Trained %,d, kept %s"
            + " with dev MSE %.3f; ended: %s\n- On %s with %s",
        Markdown.escape(spec.title()),
        Markdown.escape(spec.hidden().toString()),
        TrainingSpec.word(spec.activation()),
        (spec.dropout() > 0 ? ", dropout " + spec.dropout() : "")
            + (spec.ridgeStart()
                ? ", on top of ridge regression"
                : spec.linearPath() ? ", and a linear path" : ""),
        spec.batchSize(),
        spec.learningRate(),
        schedule(spec),
        spec.weightDecay(),
        spec.seed(),
        TrainingSpec.word(spec.loss()),
        (spec.loss() == TrainingSpec.Loss.HUBER
                ? ", linear from " + spec.huberDelta() + " letters/s on"
                : "")
            + (spec.clipNorm() > 0 ? ", gradients clipped to norm " + spec.clipNorm() : ""),
        spec.scaleInputs() ? "centred and divided by one common scale" : "raw",
        spec.standardizeTargets() ? "standardised" : "raw",
        spec.epochs(),
        spec.patience() > 0
            ? String.format(", until %d bring no better dev MSE", spec.patience())
            : ", the last one kept",
        facts.epochs(),
        facts.kept(),
        facts.keptDevMse(),
        Markdown.escape(facts.ended()),
        Markdown.escape(facts.device()),
        Markdown.escape(facts.engine()));
  }

  private static String schedule(TrainingSpec spec) {
    List<String> words = new ArrayList<>();
    if (spec.warmupEpochs() > 0) {
      words.add("warm-up " + Counts.of(spec.warmupEpochs(), "epoch"));
    }
    if (spec.schedule() != TrainingSpec.Schedule.CONSTANT) {
      words.add(TrainingSpec.word(spec.schedule()));
    }
    return words.isEmpty() ? "" : " (" + String.join(", ", words) + ")";
  }

  private String limits() {
    StringBuilder limits = new StringBuilder();
    if (!request.evaluationFacts().betterThanMean()) {
      limits.append("- It is no better than always predicting the mean: do not use it.\n");
    }
    Long speakers = request.datasetFacts().speakers().get("test");
    if (speakers == null) {
      limits.append(
          "- No speaker is known: people of the train split may be in the test split, and the"
              + " figures then flatter the model.\n");
    } else if (speakers < FEW_SPEAKERS) {
      limits.append(
          String.format(
              "- Only %s: with others the figures may differ much.\n",
              Counts.of(speakers, "test speaker")));
    }
    limits.append(
        "- Only for embeddings of the encoder that made the train split's, computed in the same"
            + " way; others of the same length give numbers without meaning.\n"
            + "- An embedding says who speaks rather than how: expect the speaker's habit, not the"
            + " pace of one sentence.\n"
            + "- Languages, microphones and ways of speaking that are not in the data were not"
            + " tested.");
    return limits.toString();
  }

  /**
   * @param folder of the version, as code names it
   * @param layers widths of the model, from input to output
   * @param activation relu, gelu or tanh
   */
  static String loading(
      String folder, List<Integer> layers, String activation, boolean linearPath) {
    boolean gelu = activation.equals("gelu");
    return String.format(
        Locale.ROOT,
        """
        Java (org.speechrate:speechrate-models, no native code):

        ```java
        SpeechRateModel model = SpeechRateModel.load(Path.of("%s"));
        float[] cps = model.predict(embeddings); // float[n][%d] in, float[n] out
        ```

        Python (`pip install safetensors numpy%s`), inside this folder:

        ```python
        import numpy as np
        from safetensors.numpy import load_file%s

        w = load_file("model.safetensors")
        h = embeddings  # float32 [n, %d]
        for k in range(1, %d):
            h = h @ w[f"fc{k}.weight"].T + w[f"fc{k}.bias"]
            if k < %d:
                h = %s
        cps = h[:, 0]%s
        ```

        PyTorch, as an ordinary torch.nn.Sequential (opening a pickled module runs what is in it: open only files that you trust; `torch.load("state_dict.pt", weights_only=True)` is the weights alone):

        ```python
        import torch

        model = torch.load("model.pt", weights_only=False)
        with torch.no_grad():
            cps = model(torch.from_numpy(embeddings))[:, 0]
        ```

        ONNX (`pip install onnxruntime`):

        ```python
        import onnxruntime

        session = onnxruntime.InferenceSession("model.onnx")
        cps = session.run(["cps"], {"embeddings": embeddings})[0][:, 0]
        ```\
        """,
        folder,
        layers.get(0),
        gelu ? " scipy" : "",
        gelu ? "\nfrom scipy.special import erf" : "",
        layers.get(0),
        layers.size(),
        layers.size() - 1,
        switch (activation) {
          case "gelu" -> "h / 2 * (1 + erf(h / 2**0.5))";
          case "tanh" -> "np.tanh(h)";
          default -> "np.maximum(h, 0)";
        },
        linearPath ? " + embeddings @ w[\"linear.weight\"][0]" : "");
  }
}
