package org.speechrate.deploy;

import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.TrainWorkflow;
import picocli.CommandLine.Command;

/** {@code speechrate train}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    header = {"Start a run: from a corpus, or labels and embeddings, to a model.", ""},
    sortOptions = false,
    description = {
      "Starts one run: corpus → labels → embeddings → dataset → training → evaluation →"
          + " publishing.",
      "",
      "It uses the server and the worker that run in this workspace (`speechrate up`). Where none"
          + " run it starts them for this run, waits for its end in any case, and stops them. Runs"
          + " are durable: after Ctrl-C the run stands still, and goes on with the next `up`.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  On the bundled sample:      deploy/speechrate train",
      "  With another setting:       deploy/speechrate train --set training.epochs=20",
      "  On your labels and embeddings, as the Python system wrote them:",
      "    deploy/speechrate train --allow-read ../mine \\",
      "      --set labels.directory=../mine/processed \\",
      "      --set embeddings.source=numpy-dict --set embeddings.path=../mine/embeddings_npy",
      "  All fields from a file:     deploy/speechrate train --input run.json --wait --json",
      "",
      "Paths in a run are relative to the workspace. A field that does not exist is refused with"
          + " the fields that do.",
      "With --json, standard output holds one object: workflowId, runId, verdict,"
          + " evaluation.<split>.{mse,mae,r2,baselineMse,n}, publishing.{published,model,version,"
          + "path,reason}, stages; of a failed run: workflowId, runId, error.{kind,message}; of a"
          + " refused input error alone.",
      "Exit codes: 0 the run completed (published or not), 1 it failed, 2 its input was refused,"
          + " 3 something is missing on this machine, 130 you pressed Ctrl-C."
    })
final class TrainCommand extends StartCommand {
  TrainCommand() {
    super(TrainWorkflow.TYPE);
  }

  @Override
  boolean check(String spec) {
    return Sample.isReadBy(RunSpecReader.read(spec));
  }
}
