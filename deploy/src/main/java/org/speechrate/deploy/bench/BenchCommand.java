package org.speechrate.deploy.bench;

import org.speechrate.deploy.Exit;
import org.speechrate.deploy.Subcommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code speechrate bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    header = {"Time stages against the Python way.", ""},
    description = {
      "Runs a stage and what a Python user would run instead by turns, on this machine, and prints"
          + " both and their ratios.",
      ""
    },
    synopsisSubcommandLabel = "STAGE",
    subcommands = {
      BenchLabelsCommand.class,
      BenchEncoderCommand.class,
      BenchEmbeddingsCommand.class,
      BenchDatasetCommand.class,
      BenchTrainingCommand.class,
      BenchEvaluationCommand.class,
      BenchPredictCommand.class,
      BenchRecipeCommand.class,
      BenchScaleCommand.class,
      BenchMetricsCommand.class
    },
    footer = {
      "",
      "Each process is fresh and writes into a store of its own, which is removed. Inputs are made"
          + " once and stay in data/bench/; delete that folder when you like. The files are in the"
          + " page cache for both ways.",
      "",
      "Examples",
      "  deploy/speechrate bench labels",
      "  deploy/speechrate bench labels --corpus my/LibriSpeech",
      "  deploy/speechrate bench dataset --json",
      "  deploy/speechrate bench training --python my/venv/bin/python",
      "  deploy/speechrate bench recipe --input run.json --splits 60",
      "",
      "With --json, standard output holds one object: bench; files or rows; repeat; machine (cores,"
          + " load, jvm, os, python); seconds (for each way median and runs); parts (for each of our"
          + " stages where its seconds go: work, hashing, fsync, commit, total); ratios (value,"
          + " target, reached; null where there was no Python); notes. Of training also"
          + " ratioReference and ratioOptimised, Python's whole seconds over ours, and testMse."
    })
public final class BenchCommand extends Subcommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal().out());
    return Exit.DONE;
  }
}
