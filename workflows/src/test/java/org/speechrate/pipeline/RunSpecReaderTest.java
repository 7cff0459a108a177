package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.pipeline.training.TrainingSpec;

class RunSpecReaderTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n", "{}"})
  void nothingTrainsOnTheBundledSample(String input) {
    RunSpec spec = RunSpecReader.read(input);

    assertThat(spec.corpus().root()).contains("data/sample/corpus");
    assertThat(spec.corpus().splits())
        .isEqualTo(Map.of("train", "train-clean-100", "dev", "dev-clean", "test", "test-clean"));
    assertThat(spec.labels().directory()).isEmpty();
    assertThat(spec.embeddings())
        .isEqualTo(EmbeddingsSpec.ofAudio(Optional.empty(), "data/sample/encoder"));
    assertThat(spec.dataset().onMissing()).isEqualTo(DatasetSpec.OnMissing.FAIL);
    assertThat(spec.training().title()).isEqualTo("default");
    assertThat(spec.publishing())
        .isEqualTo(new PublishingSpec("speech-rate", PublishingSpec.Gate.BETTER_THAN_MEAN));
    assertThat(spec.reuse()).isTrue();
  }

  @Test
  void theFileOfThePythonSystemIsWrittenWhereAsked() {
    assertThat(
            RunSpecReader.read("{\"publishing\": {\"alsoWrite\": \"models/regression_model.pt\"}}")
                .publishing()
                .alsoWrite())
        .contains("models/regression_model.pt");
  }

  @Test
  void aManifestStandsForARoot() {
    RunSpec spec =
        RunSpecReader.read(
            "{\"corpus\": {\"manifest\": \"m.csv\"}, \"embeddings\": {\"path\": \"x.npz\"}}");

    assertThat(spec.corpus().manifest()).contains("m.csv");
    assertThat(spec.corpus().path()).contains("m.csv");
    assertThat(spec.corpus().root()).isEmpty();
    assertThat(spec.corpus().splits()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"source\": \"audio\", "})
  void anEncoderMakesEmbeddingsOfTheCorpus(String source) {
    RunSpec spec =
        RunSpecReader.read(
            "{\"corpus\": {\"root\": \"c\"}, \"embeddings\": {" + source + "\"encoder\": \"e\"}}");

    assertThat(spec.embeddings()).isEqualTo(EmbeddingsSpec.ofAudio(Optional.empty(), "e"));
  }

  @Test
  void readsEveryField() {
    RunSpec spec =
        RunSpecReader.read(
            """
            {"corpus": {"root": "c", "splits": {"train": "a", "dev": "b", "test": "c"},
                        "durations": "milliseconds", "threads": 3},
             "labels": {"directory": "l"},
             "embeddings": {"source": "matrix", "path": "x.npy", "ids": "ids.csv"},
             "dataset": {"onMissing": "drop", "onSpeakerOverlap": "warn", "speakerFrom": "voice"},
             "training": {"recipe": "reference", "hidden": [64, 32], "epochs": 100, "batchSize": 8,
                          "learningRate": 1e-3, "weightDecay": 0.5, "patience": 7,
                          "standardizeTargets": true, "scaleInputs": true,
                          "activation": "gelu", "linearPath": true, "dropout": 0.25,
                          "clipNorm": 1.5, "loss": "huber", "huberDelta": 2,
                          "schedule": "cosine", "warmupEpochs": 3,
                          "ridgeStart": true, "shiftByDev": true, "ensemble": 4,
                          "crossValidation": 3, "seed": 5, "device": "cpu"},
             "publishing": {"model": "mine", "gate": "always", "onlyNew": true},
             "reuse": false}
            """);

    assertThat(spec.corpus().root()).contains("c");
    assertThat(spec.corpus().splits()).isEqualTo(Map.of("train", "a", "dev", "b", "test", "c"));
    assertThat(spec.corpus().durations()).isEqualTo(CorpusSpec.Durations.MILLISECONDS);
    assertThat(spec.corpus().threads()).contains(3);
    assertThat(spec.labels().directory()).contains("l");
    assertThat(spec.embeddings())
        .isEqualTo(
            new EmbeddingsSpec(
                EmbeddingsSpec.Source.MATRIX, Optional.of("x.npy"), Optional.of("ids.csv")));
    assertThat(spec.dataset())
        .isEqualTo(
            new DatasetSpec(
                DatasetSpec.OnMissing.DROP,
                DatasetSpec.OnSpeakerOverlap.WARN,
                Optional.of("voice")));
    TrainingSpec training = spec.training();
    assertThat(training.hidden()).isEqualTo(List.of(64, 32));
    assertThat(training.epochs()).isEqualTo(100);
    assertThat(training.batchSize()).isEqualTo(8);
    assertThat(training.learningRate()).isEqualTo(1e-3);
    assertThat(training.weightDecay()).isEqualTo(0.5);
    assertThat(training.patience()).isEqualTo(7);
    assertThat(training.standardizeTargets()).isTrue();
    assertThat(training.scaleInputs()).isTrue();
    assertThat(training.activation()).isEqualTo(TrainingSpec.Activation.GELU);
    assertThat(training.linearPath()).isTrue();
    assertThat(training.dropout()).isEqualTo(0.25);
    assertThat(training.clipNorm()).isEqualTo(1.5);
    assertThat(training.loss()).isEqualTo(TrainingSpec.Loss.HUBER);
    assertThat(training.huberDelta()).isEqualTo(2);
    assertThat(training.schedule()).isEqualTo(TrainingSpec.Schedule.COSINE);
    assertThat(training.warmupEpochs()).isEqualTo(3);
    assertThat(training.ridgeStart()).isTrue();
    assertThat(training.shiftByDev()).isTrue();
    assertThat(training.ensemble()).isEqualTo(4);
    assertThat(training.crossValidation()).isEqualTo(3);
    assertThat(training.title())
        .endsWith(
            "activation gelu, linearPath true, dropout 0.25, clipNorm 1.5, loss huber, huberDelta"
                + " 2.0, schedule cosine, warmupEpochs 3, ridgeStart true, shiftByDev true, ensemble 4");
    assertThat(training.seed()).isEqualTo(5);
    assertThat(training.device()).isEqualTo(TrainingSpec.Device.CPU);
    assertThat(spec.publishing())
        .isEqualTo(
            new PublishingSpec(
                "mine", PublishingSpec.Gate.ALWAYS, true, 0, false, 72, Optional.empty()));
    assertThat(spec.reuse()).isFalse();
  }

  @Test
  void aRecipeWithOverridesIsShownAsModified() {
    assertThat(
            RunSpecReader.read("{\"training\": {\"recipe\": \"reference\", \"epochs\": 100}}")
                .training()
                .title())
        .isEqualTo("reference, modified: epochs 100");
  }

  @Test
  void anOverrideWithTheRecipesOwnValueModifiesNothing() {
    assertThat(
            RunSpecReader.read(
                    "{\"training\": {\"recipe\": \"reference\", \"epochs\": 10, \"seed\": 3}}")
                .training()
                .title())
        .isEqualTo("reference");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"20\"", "20.9", "20.0", "null", "0", "-1", "100001", "1e3", "[20]", "{}"})
  void epochsMustBeAWholeNumberInRange(String value) {
    assertRefused(
        "{\"training\": {\"epochs\": " + value + "}}",
        "training.epochs must be a whole number from 1 to 100000, got "
            + (value.equals("1e3") ? "1000.0" : value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"training\": {\"epoch\": 3}} | training.epoch is not a known field; known here: recipe,"
            + " hidden, epochs, batchSize, learningRate, weightDecay, patience, standardizeTargets,"
            + " scaleInputs, activation, linearPath, dropout, clipNorm, loss, huberDelta,"
            + " schedule, warmupEpochs, ridgeStart, shiftByDev, ensemble, crossValidation, seed, device",
        "{\"training\": {\"crossValidation\": 2}} | training.crossValidation must be 0 or at least 3,"
            + " as each fold's training takes another one as its dev split, got 2",
        "{\"training\": {\"hidden\": [4096, 8], \"ensemble\": 3}} | training.ensemble times the"
            + " widest of several training.hidden must be at most 8192, as the networks become one"
            + " model, got 3 times 4096; training.ensemble 1 trains one network",
        "{\"training\": {\"activation\": \"ReLU\"}} | training.activation must be one of"
            + " \"relu\", \"gelu\", \"tanh\", got \"ReLU\"",
        "{\"training\": {\"dropout\": 1}} | training.dropout must be a number from 0 to 0.95, got"
            + " 1",
        "{\"training\": {\"huberDelta\": 2}} | training.huberDelta has no meaning where"
            + " training.loss is \"mse\"; it belongs to \"huber\"",
        "{\"training\": {\"epochs\": 5, \"warmupEpochs\": 5}} | training.warmupEpochs must be"
            + " below training.epochs, 5, got 5",
        "{\"trainin\": {}} | trainin is not a known field; known here: corpus, labels, embeddings,"
            + " dataset, training, evaluation, publishing, reuse",
        "{\"evaluation\": {\"bootstrap\": 9}} | evaluation.bootstrap must be at least 100, or 0 for"
            + " no intervals, got 9",
        "{\"evaluation\": {\"bootstrap\": 20001}} | evaluation.bootstrap must be a whole number from"
            + " 0 to 20000, got 20001",
        "{\"evaluation\": {\"rounds\": 9}} | evaluation.rounds is not a known field; known here:"
            + " bootstrap",
        "{\"training\": {\"learningRate\": 0}} | training.learningRate must be a number above 0"
            + " and at most 10, got 0",
        "{\"training\": {\"learningRate\": \"fast\"}} | training.learningRate must be a number above"
            + " 0 and at most 10, got \"fast\"",
        "{\"training\": {\"hidden\": []}} | training.hidden must be a list of 1 to 8 whole numbers"
            + " such as [128], got []",
        "{\"training\": {\"hidden\": [128, 0]}} | training.hidden[1] must be a whole number from 1"
            + " to 8192, got 0",
        "{\"training\": {\"recipe\": \"best\"}} | training.recipe must be one of \"default\", \"network\","
            + " \"reference\", got \"best\"",
        "{\"a\\nb\": 1} | \"a\\nb\" is not a known field; known here: corpus, labels, embeddings,"
            + " dataset, training, evaluation, publishing, reuse",
        "{\"training\": 3} | training must be an object, got 3",
        "{\"reuse\": 1} | reuse must be true or false, got 1",
        "{\"embeddings\": {\"source\": \"hdf5\", \"path\": \"x\"}} | embeddings.source must be one"
            + " of \"auto\", \"numpy-dict\", \"matrix\", \"npz\","
            + " \"npy-directory\", \"kaldi\", \"chroma\", \"audio\", got \"hdf5\"",
        "{\"corpus\": {\"root\": \"c\"}, \"embeddings\": {\"source\": \"audio\"}} |"
            + " embeddings.encoder is needed where embeddings.source is \"audio\": an encoder's"
            + " folder, or its name below models/encoders/",
        "{\"corpus\": {\"root\": \"c\"}, \"embeddings\": {\"encoder\": \"e\", \"path\": \"x\"}} |"
            + " embeddings.path has no meaning where embeddings are made from the corpus' audio, by"
            + " embeddings.encoder; give the one or the other",
        "{\"corpus\": {\"root\": \"c\"}, \"embeddings\": {\"source\": \"npz\", \"path\": \"x\","
            + " \"encoder\": \"e\"}} | embeddings.encoder has a meaning only where embeddings.source"
            + " is \"audio\"",
        "{\"labels\": {\"directory\": \"l\"}, \"embeddings\": {\"encoder\": \"e\"}} | corpus.root or"
            + " corpus.manifest is needed where embeddings.source is \"audio\": its utterances are"
            + " encoded",
        "{\"embeddings\": {\"source\": \"chroma\"}} | embeddings.url is needed where"
            + " embeddings.source is \"chroma\", such as http://127.0.0.1:8000",
        "{\"embeddings\": {\"url\": \"http://localhost\", \"path\": \"x\"}} | embeddings.path has no"
            + " meaning where embeddings come from ChromaDB, at embeddings.url; give the one or the"
            + " other",
        "{\"embeddings\": {\"source\": \"npz\", \"path\": \"x\", \"url\": \"http://localhost\"}} |"
            + " embeddings.url has a meaning only where embeddings.source is \"chroma\"",
        "{\"embeddings\": {\"path\": \"x\", \"tokenFrom\": \"T\"}} | embeddings.tokenFrom has a meaning"
            + " only where embeddings.source is \"chroma\", with embeddings.url",
        "{\"embeddings\": {\"collection\": \"speed\"}} | embeddings.collection has a meaning only"
            + " where embeddings.source is \"chroma\", with embeddings.url",
        "{\"embeddings\": {\"url\": \"http://localhost\", \"collection\": \"../x\"}} |"
            + " embeddings.collection must have 3 to 512 of a-z, A-Z, 0-9, ., _ and -, and begin and"
            + " end with a letter or digit, got \"../x\"",
        "{\"embeddings\": {\"url\": \"http://localhost\", \"tokenFrom\": \"s3cret\"}} |"
            + " embeddings.tokenFrom must be the name of an environment variable of the worker, of"
            + " A-Z, 0-9 and _, such as CHROMA_TOKEN; never the token itself",
        "{\"embeddings\": {\"source\": \"kaldi\", \"path\": \"x\", \"array\": \"a\"}} |"
            + " embeddings.array has a meaning only where embeddings.source is \"npz\": the name of"
            + " its array (n, d)",
        "{\"embeddings\": {\"source\": \"npy-directory\", \"path\": \"x\", \"ids\": \"i\"}} |"
            + " embeddings.ids has no meaning where embeddings.source is \"npy-directory\", which"
            + " holds its own ids",
        "{\"embeddings\": {\"source\": \"npz\", \"path\": \"x\", \"ids\": \"i\"}} | embeddings.ids has"
            + " no meaning where embeddings.source is \"npz\", which holds its own ids",
        "{\"embeddings\": {\"source\": \"matrix\", \"path\": \"x.npy\"}} | embeddings.ids is needed"
            + " where embeddings.source is \"matrix\": a CSV with the column sample_id, row i naming"
            + " row i of the matrix",
        "{\"labels\": {\"directory\": \"l\"}} | embeddings.path is needed where one of corpus,"
            + " labels and embeddings is given",
        "{\"embeddings\": {\"path\": \"x\"}} | labels.directory, corpus.root or corpus.manifest is"
            + " needed where one of corpus, labels and embeddings is given: labels are read from the"
            + " first or made from the others",
        "{\"corpus\": {\"manifest\": \"m\", \"splits\": {}}} | corpus.splits has no meaning beside"
            + " corpus.manifest, whose column split names the splits",
        "{\"corpus\": {\"root\": \"c\", \"threads\": 0}} | corpus.threads must be a whole number from"
            + " 1 to 256, got 0",
        "{\"labels\": {\"directory\": \" \"}} | labels.directory must be a text that is not empty"
            + " and has no control characters, got \" \"",
        "{\"corpus\": {\"root\": \"c\", \"splits\": {\"train\": \"a\", \"dev\": \"b\"}}} |"
            + " corpus.splits must name the folders of train, dev and test; test is missing",
        "{\"corpus\": {\"root\": \"c\", \"splits\": {\"train\": \"../a\", \"dev\": \"b\", \"test\":"
            + " \"c\"}}} | corpus.splits.train must be the name of one folder below corpus.root, got"
            + " \"../a\"",
        "{\"corpus\": {\"root\": \"c\", \"splits\": {\"train\": \"a\", \"dev\": \"a\", \"test\":"
            + " \"c\"}}} | corpus.splits must name three different folders, got {dev=a, test=c,"
            + " train=a}",
        "{\"publishing\": {\"gates\": \"better\"}} | publishing.gates is not a known field; known here:"
            + " model, gate, onlyNew, margin, approval, approvalDeadlineHours, alsoWrite",
        "{\"publishing\": {\"gate\": \"best\"}} | publishing.gate must be one of \"better-than-mean\","
            + " \"better\", \"always\", got \"best\"",
        "{\"publishing\": {\"margin\": 0.1}} | publishing.margin has a meaning only where"
            + " publishing.gate is \"better\"",
        "{\"publishing\": {\"gate\": \"better\", \"margin\": 1}} | publishing.margin must be a number"
            + " from 0 to 0.98, got 1",
        "{\"publishing\": {\"gate\": \"better\"}, \"evaluation\": {\"bootstrap\": 0}} |"
            + " publishing.gate \"better\" needs evaluation.bootstrap to be at least 100:"
            + " it compares with the champion by an interval, got 0",
        "{\"publishing\": {\"approval\": \"yes\"}} | publishing.approval must be true or false, got"
            + " \"yes\"",
        "{\"publishing\": {\"approvalDeadlineHours\": 5}} | publishing.approvalDeadlineHours has a"
            + " meaning only where publishing.approval is true",
        "{\"publishing\": {\"approval\": true, \"approvalDeadlineHours\": 0}} |"
            + " publishing.approvalDeadlineHours must be a whole number from 1 to 8760, got 0",
        "{\"publishing\": {\"model\": \"../up\"}} | publishing.model must be 1 to 64 of a-z, 0-9, -"
            + " and _, begin with a letter or digit, and not be one of [encoders, src, target], got \"../up\"",
        "{\"publishing\": {\"model\": \"src\"}} | publishing.model must be 1 to 64 of a-z, 0-9, -"
            + " and _, begin with a letter or digit, and not be one of [encoders, src, target], got \"src\"",
        "{\"publishing\": {\"alsoWrite\": \"run.sh\"}} | publishing.alsoWrite must name a file that"
            + " ends with .pt, such as models/regression_model.pt, got \"run.sh\"",
        "{\"publishing\": {\"alsoWrite\": \"a.pt\"}, \"training\": {\"hidden\": [8, 4]}} |"
            + " publishing.alsoWrite writes the Python system's model, which has one hidden layer"
            + " and ReLU; training.hidden must be one width, got [8, 4], and training.activation"
            + " \"relu\", got \"relu\"",
        "{\"publishing\": {\"alsoWrite\": \"a.pt\"}, \"training\": {\"activation\": \"tanh\"}} |"
            + " publishing.alsoWrite writes the Python system's model, which has one hidden layer"
            + " and ReLU; training.hidden must be one width, got [128], and training.activation"
            + " \"relu\", got \"tanh\"",
        "[1, 2] | the input must be one JSON object such as {\"training\": {\"epochs\": 20}}, got"
            + " [1,2]",
        "\"train it\" | the input must be one JSON object such as {\"training\": {\"epochs\": 20}},"
            + " got \"train it\"",
        "null | the input must be one JSON object such as {\"training\": {\"epochs\": 20}}, got null",
      })
  void refusesInOneLine(String input, String message) {
    assertRefused(input, message);
  }

  @Test
  void plainTextIsNoJson() {
    assertThatThrownBy(() -> RunSpecReader.read("train please"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("the input is not valid JSON at line 1, column 6: ")
        .hasMessageEndingWith("it takes one object such as {\"training\": {\"epochs\": 20}}")
        .message()
        .hasLineCount(1);
  }

  @Test
  void aFieldThatStandsTwiceIsRefused() {
    assertThatThrownBy(() -> RunSpecReader.read("{\"training\": {\"epochs\": 2, \"epochs\": 3}}"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("Duplicate field 'epochs'");
  }

  @Test
  void somethingBehindTheObjectIsRefused() {
    assertThatThrownBy(() -> RunSpecReader.read("{} {}"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("the input is not valid JSON");
  }

  @Test
  void aLongValueIsShownInPart() {
    assertThatThrownBy(() -> RunSpecReader.read("{\"reuse\": \"" + "x".repeat(5000) + "\"}"))
        .message()
        .hasSizeLessThan(200)
        .endsWith("…");
  }

  @Test
  void aUrlAloneMeansChroma() {
    EmbeddingsSpec expected =
        new EmbeddingsSpec(
            EmbeddingsSpec.Source.CHROMA,
            Optional.empty(),
            Optional.empty(),
            Optional.of("https://chroma.example:8443/behind/a/proxy"),
            Optional.of("speed_embeddings"),
            Optional.of("CHROMA_TOKEN"));

    for (String source : List.of("auto", "chroma")) {
      assertThat(
              RunSpecReader.read(
                      "{\"labels\": {\"directory\": \"l\"}, \"embeddings\": {\"source\": \""
                          + source
                          + "\", \"url\": \"https://chroma.example:8443/behind/a/proxy\","
                          + " \"collection\": \"speed_embeddings\","
                          + " \"tokenFrom\": \"CHROMA_TOKEN\"}}")
                  .embeddings())
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:8000",
        "ftp://localhost",
        "http:///x",
        "http://:8000",
        "http://a b",
        "http://localhost:99999",
        "http://me:s3cret@localhost:8000",
        "http://s3cret@localhost",
        "http://localhost/?token=s3cret",
        "http://localhost/#s3cret"
      })
  void aUrlIsAServersAndIsNotShownAsItMayHoldAPassword(String url) {
    assertRefused(
        "{\"embeddings\": {\"url\": \"" + url + "\"}}",
        "embeddings.url must be http:// or https://, a host and where needed a port, such as"
            + " http://127.0.0.1:8000, without user, password, query and fragment");
  }

  private static void assertRefused(String input, String message) {
    assertThatThrownBy(() -> RunSpecReader.read(input))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID_SPEC))
        .hasMessage(message);
  }

  @Test
  void refusesWhatIsTooDeepOrLongInAShortLine() {
    assertThatThrownBy(() -> RunSpecReader.read("{\"a\":".repeat(10_000)))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("the input is not valid JSON");
    String name = "x".repeat(40_000);
    assertThatThrownBy(() -> RunSpecReader.read("{\"" + name + "\":1,\"" + name + "\":1}"))
        .isInstanceOf(Refusal.class)
        .message()
        .hasSizeLessThan(500);
    assertThatThrownBy(() -> RunSpecReader.read("{\"publishing\":{\"model\":\"" + name + "\"}}"))
        .isInstanceOf(Refusal.class)
        .message()
        .hasSizeLessThan(500);
  }

  /** Temporal could not store it, and would try for ever. */
  @Test
  void refusesHalfACharacter() {
    assertThatThrownBy(() -> RunSpecReader.read("{\"labels\":{\"directory\":\"a\\ud800\"}}"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "labels.directory must be a text that is not empty and has no control characters, got"
                + " \"a?\"");
  }
}
