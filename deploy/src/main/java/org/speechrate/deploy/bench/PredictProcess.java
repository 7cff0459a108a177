package org.speechrate.deploy.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.predict.BlockPredictor;
import org.speechrate.store.Json;

/** The process in which a bench predicts; prints how long each time took, and the mean. */
final class PredictProcess {
  private PredictProcess() {}

  /**
   * @param args folder of x.npy and model.safetensors; how often to predict
   */
  public static void main(String[] args) {
    try {
      Path folder = Path.of(args[0]);
      List<Double> seconds = new ArrayList<>();
      double[] mean = {0};
      for (int i = 0; i < Integer.parseInt(args[1]); i++) {
        long began = System.nanoTime();
        EmbeddingMatrix matrix = EmbeddingMatrix.open(folder.resolve(BenchPredictCommand.ROWS));
        double[] sum = {0};
        new BlockPredictor(matrix, Runtime.getRuntime().availableProcessors())
            .predict(
                SafeTensors.read(folder.resolve(SpeechRateModel.FILE)),
                0,
                block -> {
                  for (float cps : block) {
                    sum[0] += cps;
                  }
                });
        seconds.add((System.nanoTime() - began) / 1e9);
        mean[0] = sum[0] / matrix.rows();
      }
      System.out.write(Json.write(Map.of("seconds", seconds, "mean", mean[0])));
      System.out.flush();
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
