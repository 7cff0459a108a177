package org.speechrate.deploy.bench;

import java.util.concurrent.Callable;
import org.speechrate.deploy.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench embeddings}. */
@Command(
    name = "embeddings",
    mixinStandardHelpOptions = true,
    header = {"Time loading embeddings against numpy.", ""},
    sortOptions = false,
    description = {
      "Ours: the stage embeddings, from the Python system's pickled dict to x.npy and"
          + " ids.csv. Python's: numpy loads the dict and stacks an array for each split.",
      ""
    })
final class BenchEmbeddingsCommand implements Callable<Integer> {
  @ParentCommand private BenchCommand bench;

  @Mixin private BenchVectors vectors;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    try (Bench run = new Bench(bench, options)) {
      vectors.report(run, "embeddings").print(bench.terminal(), options.json);
    }
    return Exit.DONE;
  }
}
