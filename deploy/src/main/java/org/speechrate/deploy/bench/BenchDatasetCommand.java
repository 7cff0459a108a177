package org.speechrate.deploy.bench;

import java.util.concurrent.Callable;
import org.speechrate.deploy.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench dataset}. */
@Command(
    name = "dataset",
    mixinStandardHelpOptions = true,
    header = {"Time loading and joining against numpy and pandas.", ""},
    sortOptions = false,
    description = {
      "Ours: the stages labels (from CSV), embeddings and dataset, then reading what"
          + " training reads into memory. Python's: numpy loads the dict, pandas reads and merges"
          + " the labels, arrays for each split.",
      ""
    })
final class BenchDatasetCommand implements Callable<Integer> {
  @ParentCommand private BenchCommand bench;

  @Mixin private BenchVectors vectors;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    try (Bench run = new Bench(bench, options)) {
      vectors.report(run, "dataset").print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }
}
