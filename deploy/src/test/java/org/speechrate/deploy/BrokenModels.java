package org.speechrate.deploy;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageFacts;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.predict.FoundModel;
import org.speechrate.pipeline.predict.ModelRequest;
import org.speechrate.pipeline.predict.PredictActivities;
import org.speechrate.pipeline.predict.PredictRequest;
import org.speechrate.pipeline.predict.PredictSpec;
import org.speechrate.pipeline.publishing.PublishingActivities;
import org.speechrate.pipeline.publishing.PublishingRequest;
import org.speechrate.pipeline.training.TrainingFacts;
import org.speechrate.predict.InputStatistics;
import org.speechrate.predict.PredictActivitiesImpl;
import org.speechrate.publishing.PublishingActivitiesImpl;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageKey;
import org.speechrate.store.Workspace;

/**
 * What goes wrong with models on the troubleshooting page, by the words that it has for each: at
 * the gate, in the registry, in what PyTorch saved, and in predicting.
 */
final class BrokenModels {
  private static final String V1 = "20260102T030405Z-0a1b2c3d";
  private static final String V2 = "20260103T030405Z-4e5f6071";

  /** Speakers of the labels' train and dev splits. */
  private static final List<String> HEARD = List.of("84", "174");

  private final Map<String, TroubleshootingTest.Attempt> attempts = new LinkedHashMap<>();

  private BrokenModels() {
    gate();
    registry();
    imports();
    predict();
  }

  static Map<String, TroubleshootingTest.Attempt> all() {
    return Collections.unmodifiableMap(new BrokenModels().attempts);
  }

  private interface Champion {
    void publish(GoodInputs in) throws Exception;
  }

  /** A model that is better than the mean, and this champion. */
  private void better(String what, Champion champion) {
    attempts.put(
        what,
        in -> {
          champion.publish(in);
          return decided(in, "{\"gate\": \"better\"}", 2.6);
        });
  }

  private void gate() {
    attempts.put("a model that is no better than the mean", in -> decided(in, "{}", 5.2));
    better("a champion of another dimension", in -> publish(in, V1, 2, 1, HEARD));
    better("a champion whose speakers nobody knows", in -> publish(in, V1, 4, 1, List.of()));
    better(
        "a champion that has heard the test speakers",
        in -> publish(in, V1, 4, 1, List.of("84", "61")));
    better(
        "a champion of another encoder",
        in -> {
          Path folder = publish(in, V1, 4, 1, HEARD);
          Files.write(folder.resolve(InputStatistics.FILE), ofOtherEmbeddings());
        });
    better("one test speaker alone", in -> publish(in, V1, 4, 1, HEARD));
  }

  private void registry() {
    command("a version that is not named", "models promote speech-rate");
    command("the champion once more", "models promote speech-rate@" + V2);
    command("no champion before", "models rollback speech-rate");
    command("a model that is not there", "models rollback fast");
    command("a report of nothing", "report fast");
    attempts.put(
        "a file that cannot follow the champion",
        in -> {
          publish(in, V1, 4, 1, HEARD);
          Files.write(
              in.file("models/speech-rate/" + V1 + "/provenance.json"),
              Json.write(
                  Map.of("spec", Map.of("publishing", Map.of("alsoWrite", "/python/old.pt")))));
          return lastLine(in, "models", "promote", "speech-rate@" + V1, "--who", "A", "--why", "b");
        });
  }

  private void command(String what, String words) {
    attempts.put(
        what,
        in -> {
          publish(in, V1, 4, 1, HEARD);
          publish(in, V2, 4, 1, HEARD);
          lastLine(in, "models", "promote", "speech-rate@" + V2, "--who", "Ana", "--why", "best");
          List<String> all = new ArrayList<>(List.of(words.split(" ")));
          if (words.startsWith("models")) {
            all.addAll(List.of("--who", "Ana", "--why", "worse"));
          }
          return lastLine(in, all.toArray(String[]::new));
        });
  }

  private static String lastLine(GoodInputs in, String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--workspace";
    all[words.length + 1] = in.root().toString();
    SpeechrateCommand.run(terminal.terminal(), all);
    return terminal.err().strip();
  }

  private void imports() {
    golden("a model file that runs a program", "malicious.pt");
    golden("a model with another activation", "sigmoid.pt");
    golden("a model of PyTorch before 1.6", "old.pt");
    golden("a TorchScript model", "torchscript.pt");
    golden("a checkpoint of a training", "checkpoint.pt");
    golden("layers without an activation between them", "no_activation.pt");
    golden("an activation for a model that tells it", "probing.pt", "--activation", "tanh");
    attempts.put(
        "a model file that was damaged",
        in -> {
          byte[] file = torch("probing.pt");
          // Of the first weight's bytes, behind the pickle.
          int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("\0\0 \u00bf");
          file[at]++;
          return imported(in, file);
        });
  }

  private void golden(String what, String name, String... options) {
    attempts.put(what, in -> imported(in, torch(name), options));
  }

  private static byte[] torch(String name) throws IOException {
    return Files.readAllBytes(
        Tools.repository().resolve("activities/src/test/resources/torch/" + name));
  }

  private static String imported(GoodInputs in, byte[] file, String... options) throws IOException {
    in.bytes("my/model.pt", file);
    List<String> words = new ArrayList<>(List.of("models", "import"));
    words.add(in.file("my/model.pt").toString());
    words.addAll(List.of("--name", "python"));
    words.addAll(List.of(options));
    return lastLine(in, words.toArray(String[]::new));
  }

