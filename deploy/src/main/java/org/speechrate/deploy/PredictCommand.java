package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.speechrate.pipeline.PredictSpecReader;
import org.speechrate.pipeline.PredictWorkflow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate predict}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    header = {"Predict speech rates of embeddings with a published model.", ""},
    sortOptions = false,
    description = {
      "Loads the embeddings as a run does, from any source, and predicts the letters per second of"
          + " each with a version under models/. Warns where the embeddings differ from those that"
          + " the model was trained on.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  The sample, with the champion:   deploy/speechrate predict --wait",
      "  Your embeddings, as a table:     deploy/speechrate predict --embeddings my/embeddings.npz \\",
      "                                     --out my/predictions.csv --wait",
      "  A version, numbers alone:        deploy/speechrate predict --model"
          + " speech-rate@20260102T030405Z-0a1b2c3d \\",
      "                                     --embeddings my/x.npy --set embeddings.ids=my/ids.csv"
          + " --out my/cps.npy",
      "  From ChromaDB:                   deploy/speechrate predict --set embeddings.source=chroma \\",
      "                                     --set embeddings.url=http://127.0.0.1:8000",
      "",
      "Paths are relative to the workspace. --out takes a .csv (sample_id, split, cps) or .npy"
          + " (float32, in the order of the embeddings); without it predictions stay in the stage's"
          + " folder.",
      "With --json, standard output holds one object: workflowId, runId, sentence, model, path, rows,"
          + " meanCps, percentiles (p1, p5, p50, p95, p99), warning, stages.",
      "Exit codes: 0 all is predicted, 1 it failed, 2 its input was refused, 3 something is missing"
          + " on this machine, 130 you pressed Ctrl-C."
    })
final class PredictCommand extends StartCommand {
  @Option(
      names = "--model",
      paramLabel = "NAME[@VERSION]",
      description =
          "Published model, or one of its versions or aliases (default: speech-rate, which is its"
              + " champion).")
  private String model;

  @Option(
      names = "--embeddings",
      paramLabel = "PATH",
      description =
          "File or folder with the embeddings; other sources by --set embeddings.… (default: the"
              + " bundled sample).")
  private String embeddings;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the predictions go: a .csv or .npy.")
  private String out;

  PredictCommand() {
    super(PredictWorkflow.TYPE);
  }

  @Override
  void complete(ObjectNode spec) throws CommandFailure {
    put(spec, "predict", "model", model);
    put(spec, "predict", "out", out);
    put(spec, "embeddings", "path", embeddings);
  }

  private static void put(ObjectNode spec, String object, String field, String value)
      throws CommandFailure {
    if (value == null) {
      return;
    }
    JsonNode given = spec.path(object);
    if (!given.isMissingNode() && !given.isObject()) {
      throw CommandFailure.wrongInput(object + " of the input must be an object, got " + given);
    }
    spec.withObject("/" + object).put(field, value);
  }

  @Override
  boolean check(String spec) {
    return Sample.isReadBy(PredictSpecReader.read(spec));
  }
}
