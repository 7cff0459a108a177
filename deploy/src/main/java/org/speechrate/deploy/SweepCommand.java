package org.speechrate.deploy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.speechrate.pipeline.SweepSpecReader;
import org.speechrate.pipeline.SweepWorkflow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate sweep}. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    header = {"Train many variants of a run, and find the best on dev.", ""},
    sortOptions = false,
    description = {
      "Trains each variant once, as many at a time as there are cores; what any earlier run has"
          + " trained is not trained again. The best on dev is then looked at on test, once.",
      "",
      "Without --grid, --random and `sweep` in the input: a small grid of learning rates and widths.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  A grid of 15:             deploy/speechrate sweep --grid training.learningRate=1e-4,3e-4,1e-3 \\",
      "                              --grid training.seed=0..4",
      "  Widths, and embeddings:   deploy/speechrate sweep --set labels.directory=my/labels \\",
      "                              --grid training.hidden=[64],[128],[256,64] \\",
      "                              --grid embeddings.path=my/a.npz,my/b.npz",
      "  20 random draws:          deploy/speechrate sweep --random 20 \\",
      "                              --draw training.learningRate=log:1e-4..1e-2 \\",
      "                              --draw training.weightDecay=uniform:0..20 \\",
      "                              --draw training.hidden=[64],[128]",
      "  Successive halving:       ... --halving 10,30,90",
      "  A list, from a file:      deploy/speechrate sweep --input sweep.json, which holds",
      "    {\"sweep\": {\"list\": [{\"training.seed\": 1}, {\"training.hidden\": [64], \"training.seed\":"
          + " 2}]}}",
      "  To publish the winner:    ... --set publishing.model=NAME",
      "",
      "With --json, standard output holds one object: workflowId, runId, verdict, leaderboard (a list,"
          + " the best first: rank, variant, state, devMse, keptEpoch, epochs, choices, failure),"
          + " winner (the input that trains it, for `train`), evaluation, publishing, stages.",
      "Exit codes: 0 the sweep completed, 1 it failed (as all variants did), 2 its input was refused,"
          + " 3 something is missing on this machine, 130 you pressed Ctrl-C."
    })
final class SweepCommand extends StartCommand {
  @Option(
      names = "--grid",
      paramLabel = "KEY=VALUES",
      description =
          "Values of one field, such as training.learningRate=1e-4,1e-3 or training.seed=0..4. May"
              + " be given again: all combinations are trained.")
  private List<String> grid = new ArrayList<>();

  @Option(
      names = "--random",
      paramLabel = "N",
      description = "Train N random draws from the ranges of --draw.")
  private Integer random;

  @Option(
      names = "--draw",
      paramLabel = "KEY=RANGE",
      description =
          "What a field is drawn from: uniform:LEAST..MOST, log:LEAST..MOST, or values as --grid"
              + " takes them. May be given again.")
  private List<String> draws = new ArrayList<>();

  @Option(
      names = "--halving",
      paramLabel = "EPOCHS",
      split = ",",
      description =
          "Rungs of successive halving, such as 10,30,90: of the variants trained to epoch 10 the best"
              + " third goes on to 30, of these the best third to 90.")
  private List<Integer> halving = new ArrayList<>();

  SweepCommand() {
    super(SweepWorkflow.TYPE);
  }

  @Override
  void complete(ObjectNode spec) throws CommandFailure {
    if (random == null && !draws.isEmpty()) {
      throw CommandFailure.wrongInput("--draw wants --random N, the number of draws");
    }
    for (String field : grid) {
      SpecArguments.vary(spec, "--grid", "grid", field);
    }
    for (String field : draws) {
      SpecArguments.vary(spec, "--draw", "random", field);
    }
    if (random != null) {
      spec.withObject("/sweep/random").put("draws", random);
    }
    if (!halving.isEmpty()) {
      var rungs = spec.withObject("/sweep/halving").putArray("rungs");
      halving.forEach(rungs::add);
    }
  }

  @Override
  boolean check(String spec) {
    return Sample.isReadBy(SweepSpecReader.read(spec).variants().get(0).spec());
  }
}