  private void predict() {
    attempts.put("predicting with a model that is not there", in -> predicted(in, "fast"));
    attempts.put(
        "a version that somebody changed",
        in -> {
          Path folder = publish(in, V1, 4, 1, HEARD);
          Files.write(folder.resolve("model.safetensors"), weights(4, 2).toBytes());
          return predicted(in, "speech-rate");
        });
    attempts.put(
        "embeddings of another dimension",
        in -> {
          publish(in, V1, 2, 1, HEARD);
          return predicted(in, "speech-rate");
        });
    attempts.put(
        "embeddings that are unlike those of the training",
        in -> {
          Path folder = publish(in, V1, 4, 1, HEARD);
          Files.write(folder.resolve(InputStatistics.FILE), ofOtherEmbeddings());
          hash(folder);
          return predicted(in, "speech-rate");
        });
  }

  /** Of length 1, which the matrix' are not. */
  private static byte[] ofOtherEmbeddings() {
    return Json.write(
        new InputStatistics(
            9,
            new InputStatistics.Norms(1, 0.98, 1.02),
            Collections.nCopies(4, 0.5f),
            Collections.nCopies(4, 1f)));
  }

  /** Letters a second are the embedding's first value, plus {@code bias}. */
  private static SafeTensors weights(int dimension, float bias) {
    float[] values = new float[dimension];
    values[0] = 1;
    return new SafeTensors(
        Map.of(
            "fc1.weight", new Tensor(List.of(1, dimension), values),
            "fc1.bias", new Tensor(List.of(1), new float[] {bias})),
        Map.of());
  }

  /** A version as it lies there, made elsewhere. */
  private static Path publish(
      GoodInputs in, String version, int dimension, float bias, List<String> heard)
      throws IOException {
    Path folder = Files.createDirectories(in.file("models/speech-rate/" + version));
    Files.write(folder.resolve("model.safetensors"), weights(dimension, bias).toBytes());
    if (!heard.isEmpty()) {
      Files.writeString(
          folder.resolve("speakers.csv"), "speaker_id\n" + String.join("\n", heard) + "\n");
    }
    hash(folder);
    return folder;
  }

  private static void hash(Path folder) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    for (String name : List.of("model.safetensors", InputStatistics.FILE)) {
      if (Files.exists(folder.resolve(name))) {
        hashes.put(name, SourceHashes.hash(folder.resolve(name)));
      }
    }
    Files.write(folder.resolve("provenance.json"), Json.write(Map.of("files", hashes)));
  }

  /** Why a model was published or not, by a run on labels and matrix. */
  private static String decided(GoodInputs in, String publishing, double mse) throws Exception {
    Workspace workspace = Workspace.open(in.root(), List.of());
    var spec = RunSpecReader.read(GoodInputs.withMatrix(", \"publishing\": " + publishing));
    PlainStages.Joined joined = PlainStages.run(workspace, spec);
    SplitMetrics test = new SplitMetrics(2, mse, 1, Optional.of(0.4), Optional.empty(), 4.25, 1.65);
    TrainingFacts trained =
        new TrainingFacts(1, 1, 1, "all 1 epochs trained", "cpu", "PyTorch", List.of());
    EvaluationFacts evaluated =
        new EvaluationFacts(Map.of("test", test), mse < 4.25, "one sentence");
    PublishingRequest request =
        new PublishingRequest(
            workspace.id(),
            V2,
            spec,
            Optional.empty(),
            joined.labels(),
            joined.embeddings().artifact(),
            joined.dataset().artifact(),
            made(joined, Stage.TRAINING, "weights.safetensors", weights(4, 10).toBytes(), trained),
            made(joined, Stage.EVALUATION, "metrics.json", new byte[] {'{', '}'}, evaluated),
            joined.dataset().facts(),
            trained,
            evaluated,
            Optional.empty());
    TestActivityEnvironment environment = TestActivityEnvironment.newInstance();
    try {
      environment.registerActivitiesImplementations(
          new PublishingActivitiesImpl(StageRunner.withoutTemporal(workspace), workspace));
      return environment.newActivityStub(PublishingActivities.class).publishModel(request).reason();
    } finally {
      environment.close();
    }
  }

  private static <F extends StageFacts> Artifact made(
      PlainStages.Joined joined, Stage stage, String file, byte[] content, F facts)
      throws IOException {
    @SuppressWarnings("unchecked")
    Class<F> type = (Class<F>) facts.getClass();
    return joined
        .store()
        .commit(
            new StageKey(stage, 1, Map.of(), Map.of()),
            false,
            type,
            folder -> {
              Files.write(folder.resolve(file), content);
              return facts;
            })
        .artifact();
  }

  /** What predicting the matrix fails with, or warns of. */
  private static String predicted(GoodInputs in, String model) throws Exception {
    Workspace workspace = Workspace.open(in.root(), List.of());
    PlainStages.Joined joined =
        PlainStages.run(workspace, RunSpecReader.read(GoodInputs.withMatrix("")));
    TestActivityEnvironment environment = TestActivityEnvironment.newInstance();
    try {
      environment.registerActivitiesImplementations(
          new PredictActivitiesImpl(
              StageRunner.withoutTemporal(workspace),
              workspace,
              joined.store(),
              new SourceHashes(in.file("data/hashes.json"))));
      PredictActivities stage = environment.newActivityStub(PredictActivities.class);
      FoundModel found = stage.findModel(new ModelRequest(workspace.id(), model, Optional.empty()));
      return stage
          .predict(
              new PredictRequest(
                  workspace.id(),
                  true,
                  found,
                  joined.embeddings().artifact(),
                  PredictSpec.Format.CSV))
          .facts()
          .warning()
          .orElse("nothing was wrong");
    } catch (ActivityFailure failure) {
      return ((ApplicationFailure) failure.getCause()).getOriginalMessage();
    } finally {
      environment.close();
    }
  }
}
