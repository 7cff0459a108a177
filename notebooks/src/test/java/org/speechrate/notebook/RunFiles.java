package org.speechrate.notebook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A workspace with the made-up files of {@link FakeTrain}. */
final class RunFiles {
  private RunFiles() {}

  static void write(Path workspace) throws IOException {
    Files.createDirectories(workspace.resolve("data"));
    Files.writeString(workspace.resolve("pom.xml"), "<project/>");
    Files.writeString(workspace.resolve("data/workspace-id"), "a-workspace\n");
    StringBuilder predictions =
        new StringBuilder("sample_id,split,speaker_id,true_cps,predicted_cps\n");
    for (int i = 0; i < 88; i++) {
      double truth = 9 + 8.0 * ((i * 37) % 88) / 88;
      double predicted = 13 + 0.5 * (truth - 13) + Math.sin(i * 1.7);
      predictions.append(
          String.format(
              Locale.ROOT,
              "%d-1-%04d,%s,%d,%.4f,%.4f%n",
              9001 + i / 10,
              i % 10,
              i < 40 ? "dev" : "test",
              9001 + i / 10,
              truth,
              predicted));
    }
    write(workspace, "evaluation", "predictions.csv", predictions.toString());
    StringBuilder history = new StringBuilder("epoch,train_mse,dev_mse\n");
    for (int epoch = 1; epoch <= 60; epoch++) {
      history.append(
          String.format(
              Locale.ROOT,
              "%d,%.6f,%.6f%n",
              epoch,
              1 + 3 * Math.exp(-epoch / 12.0),
              2 + 2.2 * Math.exp(-epoch / 10.0) + 0.01 * epoch));
    }
    write(workspace, "training", "history.csv", history.toString());
  }

  private static void write(Path workspace, String stage, String name, String content)
      throws IOException {
    Path folder =
        Files.createDirectories(
            workspace.resolve("data").resolve("stages").resolve(stage).resolve("fake"));
    Files.writeString(folder.resolve(name), content);
  }
}
