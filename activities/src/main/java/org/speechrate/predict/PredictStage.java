package org.speechrate.predict;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.embeddings.NpyHeader;
import org.speechrate.model.ModelFolder;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.predict.DeliveryRequest;
import org.speechrate.pipeline.predict.FoundModel;
import org.speechrate.pipeline.predict.ModelRequest;
import org.speechrate.pipeline.predict.PredictFacts;
import org.speechrate.pipeline.predict.PredictRequest;
import org.speechrate.pipeline.predict.PredictSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;
import org.speechrate.table.CsvInput;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Problems;

/** The predict stage: finds a version, predicts in blocks, and delivers the file. */
final class PredictStage {
  /** Raised whenever the same inputs give other files. */
  static final int VERSION = 2;

  private static final String OUT = "predict.out";
  private static final String ATTEMPT = ".speechrate-predict-";
  private static final int ROWS_PER_REPORT = 1 << 15;

  /** Of more predictions an even choice is sorted. */
  private static final int MOST_SORTED = 1_000_000;

  private final Workspace workspace;
  private final StageStore store;
  private final SourceHashes sources;
  private final Duration betweenCheckpoints;

  PredictStage(Workspace workspace, StageStore store, SourceHashes sources) {
    this(workspace, store, sources, Duration.ofSeconds(1));
  }

  PredictStage(
      Workspace workspace, StageStore store, SourceHashes sources, Duration betweenCheckpoints) {
    this.workspace = workspace;
    this.betweenCheckpoints = betweenCheckpoints;
    this.store = store;
    this.sources = sources;
  }

  /** The part of a provenance file that tells what a version's files must be. */
  private record Provenance(Map<String, String> files) {}

  /**
   * @throws Refusal if there is no such version, its files are not those that were published, or
   *     {@code out} cannot be written
   */
  FoundModel find(ModelRequest request) throws IOException {
    request.out().ifPresent(out -> workspace.writable(OUT, out));
    Path folder = version(request.model());
    String sha256 = verified(folder, SpeechRateModel.FILE);
    if (Files.exists(folder.resolve(InputStatistics.FILE))) {
      verified(folder, InputStatistics.FILE);
    }
    return new FoundModel(
        folder.getParent().getFileName().toString(),
        folder.getFileName().toString(),
        workspace.relative(folder),
        sha256,
        SpeechRateModel.of(weights(folder)).dimension());
  }

