package org.speechrate.deploy.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.speechrate.evaluation.SpeakerBootstrap;
import org.speechrate.evaluation.SplitPredictions;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.store.Json;
import org.speechrate.table.CsvInput;

/** The process in which a bench makes metrics and intervals; prints how long each time took. */
final class EvaluationProcess {
  /** The first is what a stage has; the later ones tell what the compiler makes of it. */
  private static final int TIMES = 20;

  private EvaluationProcess() {}

  /**
   * @param args table of speaker, label and predictions; rounds
   */
  public static void main(String[] args) {
    try {
      List<Double> seconds = new ArrayList<>();
      Score mse = null;
      SplitPredictions split = read(Path.of(args[0]));
      for (int i = 0; i < TIMES; i++) {
        long began = System.nanoTime();
        mse =
            new SpeakerBootstrap(Integer.parseInt(args[1]), i).compare(split).scores().get(0).mse();
        seconds.add((System.nanoTime() - began) / 1e9);
      }
      Map<String, Object> told = new LinkedHashMap<>();
      told.put("seconds", seconds);
      told.put("mse", mse);
      System.out.write(Json.write(told));
      System.out.flush();
    } catch (Refusal | IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static SplitPredictions read(Path file) throws IOException {
    SplitPredictions split = new SplitPredictions("test", BenchEvaluationCommand.MEAN, 3);
    try (CsvInput input = CsvInput.open(file, file.toString())) {
      input.forEach(
          row ->
              split.add(
                  row.get("speaker"),
                  Double.parseDouble(row.get("true")),
                  Double.parseDouble(row.get("model")),
                  Double.parseDouble(row.get("mean")),
                  Double.parseDouble(row.get("ridge"))));
    }
    return split;
  }
}
