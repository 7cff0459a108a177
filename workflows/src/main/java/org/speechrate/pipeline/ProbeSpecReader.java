package org.speechrate.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.speechrate.pipeline.probe.ProbeSpec;

/**
 * Reads a probe's JSON object: a run's without embeddings and publishing, in which {@code probe}
 * says what is probed. As strict as {@link RunSpecReader}, which reads the rest.
 */
public final class ProbeSpecReader {
  private static final int DEFAULT_SEEDS = 3;
  private static final int MOST_SEEDS = 20;
  private static final int DEFAULT_ROUNDS = 2000;
  private static final int MOST_ROUNDS = 100_000;

  private ProbeSpecReader() {}

  /**
   * Fills in every default.
   *
   * @throws Refusal if a rule is broken, of kind {@link Refusal.Kind#INVALID_SPEC}
   */
  public static ProbeSpec read(String json) {
    ObjectNode input = (ObjectNode) RunSpecReader.parse(json);
    SpecNode probe = new SpecNode("", input).object("probe");
    String layers =
        probe
            .text("layers")
            .orElseThrow(
                () ->
                    SpecNode.refusal(
                        "probe.layers is needed: a folder with a folder or .npy file for each layer,"
                            + " or an .npz with an array for each"));
    int seeds = (int) probe.wholeNumber("seeds", 1, MOST_SEEDS, DEFAULT_SEEDS);
    boolean control = probe.bool("control", true);
    int rounds = (int) probe.wholeNumber("rounds", 0, MOST_ROUNDS, DEFAULT_ROUNDS);
    probe.refuseOthers();
    refuse(input, "embeddings", "whose embeddings are probe.layers");
    refuse(input, "evaluation", "whose bootstrap rounds are probe.rounds");
    refuse(input, "publishing", "which publishes nothing");
    ObjectNode run = input.deepCopy();
    // So that labels are asked for where they do not belong to the sample.
    run.putObject("embeddings").put("path", layers);
    // Recipe default begins with ridge regression, which a probe's network stands beside.
    if (!run.has("training")) {
      run.putObject("training");
    }
    if (run.get("training") instanceof ObjectNode training && !training.has("recipe")) {
      training.put("recipe", "network");
    }
    SpecNode node = new SpecNode("", run);
    node.value("probe");
    return new ProbeSpec(layers, seeds, control, rounds, RunSpecReader.read(node));
  }

  private static void refuse(ObjectNode input, String field, String why) {
    if (input.has(field)) {
      throw SpecNode.refusal(field + " has no meaning in a probe, " + why);
    }
  }
}