  private Path version(String reference) throws IOException {
    try {
      return new ModelFolder(workspace.root().resolve("models")).resolve(reference);
    } catch (FileSystemException e) {
      throw e; // a share that is away may come back
    } catch (IOException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE, "predict.model: " + Problems.oneLine(e.getMessage()), e);
    }
  }

  private String verified(Path folder, String name) throws IOException {
    Path provenance = folder.resolve("provenance.json");
    Path file = folder.resolve(name);
    try {
      Map<String, String> files =
          Json.read(Files.readAllBytes(provenance), Provenance.class).files();
      String published = files == null ? null : files.get(name);
      String sha256 = sources.sha256(file);
      if (sha256.equals(published)) {
        return sha256;
      }
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format(
              "%s is not what was published: its sha256 is %s, provenance.json says %s; take another"
                  + " version, or restore this one",
              workspace.relative(file), sha256, published));
    } catch (JsonProcessingException | java.nio.file.NoSuchFileException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          workspace.relative(provenance)
              + " is damaged or gone, so nobody can tell whether the model is what was published",
          e);
    }
  }

  private SafeTensors weights(Path folder) throws IOException {
    Path file = folder.resolve(SpeechRateModel.FILE);
    try {
      SafeTensors weights = SafeTensors.read(file);
      SpeechRateModel.of(weights);
      return weights;
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          workspace.relative(file) + " holds no model: " + Problems.oneLine(e.getMessage()),
          e);
    }
  }

  /**
   * @param runFolder what only this run needs, kept from attempt to attempt
   * @throws Refusal if the model takes other embeddings, or was changed
   */
  StageResult<PredictFacts> predict(PredictRequest request, Path runFolder, StageMonitor monitor)
      throws IOException {
    FoundModel model = request.model();
    Path x = store.open(request.embeddings()).resolve(EmbeddingMatrix.FILE);
    EmbeddingMatrix matrix = EmbeddingMatrix.open(x);
    if (matrix.dimension() != model.dimension()) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          String.format(
              "%s takes embeddings of %d values, these have %d; take those of the encoder that it"
                  + " was trained on",
              model.path(), model.dimension(), matrix.dimension()));
    }
    StageKey key =
        new StageKey(
            Stage.PREDICT,
            VERSION,
            Map.of("model", model.sha256(), "embeddings", request.embeddings().sha256()),
            Map.of("format", request.format().file()));
    return store.commit(
        key,
        request.reuse(),
        PredictFacts.class,
        folder -> {
          Path version = workspace.root().resolve(model.path());
          if (!sources.sha256(version.resolve(SpeechRateModel.FILE)).equals(model.sha256())) {
            verified(version, SpeechRateModel.FILE);
          }
          return write(
              matrix,
              x,
              weights(version),
              version,
              request.format(),
              folder,
              runFolder,
              key.hash(),
              monitor);
        });
  }

  private PredictFacts write(
      EmbeddingMatrix matrix,
      Path x,
      SafeTensors weights,
      Path version,
      PredictSpec.Format format,
      Path folder,
      Path runFolder,
      String key,
      StageMonitor monitor)
      throws IOException {
    monitor.progress("compares the embeddings with the model's", 0, matrix.rows());
    Optional<InputStatistics> trained = InputStatistics.ofVersion(version, matrix.dimension());
    Optional<String> warning =
        trained.isPresent()
            ? InputStatistics.of(matrix).differenceFrom(trained.get())
            : Optional.empty();
    PartialPredictions partial =
        new PartialPredictions(runFolder, key, betweenCheckpoints, monitor);
    try {
      long total = matrix.rows();
      new BlockPredictor(matrix, Runtime.getRuntime().availableProcessors())
          .predict(
              weights,
              partial.rows(),
              cps -> {
                requireFinite(cps, partial.rows());
                partial.append(cps);
                report(monitor, "", partial.rows(), total);
              });
      Summary summary = new Summary(total);
      try (DataInputStream cps = partial.read()) {
        if (format == PredictSpec.Format.CSV) {
          writeCsv(x.resolveSibling(EmbeddingMatrix.IDS), cps, folder, total, summary, monitor);
        } else {
          writeNpy(cps, folder, total, summary, monitor);
        }
      }
      partial.delete();
      return new PredictFacts(
          total,
          summary.mean(),
          summary.percentiles(),
          warning,
          trained.isPresent()
              ? Optional.empty()
              : Optional.of(
                  "this version does not tell what embeddings it was trained on, so nobody can say"
                      + " whether these are alike"));
    } finally {
      partial.close();
    }
  }

  private static void requireFinite(float[] cps, long first) {
    for (int i = 0; i < cps.length; i++) {
      if (!Float.isFinite(cps[i])) {
        throw new Refusal(
            Refusal.Kind.BAD_VALUE,
            String.format(
                Locale.ROOT,
                "row %d of the embeddings: a prediction must be finite, got %s; its values are"
                    + " probably of another encoder",
                first + i,
                cps[i]));
      }
    }
  }

  private static void report(StageMonitor monitor, String what, long done, long total) {
    monitor.progress(
        String.format(Locale.ROOT, "%s%,d of %,d rows", what, done, total), done, total);
  }

  private static void writeCsv(
      Path ids, DataInputStream cps, Path folder, long total, Summary summary, StageMonitor monitor)
      throws IOException {
    try (CsvInput input = CsvInput.open(ids, ids.toString());
        CsvOutput csv =
            CsvOutput.create(
                folder.resolve(PredictSpec.Format.CSV.file()),
                List.of("sample_id", "split", "cps"))) {
      input.require("sample_id");
      input.require("split");
      input.forEach(
          row -> {
            try {
              float value = cps.readFloat();
              summary.add(value);
              csv.row(row.get("sample_id"), row.get("split"), Float.toString(value));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            if (summary.count % ROWS_PER_REPORT == 0) {
              report(monitor, "writes ", summary.count, total);
            }
          });
    }
    if (summary.count != total) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          String.format("%s has %d rows, the embeddings %d", ids, summary.count, total));
    }
  }

  private static void writeNpy(
      DataInputStream cps, Path folder, long total, Summary summary, StageMonitor monitor)
      throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(
                Files.newOutputStream(folder.resolve(PredictSpec.Format.NPY.file())), 1 << 16))) {
      NpyHeader.write(out, "<f4", List.of(total));
      for (long row = 0; row < total; row++) {
        float value = cps.readFloat();
        summary.add(value);
        out.writeInt(Integer.reverseBytes(Float.floatToRawIntBits(value)));
        if (summary.count % ROWS_PER_REPORT == 0) {
          report(monitor, "writes ", summary.count, total);
        }
      }
    }
  }

  /** Of all predictions the mean, of an even choice the percentiles. */
  private static final class Summary {
    private final int step;
    private final float[] chosen;
    private double sum;
    private long count;

    Summary(long total) {
      step = (int) ((total + MOST_SORTED - 1) / MOST_SORTED);
      chosen = new float[(int) ((total + step - 1) / step)];
    }

    void add(float value) {
      if (count % step == 0) {
        chosen[(int) (count / step)] = value;
      }
      sum += value;
      count++;
    }

    double mean() {
      return sum / count;
    }

    PredictFacts.Percentiles percentiles() {
      Arrays.sort(chosen);
      return new PredictFacts.Percentiles(at(0.01), at(0.05), at(0.5), at(0.95), at(0.99));
    }

    private double at(double share) {
      return chosen[(int) Math.round(share * (chosen.length - 1))];
    }
  }

  /** Copies the predictions to where the run wants them; called again, it does the same again. */
  String deliver(DeliveryRequest request, StageMonitor monitor) throws IOException {
    Path target = workspace.writable(OUT, request.out());
    Path made = store.open(request.predictions()).resolve(request.format().file());
    Files.createDirectories(target.getParent());
    try (AttemptFolder attempt = AttemptFolder.begin(target.getParent(), ATTEMPT)) {
      Path copy = attempt.path().resolve(request.format().file());
      monitor.progress("writes " + request.out(), 0, 0);
      Files.copy(made, copy);
      monitor.requireCurrent();
      Durable.replace(copy, target);
    }
    return target.startsWith(workspace.root()) ? workspace.relative(target) : target.toString();
  }
}
