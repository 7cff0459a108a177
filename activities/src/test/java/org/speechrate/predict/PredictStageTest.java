package org.speechrate.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageResult;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.predict.DeliveryRequest;
import org.speechrate.pipeline.predict.FoundModel;
import org.speechrate.pipeline.predict.ModelRequest;
import org.speechrate.pipeline.predict.PredictFacts;
import org.speechrate.pipeline.predict.PredictRequest;
import org.speechrate.pipeline.predict.PredictSpec.Format;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.Workspace;
import org.speechrate.training.TestStages;

class PredictStageTest {
  private static final int DIMENSION = 1024;

  /** Two blocks, and a little more. */
  private static final int ROWS = 2300;

  @TempDir Path root;
  @TempDir Path elsewhere;

  private final SafeTensors weights = TorchModelTest.weights("relu", false, DIMENSION, 8, 1);
  private Workspace workspace;
  private FolderStageStore store;
  private PredictStage stage;
  private float[][] rows;

  @BeforeEach
  void open() throws Exception {
    workspace = Workspace.open(root, List.of(), List.of(elsewhere));
    SourceHashes sources = new SourceHashes(root.resolve("data/stages/.source-hashes.json"));
    store = new FolderStageStore(workspace, sources);
    stage = new PredictStage(workspace, store, sources, Duration.ZERO);
    rows = rows(ROWS, 1);
    publish("v1");
  }

  private static float[][] rows(int count, double scale) {
    Random random = new Random(5);
    float[][] matrix = new float[count][DIMENSION];
    for (float[] row : matrix) {
      for (int i = 0; i < DIMENSION; i++) {
        row[i] = (float) (scale * random.nextGaussian());
      }
    }
    return matrix;
  }

