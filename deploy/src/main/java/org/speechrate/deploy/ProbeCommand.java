package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.speechrate.pipeline.ProbeSpecReader;
import org.speechrate.pipeline.ProbeWorkflow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate probe}. */
@Command(
    name = "probe",
    mixinStandardHelpOptions = true,
    header = {"Probe the layers of an encoder: which tells most of speech rate.", ""},
    sortOptions = false,
    description = {
      "Trains ridge regression and networks on each layer, and on control tasks with shuffled"
          + " labels; reports test R² with intervals, selectivity, description length, held-out"
          + " canonical correlation, and a weighted sum of all layers.",
      "",
      "Layers are a folder with a folder of embeddings for each, or with <layer>.npy files and one"
          + " ids.csv; or an .npz with an array for each and one ids.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  A folder of layers:    deploy/speechrate probe --layers my/layers --set"
          + " labels.directory=my/labels --wait",
      "  An .npz, five seeds:   deploy/speechrate probe --layers my/layers.npz --seeds 5 \\",
      "                           --set corpus.root=my/LibriSpeech --set dataset.onMissing=drop",
      "",
      "With --json, standard output holds one object: workflowId, runId, verdict, layers (a list:"
          + " name, weight, devMse, scores, failure), report (its folder), stages.",
      "Exit codes: 0 the probe completed, 1 it failed (as all layers did), 2 its input was refused,"
          + " 3 something is missing on this machine, 130 you pressed Ctrl-C."
    })
final class ProbeCommand extends StartCommand {
  @Option(
      names = "--layers",
      paramLabel = "PATH",
      description = "Folder or .npz with the layers (needed here or in the input).")
  private String layers;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Networks trained on each layer, and as many control tasks (default: 3).")
  private Integer seeds;

  @Option(names = "--no-control", description = "Leave the control tasks out.")
  private boolean noControl;

  ProbeCommand() {
    super(ProbeWorkflow.TYPE);
  }

  @Override
  void complete(ObjectNode spec) throws CommandFailure {
    if (layers == null && seeds == null && !noControl) {
      return;
    }
    JsonNode given = spec.path("probe");
    if (!given.isMissingNode() && !given.isObject()) {
      throw CommandFailure.wrongInput("probe of the input must be an object, got " + given);
    }
    ObjectNode probe = spec.withObject("/probe");
    if (layers != null) {
      probe.put("layers", layers);
    }
    if (seeds != null) {
      probe.put("seeds", seeds);
    }
    if (noControl) {
      probe.put("control", false);
    }
  }

  @Override
  boolean check(String spec) {
    return Sample.isReadBy(ProbeSpecReader.read(spec).run());
  }
}
