package org.speechrate.deploy.bench;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every bench takes. */
final class BenchOptions {
  @Option(
      names = {"--repeat", "--rounds"},
      paramLabel = "N",
      defaultValue = "3",
      description = "Processes of each way, by turns; medians count (default: ${DEFAULT-VALUE}).")
  int repeat;

  @Option(
      names = "--python",
      paramLabel = "PATH",
      description =
          "A Python with numpy, pandas, soundfile and pydub (default: one in .tools/bench, installed"
              + " from PyPI where it is not there); for training with torch, numpy and pandas,"
              + " for predict with onnxruntime and numpy, for encoder with resemblyzer and torch"
              + " (default: python3).")
  Path python;

  @Option(names = "--no-python", description = "Time our side alone.")
  boolean noPython;

  @Option(names = "--json", description = "Print one JSON object.")
  boolean json;
}