  private Path publish(String version) throws Exception {
    Path folder = Files.createDirectories(root.resolve("models/m").resolve(version));
    Map<String, byte[]> files = new TreeMap<>();
    files.put(
        SpeechRateModel.FILE,
        new SafeTensors(
                weights.tensors(), Map.of(SpeechRateModel.ACTIVATION, "relu", "version", version))
            .toBytes());
    Path x = Files.write(root.resolve("trained.npy"), TestStages.npy(rows(50, 1)));
    Path samples = root.resolve("samples.csv");
    Files.writeString(samples, "row,sample_id,split,speaker_id,cps\n");
    for (int i = 0; i < 50; i++) {
      Files.writeString(
          samples, i + ",s" + i + ",train,p,9\n", java.nio.file.StandardOpenOption.APPEND);
    }
    files.put(InputStatistics.FILE, Json.write(InputStatistics.ofTrainSplit(samples, x)));
    Map<String, String> hashes = new TreeMap<>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
      hashes.put(
          file.getKey(),
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file.getValue())));
    }
    Files.write(folder.resolve("provenance.json"), Json.write(Map.of("files", hashes)));
    return folder;
  }

  private Artifact embeddings(float[][] matrix) throws IOException {
    StringBuilder ids = new StringBuilder("sample_id,split,label\n");
    for (int i = 0; i < matrix.length; i++) {
      ids.append(i == 0 ? "\"a,\"\"b\"\"\"" : "id-" + i).append(i % 2 == 0 ? ",test,\n" : ",,\n");
    }
    return store
        .commit(
            new StageKey(
                Stage.EMBEDDINGS, 1, Map.of("x", Integer.toString(matrix.length)), Map.of()),
            false,
            EmbeddingFacts.class,
            folder -> {
              Files.write(folder.resolve("x.npy"), TestStages.npy(matrix));
              Files.writeString(folder.resolve("ids.csv"), ids);
              return new EmbeddingFacts("matrix", matrix.length, matrix[0].length);
            })
        .artifact();
  }

  private FoundModel find(String model) throws IOException {
    return stage.find(new ModelRequest(workspace.id(), model, Optional.empty()));
  }

  private StageResult<PredictFacts> predict(
      float[][] matrix, Format format, boolean reuse, StageMonitor monitor) throws IOException {
    return stage.predict(
        new PredictRequest(workspace.id(), reuse, find("m"), embeddings(matrix), format),
        root.resolve("data/runs/w/r"),
        monitor);
  }

  private StageResult<PredictFacts> predict(float[][] matrix, Format format) throws IOException {
    return predict(matrix, format, true, StageMonitor.silent());
  }

  private byte[] file(StageResult<PredictFacts> result, Format format) throws IOException {
    return Files.readAllBytes(store.open(result.artifact()).resolve(format.file()));
  }

  @Test
  void findsAVersionByNameAndByVersion() throws Exception {
    FoundModel model = find("m");

    assertThat(model.path()).isEqualTo("models/m/v1");
    assertThat(model.dimension()).isEqualTo(DIMENSION);
    publish("v2");
    assertThat(find("m").version()).isEqualTo("v2");
    assertThat(find("m@v1")).isEqualTo(model);
  }

  @Test
  void aTableHasEveryRowWithItsIdAndSplit() throws IOException {
    StageResult<PredictFacts> result = predict(rows, Format.CSV);
    List<String> lines =
        Files.readAllLines(store.open(result.artifact()).resolve(Format.CSV.file()));
    float[] expected = SpeechRateModel.of(weights).predict(rows);

    assertThat(lines).hasSize(ROWS + 1);
    assertThat(lines.get(0)).isEqualTo("sample_id,split,cps");
    assertThat(lines.get(1)).startsWith("\"a,\"\"b\"\"\",test,");
    assertThat(lines.get(2)).startsWith("id-1,,");
    double sum = 0;
    for (int i = 0; i < ROWS; i++) {
      String line = lines.get(i + 1);
      double cps = Double.parseDouble(line.substring(line.lastIndexOf(',') + 1));
      assertThat(cps).isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-5));
      sum += cps;
    }
    PredictFacts facts = result.facts();
    assertThat(facts.rows()).isEqualTo(ROWS);
    assertThat(facts.meanCps()).isCloseTo(sum / ROWS, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(facts.percentiles().p1()).isLessThan(facts.percentiles().p50());
    assertThat(facts.percentiles().p50()).isLessThan(facts.percentiles().p99());
    assertThat(facts.warning()).isEmpty();
    assertThat(facts.notChecked()).isEmpty();
    assertThat(predict(rows, Format.CSV).reused()).isTrue();
  }

  @Test
  void anArrayHasTheSameNumbers() throws IOException {
    byte[] npy = file(predict(rows, Format.NPY), Format.NPY);
    int data = npy.length - Float.BYTES * ROWS;

    assertThat(new String(npy, 0, data, java.nio.charset.StandardCharsets.ISO_8859_1))
        .contains("'descr': '<f4', 'fortran_order': False, 'shape': (2300,)");
    assertThat(data % 64).isZero();
    float[] expected = SpeechRateModel.of(weights).predict(rows);
    ByteBuffer values = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN).position(data);
    for (int i = 0; i < ROWS; i++) {
      assertThat(values.getFloat())
          .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-5f));
    }
  }

  /** Dies where its process would, and remembers what a next attempt would be told. */
  private static final class Attempt implements StageMonitor {
    private final Optional<Path> earlier;
    private final int dieAt;
    private final List<Long> reports = new ArrayList<>();
    private Optional<Path> checkpoint = Optional.empty();

    Attempt(Optional<Path> earlier, int dieAt) {
      this.earlier = earlier;
      this.dieAt = dieAt;
    }

    @Override
    public void progress(String text, long done, long total) {
      if (text.endsWith(" rows")) {
        reports.add(done);
      }
      if (done >= dieAt) {
        throw new IllegalStateException("killed");
      }
    }

    @Override
    public void progress(String text, long done, long total, List<EpochLoss> losses) {
      progress(text, done, total);
    }

    @Override
    public void checkpointed(Path file) {
      assertThat(file).exists();
      checkpoint = Optional.of(file);
    }

    @Override
    public Optional<Path> earlierCheckpoint() {
      return earlier;
    }

    @Override
    public boolean stopRequested() {
      return false;
    }

    @Override
    public boolean workerLeaving() {
      return false;
    }

    @Override
    public void requireCurrent() {}
  }

  @Test
  void aNextAttemptGoesOnAtTheLastFinishedBlock() throws IOException {
    byte[] whole = file(predict(rows, Format.NPY), Format.NPY);
    Attempt first = new Attempt(Optional.empty(), 2048);
    assertThatThrownBy(() -> predict(rows, Format.NPY, false, first)).hasMessage("killed");

    Attempt second = new Attempt(first.checkpoint, Integer.MAX_VALUE);
    StageResult<PredictFacts> result = predict(rows, Format.NPY, false, second);

    assertThat(first.reports).containsExactly(1024L, 2048L);
    assertThat(second.reports).startsWith((long) ROWS);
    assertThat(file(result, Format.NPY)).isEqualTo(whole);
    assertThat(result.facts().rows()).isEqualTo(ROWS);
  }

  @Test
  void whatAnotherModelOrADamagedFileLeftIsPredictedAgain() throws Exception {
    Attempt first = new Attempt(Optional.empty(), 2048);
    assertThatThrownBy(() -> predict(rows, Format.NPY, false, first)).hasMessage("killed");
    publish("v2");
    Attempt other = new Attempt(first.checkpoint, 1024);
    assertThatThrownBy(() -> predict(rows, Format.NPY, false, other)).hasMessage("killed");
    assertThat(other.reports).containsExactly(1024L);

    Path values =
        other
            .checkpoint
            .orElseThrow()
            .resolveSibling(
                other.checkpoint.orElseThrow().getFileName().toString().replace(".json", ".f32"));
    Files.write(values, new byte[5]);
    Attempt third = new Attempt(other.checkpoint, Integer.MAX_VALUE);
    predict(rows, Format.NPY, false, third);
    assertThat(third.reports.get(0)).isEqualTo(1024);
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() throws IOException {
    Path x = Files.write(root.resolve("x.npy"), TestStages.npy(rows));
    List<ByteBuffer> all = new ArrayList<>();
    for (int threads : new int[] {1, 2, 5}) {
      ByteBuffer cps = ByteBuffer.allocate(ROWS * Float.BYTES);
      new BlockPredictor(org.speechrate.embeddings.EmbeddingMatrix.open(x), threads)
          .predict(
              weights,
              0,
              block -> {
                for (float value : block) {
                  cps.putFloat(value);
                }
              });
      assertThat(cps.hasRemaining()).isFalse();
      all.add(cps.flip());
    }
    assertThat(all.get(1)).isEqualTo(all.get(0));
    assertThat(all.get(2)).isEqualTo(all.get(0));
  }

  @Test
  void warnsOfEmbeddingsOfAnotherKind() throws Exception {
    assertThat(predict(rows(40, 0.1), Format.CSV).facts().warning().orElseThrow())
        .startsWith(
            "the embeddings differ from those that the model was trained on: mean norm 3.2");

    Files.delete(root.resolve("models/m/v1/inputs.json"));
    PredictFacts facts = predict(rows(41, 0.1), Format.CSV).facts();
    assertThat(facts.warning()).isEmpty();
    assertThat(facts.notChecked().orElseThrow()).startsWith("this version does not tell");
  }

  @Test
  void refusesAModelThatIsNotThereOrWasChanged() throws Exception {
    assertThatThrownBy(() -> find("other"))
        .isInstanceOf(Refusal.class)
        .hasMessage("predict.model: there is no model \"other\"; published: m");
    assertThatThrownBy(() -> find("m@v9"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("model m has no version or alias v9");

    Path file = root.resolve("models/m/v1").resolve(SpeechRateModel.FILE);
    byte[] bytes = Files.readAllBytes(file);
    FoundModel before = find("m");
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> find("m"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(
            "models/m/v1/model.safetensors is not what was published: its sha256");
    Artifact embeddings = embeddings(rows(3, 1));
    assertThatThrownBy(
            () ->
                stage.predict(
                    new PredictRequest(workspace.id(), true, before, embeddings, Format.CSV),
                    root.resolve("data/runs/w/r"),
                    StageMonitor.silent()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("is not what was published");

    Files.delete(root.resolve("models/m/v1/provenance.json"));
    assertThatThrownBy(() -> find("m"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("models/m/v1/provenance.json is damaged or gone");
  }

  @Test
  void refusesEmbeddingsOfAnotherDimension() {
    assertThatThrownBy(() -> predict(new float[][] {{1, 2, 3}}, Format.CSV))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "models/m/v1 takes embeddings of 1024 values, these have 3; take those of the encoder"
                + " that it was trained on");
  }

  @Test
  void refusesWhatGivesNoNumber() {
    float[][] huge = rows(3, 1);
    java.util.Arrays.fill(huge[1], Float.MAX_VALUE);
    assertThatThrownBy(() -> predict(huge, Format.CSV))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("row 1 of the embeddings: a prediction must be finite");
  }

  @Test
  void deliversByOneRenameAndLeavesNothingElse() throws IOException {
    StageResult<PredictFacts> made = predict(rows(3, 1), Format.CSV);
    Path out = elsewhere.resolve("a/b/cps.csv");
    for (String target : List.of("my/cps.csv", out.toString())) {
      DeliveryRequest request =
          new DeliveryRequest(workspace.id(), made.artifact(), Format.CSV, target);
      assertThat(stage.deliver(request, StageMonitor.silent())).isEqualTo(target);
      Path file = root.resolve(target);
      Files.writeString(file, "what was there");
      stage.deliver(request, StageMonitor.silent());
      assertThat(Files.readAllBytes(file)).isEqualTo(file(made, Format.CSV));
      try (Stream<Path> beside = Files.list(file.getParent())) {
        assertThat(beside).containsExactly(file);
      }
    }
  }

  @Test
  void refusesAPlaceThatIsNotAllowedBeforeAnythingIsDone() throws IOException {
    Files.createDirectories(root.resolve("folder.csv"));
    Path link = Files.createSymbolicLink(root.resolve("link"), root.getParent());
    for (String out :
        List.of(
            "../cps.csv",
            "/cps.csv",
            link.getFileName() + "/cps.csv",
            "folder.csv",
            "models/m/v1/cps.csv",
            "data/stages/predict/cps.csv")) {
      assertThatThrownBy(() -> stage.find(new ModelRequest(workspace.id(), "m", Optional.of(out))))
          .as(out)
          .isInstanceOf(Refusal.class)
          .hasMessageStartingWith("predict.out: \"" + out);
    }
    assertThat(root.resolve("models/m/v1/cps.csv")).doesNotExist();
  }
}
