package org.speechrate.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.evaluation.EvaluationSpec;
import org.speechrate.pipeline.labels.LabelsSpec;
import org.speechrate.pipeline.publishing.PublishingSpec;
import org.speechrate.pipeline.training.Recipe;
import org.speechrate.pipeline.training.TrainingSpec;

/**
 * Reads what a user types: strictly, so that a slip of the pen fails the run at once instead of
 * training something else overnight. Unknown fields, wrong types (also {@code "20"}, {@code 20.9}
 * and {@code null} for a whole number), duplicate keys and values out of range are refused with one
 * line.
 */
public final class RunSpecReader {
  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final String EXAMPLE = "{\"training\": {\"epochs\": 20}}";
  private static final String SAMPLE_CORPUS = "data/sample/corpus";

  /** Folder of the bundled sample's encoder, in the workspace. */
  public static final String SAMPLE_ENCODER = "data/sample/encoder";

  /** The bundled sample's embeddings as its encoder makes them of its audio. */
  static final EmbeddingsSpec SAMPLE_BY_ENCODER =
      EmbeddingsSpec.ofAudio(Optional.empty(), SAMPLE_ENCODER);

  /** The same as vectors that were made before. */
  static final EmbeddingsSpec SAMPLE_VECTORS =
      new EmbeddingsSpec(
          EmbeddingsSpec.Source.NUMPY_DICT,
          Optional.of("data/sample/embeddings_npy"),
          Optional.empty());

  private static final SortedMap<String, String> LIBRISPEECH_SPLITS =
      new TreeMap<>(Map.of("train", "train-clean-100", "dev", "dev-clean", "test", "test-clean"));

  /** One folder's name: it becomes {@code models/<name>/}, on any file system. */
  private static final Pattern MODEL_NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

  private static final String CHROMA_URL = "http://127.0.0.1:8000";
  private static final int LARGEST_PORT = 65_535;

  /** ChromaDB's own rule. */
  private static final Pattern CHROMA_COLLECTION =
      Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]");

  /** Capitals alone, so that most tokens that somebody pastes here are seen to be none. */
  private static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]{0,63}");

  /** Folders of the source tree, and of encoders, that stand beside the models. */
  private static final Set<String> RESERVED_NAMES = Set.of("src", "target", "encoders");

  /**
   * The largest whole number that every JSON reader, the UI's among them, keeps exactly: 2^53 - 1.
   */
  private static final long LARGEST_EXACT = 9_007_199_254_740_991L;

  /** Threads beyond any number of cores help where a network disk is slow to answer. */
  private static final int MOST_THREADS = 256;

  /** The JSON reader's own line, and what is shown beside it, are short, but quote the input. */
  private static final int LONGEST_SHOWN = 300;

  /** Where more is left out, hardly anything is learnt. */
  private static final double MOST_DROPOUT = 0.95;

  /** Fewer rounds have no 2.5th percentile to speak of. */
  private static final int FEWEST_ROUNDS = 100;

  /** Beyond it an interval's ends hardly move. */
  private static final int MOST_ROUNDS = 20_000;

  private static final int MOST_NETWORKS = 100;

  /** Of neighbouring hidden layers, in the model that networks are joined to: 256 MiB a layer. */
  private static final int MOST_JOINED = 8192;

  private static final int FEWEST_FOLDS = 3;
  private static final int MOST_FOLDS = 100;

  /** A model with a fiftieth of the champion's MSE is something else than a better one. */
  private static final double MOST_MARGIN = 0.98;

  /** A year: what nobody has looked at until then nobody will. */
  private static final int MOST_DEADLINE_HOURS = 8760;

  private RunSpecReader() {}

  /**
   * Fills in every default; nothing, or {@code {}}, trains on the bundled sample.
   *
   * @throws Refusal if a rule is broken, of kind {@link Refusal.Kind#INVALID_SPEC}
   */
  public static RunSpec read(String json) {
    return read(new SpecNode("", parse(json)));
  }

  /**
   * @param ofSample asked where the bundled sample is meant
   */
  static RunSpec read(String json, Supplier<EmbeddingsSpec> ofSample) {
    return read(new SpecNode("", parse(json)), ofSample);
  }

  /**
   * @param run its fields that the caller has read are known ones
   */
  static RunSpec read(SpecNode run) {
    return read(run, () -> SAMPLE_BY_ENCODER);
  }

  /**
   * @param run its fields that the caller has read are known ones
   * @param ofSample asked where the bundled sample is meant
   */
  static RunSpec read(SpecNode run, Supplier<EmbeddingsSpec> ofSample) {
    SpecNode corpus = run.object("corpus");
    SpecNode labels = run.object("labels");
    SpecNode embeddings = run.object("embeddings");
    boolean sample = corpus.isEmpty() && labels.isEmpty() && embeddings.isEmpty();
    RunSpec spec =
        new RunSpec(
            corpus(corpus, sample),
            new LabelsSpec(labels.text("directory")),
            sample ? ofSample.get() : embeddings(embeddings),
            dataset(run.object("dataset")),
            training(run.object("training")),
            evaluation(run.object("evaluation")),
            publishing(run.object("publishing")),
            run.bool("reuse", true));
    labels.refuseOthers();
    run.refuseOthers();
    if (spec.publishing().gate() == PublishingSpec.Gate.BETTER
        && spec.evaluation().bootstrap() == 0) {
      throw SpecNode.refusal(
          "publishing.gate \"better\" needs evaluation.bootstrap to be at least "
              + FEWEST_ROUNDS
              + ": it compares with the champion by an interval, got 0");
    }
    if (spec.corpus().path().isEmpty()
        && spec.embeddings().source() == EmbeddingsSpec.Source.AUDIO) {
      throw SpecNode.refusal(
          "corpus.root or corpus.manifest is needed where embeddings.source is \"audio\": its"
              + " utterances are encoded");
    }
    if (spec.corpus().path().isEmpty() && spec.labels().directory().isEmpty()) {
      throw SpecNode.refusal(
          "labels.directory, corpus.root or corpus.manifest is needed where one of corpus, labels and"
              + " embeddings is given: labels are read from the first or made from the others");
    }
    TrainingSpec training = spec.training();
    if (spec.publishing().alsoWrite().isPresent()
        && (training.hidden().size() != 1
            || training.activation() != TrainingSpec.Activation.RELU)) {
      throw SpecNode.refusal(
          String.format(
              "publishing.alsoWrite writes the Python system's model, which has one hidden layer and"
                  + " ReLU; training.hidden must be one width, got %s, and training.activation"
                  + " \"relu\", got \"%s\"",
              training.hidden(), TrainingSpec.word(training.activation())));
    }
    return spec;
  }

  /** An object; nothing is an empty one. */
  static JsonNode parse(String json) {
    return parse(json, EXAMPLE);
  }

  static JsonNode parse(String json, String example) {
    JsonNode tree;
    try {
      tree = STRICT.readTree(json.isBlank() ? "{}" : json);
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " at line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      throw SpecNode.refusal(
          "the input is not valid JSON"
              + where
              + ": "
              + SpecNode.shown(e.getOriginalMessage().lines().findFirst().orElse(""), LONGEST_SHOWN)
              + "; it takes one object such as "
              + example);
    }
    if (!tree.isObject()) {
      throw SpecNode.refusal(
          "the input must be one JSON object such as " + example + ", got " + SpecNode.shown(tree));
    }
    return tree;
  }

  private static CorpusSpec corpus(SpecNode node, boolean sample) {
    Optional<String> root = node.text("root");
    Optional<String> manifest = node.text("manifest");
    if (manifest.isPresent() && node.has("splits")) {
      throw SpecNode.refusal(
          "corpus.splits has no meaning beside corpus.manifest, whose column split names the"
              + " splits");
    }
    SortedMap<String, String> splits =
        node.has("splits")
            ? splits(node.object("splits"))
            : manifest.isPresent() ? new TreeMap<>() : LIBRISPEECH_SPLITS;
    CorpusSpec.Durations durations = node.word("durations", CorpusSpec.Durations.EXACT);
    Optional<Integer> threads =
        node.has("threads")
            ? Optional.of((int) node.wholeNumber("threads", 1, MOST_THREADS, 1))
            : Optional.empty();
    node.refuseOthers();
    return new CorpusSpec(
        sample ? Optional.of(SAMPLE_CORPUS) : root, manifest, splits, durations, threads);
  }

  private static SortedMap<String, String> splits(SpecNode node) {
    SortedMap<String, String> splits = new TreeMap<>();
    for (String split : new String[] {"train", "dev", "test"}) {
      String folder =
          node.text(split)
              .orElseThrow(
                  () ->
                      SpecNode.refusal(
                          "corpus.splits must name the folders of train, dev and test; "
                              + split
                              + " is missing"));
      if (folder.contains("/")
          || folder.contains("\\")
          || folder.equals(".")
          || folder.equals("..")) {
        throw SpecNode.refusal(
            "corpus.splits."
                + split
                + " must be the name of one folder below corpus.root, got "
                + SpecNode.shown(TextNode.valueOf(folder)));
      }
      splits.put(split, folder);
    }
    node.refuseOthers();
    if (new HashSet<>(splits.values()).size() < splits.size()) {
      throw SpecNode.refusal(
          "corpus.splits must name three different folders, got "
              + SpecNode.shown(splits.toString(), LONGEST_SHOWN));
    }
    return splits;
  }

  static EmbeddingsSpec embeddings(SpecNode node) {
    EmbeddingsSpec.Source source = node.word("source", EmbeddingsSpec.Source.AUTO);
    Optional<String> path = node.text("path");
    Optional<String> ids = node.text("ids");
    Optional<String> array = node.text("array");
    Optional<String> url = node.text("url");
    Optional<String> collection = node.text("collection");
    Optional<String> tokenFrom = node.text("tokenFrom");
    Optional<String> encoder = node.text("encoder");
    node.refuseOthers();
    if (source == EmbeddingsSpec.Source.AUDIO
        || (source == EmbeddingsSpec.Source.AUTO && encoder.isPresent())) {
      return audio(node, encoder);
    }
    if (encoder.isPresent()) {
      throw SpecNode.refusal(
          "embeddings.encoder has a meaning only where embeddings.source is \"audio\"");
    }
    if (source == EmbeddingsSpec.Source.CHROMA
        || (source == EmbeddingsSpec.Source.AUTO && url.isPresent())) {
      for (String field : List.of("path", "ids", "array")) {
        if (node.has(field)) {
          throw SpecNode.refusal(
              "embeddings."
                  + field
                  + " has no meaning where embeddings come from ChromaDB, at embeddings.url; give"
                  + " the one or the other");
        }
      }
      return chroma(url, collection, tokenFrom);
    }
    for (String field : List.of("url", "collection", "tokenFrom")) {
      if (node.has(field)) {
        throw SpecNode.refusal(
            "embeddings."
                + field
                + " has a meaning only where embeddings.source is \"chroma\""
                + (field.equals("url") ? "" : ", with embeddings.url"));
      }
    }
    if (path.isEmpty()) {
      throw SpecNode.refusal(
          "embeddings.path is needed where one of corpus, labels and embeddings is given");
    }
    // A folder may hold them.
    if (source == EmbeddingsSpec.Source.MATRIX && ids.isEmpty() && path.get().endsWith(".npy")) {
      throw SpecNode.refusal(
          "embeddings.ids is needed where embeddings.source is \"matrix\": a CSV with the column"
              + " sample_id, row i naming row i of the matrix");
    }
    if (source != EmbeddingsSpec.Source.MATRIX
        && source != EmbeddingsSpec.Source.AUTO
        && ids.isPresent()) {
      throw SpecNode.refusal(
          "embeddings.ids has no meaning where embeddings.source is \""
              + source.name().toLowerCase(Locale.ROOT).replace('_', '-')
              + "\", which holds its own ids");
    }
    if (source != EmbeddingsSpec.Source.NPZ
        && source != EmbeddingsSpec.Source.AUTO
        && array.isPresent()) {
      throw SpecNode.refusal(
          "embeddings.array has a meaning only where embeddings.source is \"npz\": the name of its"
              + " array (n, d)");
    }
    return new EmbeddingsSpec(source, path, ids, array);
  }

  private static EmbeddingsSpec audio(SpecNode node, Optional<String> encoder) {
    for (String field : List.of("path", "ids", "array", "url", "collection", "tokenFrom")) {
      if (node.has(field)) {
        throw SpecNode.refusal(
            "embeddings."
                + field
                + " has no meaning where embeddings are made from the corpus' audio, by"
                + " embeddings.encoder; give the one or the other");
      }
    }
    return EmbeddingsSpec.ofAudio(
        Optional.empty(),
        encoder.orElseThrow(
            () ->
                SpecNode.refusal(
                    "embeddings.encoder is needed where embeddings.source is \"audio\": an"
                        + " encoder's folder, or its name below models/encoders/")));
  }

  /**
   * The spec of a ChromaDB server's collection. No rule shows a value that may be, or hold, a
   * password or a token.
   *
   * @throws Refusal if a value is not allowed
   */
  public static EmbeddingsSpec chroma(
      Optional<String> url, Optional<String> collection, Optional<String> tokenFrom) {
    String server =
        url.orElseThrow(
            () ->
                SpecNode.refusal(
                    "embeddings.url is needed where embeddings.source is \"chroma\", such as "
                        + CHROMA_URL));
    if (!isServer(server)) {
      throw SpecNode.refusal(
          "embeddings.url must be http:// or https://, a host and where needed a port, such as "
              + CHROMA_URL
              + ", without user, password, query and fragment");
    }
    if (collection.isPresent() && !CHROMA_COLLECTION.matcher(collection.get()).matches()) {
      throw SpecNode.refusal(
          "embeddings.collection must have 3 to 512 of a-z, A-Z, 0-9, ., _ and -, and begin and end"
              + " with a letter or digit, got "
              + SpecNode.shown(TextNode.valueOf(collection.get())));
    }
    if (tokenFrom.isPresent() && !VARIABLE.matcher(tokenFrom.get()).matches()) {
      throw SpecNode.refusal(
          "embeddings.tokenFrom must be the name of an environment variable of the worker, of A-Z,"
              + " 0-9 and _, such as CHROMA_TOKEN; never the token itself");
    }
    return new EmbeddingsSpec(
        EmbeddingsSpec.Source.CHROMA,
        Optional.empty(),
        Optional.empty(),
        url,
        collection,
        tokenFrom);
  }

  private static boolean isServer(String text) {
    try {
      URI url = new URI(text);
      return ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
          && url.getHost() != null
          && url.getPort() <= LARGEST_PORT
          && url.getRawUserInfo() == null
          && url.getRawQuery() == null
          && url.getRawFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static DatasetSpec dataset(SpecNode node) {
    DatasetSpec dataset =
        new DatasetSpec(
            node.word("onMissing", DatasetSpec.OnMissing.FAIL),
            node.word("onSpeakerOverlap", DatasetSpec.OnSpeakerOverlap.FAIL),
            node.text("speakerFrom"));
    node.refuseOthers();
    return dataset;
  }

  private static TrainingSpec training(SpecNode node) {
    TrainingSpec base = node.word("recipe", Recipe.DEFAULT).spec();
    TrainingSpec training =
        new TrainingSpec(
            base.recipe(),
            List.of(),
            node.wholeNumbers("hidden", 1, 8, 8192, base.hidden()),
            (int) node.wholeNumber("epochs", 1, 100_000, base.epochs()),
            (int) node.wholeNumber("batchSize", 1, 1_000_000, base.batchSize()),
            node.number("learningRate", Math.nextUp(0.0), 10, base.learningRate()),
            node.number("weightDecay", 0, 100, base.weightDecay()),
            (int) node.wholeNumber("patience", 0, 100_000, base.patience()),
            node.bool("standardizeTargets", base.standardizeTargets()),
            node.bool("scaleInputs", base.scaleInputs()),
            node.word("activation", base.activation()),
            node.bool("linearPath", base.linearPath()),
            node.number("dropout", 0, MOST_DROPOUT, base.dropout()),
            node.number("clipNorm", 0, 1e6, base.clipNorm()),
            node.word("loss", base.loss()),
            node.number("huberDelta", Math.nextUp(0.0), 1000, base.huberDelta()),
            node.word("schedule", base.schedule()),
            (int) node.wholeNumber("warmupEpochs", 0, 100_000, base.warmupEpochs()),
            node.bool("ridgeStart", base.ridgeStart()),
            node.bool("shiftByDev", base.shiftByDev()),
            (int) node.wholeNumber("ensemble", 1, MOST_NETWORKS, base.ensemble()),
            (int) node.wholeNumber("crossValidation", 0, MOST_FOLDS, base.crossValidation()),
            node.wholeNumber("seed", 0, LARGEST_EXACT, base.seed()),
            node.word("device", base.device()));
    node.refuseOthers();
    if (node.has("huberDelta") && training.loss() != TrainingSpec.Loss.HUBER) {
      throw SpecNode.refusal(
          "training.huberDelta has no meaning where training.loss is \""
              + TrainingSpec.word(training.loss())
              + "\"; it belongs to \"huber\"");
    }
    if (training.warmupEpochs() >= training.epochs() && training.warmupEpochs() > 0) {
      throw SpecNode.refusal(
          "training.warmupEpochs must be below training.epochs, "
              + training.epochs()
              + ", got "
              + training.warmupEpochs());
    }
    if (training.crossValidation() > 0 && training.crossValidation() < FEWEST_FOLDS) {
      throw SpecNode.refusal(
          "training.crossValidation must be 0 or at least "
              + FEWEST_FOLDS
              + ", as each fold's training takes another one as its dev split, got "
              + training.crossValidation());
    }
    int widest = training.hidden().stream().max(Integer::compare).orElseThrow();
    if (training.hidden().size() > 1 && (long) training.ensemble() * widest > MOST_JOINED) {
      throw SpecNode.refusal(
          "training.ensemble times the widest of several training.hidden must be at most "
              + MOST_JOINED
              + ", as the networks become one model, got "
              + training.ensemble()
              + " times "
              + widest
              + "; training.ensemble 1 trains one network");
    }
    return training.modifying(base);
  }

  private static EvaluationSpec evaluation(SpecNode node) {
    int rounds =
        (int) node.wholeNumber("bootstrap", 0, MOST_ROUNDS, EvaluationSpec.DEFAULT.bootstrap());
    node.refuseOthers();
    if (rounds > 0 && rounds < FEWEST_ROUNDS) {
      throw SpecNode.refusal(
          "evaluation.bootstrap must be at least "
              + FEWEST_ROUNDS
              + ", or 0 for no intervals, got "
              + rounds);
    }
    return new EvaluationSpec(rounds);
  }

  private static PublishingSpec publishing(SpecNode node) {
    String model = node.text("model").orElse("speech-rate");
    if (!MODEL_NAME.matcher(model).matches() || RESERVED_NAMES.contains(model)) {
      throw SpecNode.refusal(
          "publishing.model must be 1 to 64 of a-z, 0-9, - and _, begin with a letter or digit, and"
              + " not be one of "
              + new TreeSet<>(RESERVED_NAMES)
              + ", got "
              + SpecNode.shown(TextNode.valueOf(model)));
    }
    PublishingSpec.Gate gate = node.word("gate", PublishingSpec.Gate.BETTER_THAN_MEAN);
    boolean onlyNew = node.bool("onlyNew", false);
    double margin = node.number("margin", 0, MOST_MARGIN, 0);
    boolean approval = node.bool("approval", false);
    int deadline =
        (int)
            node.wholeNumber(
                "approvalDeadlineHours",
                1,
                MOST_DEADLINE_HOURS,
                PublishingSpec.DEFAULT_DEADLINE_HOURS);
    Optional<String> alsoWrite = node.text("alsoWrite");
    node.refuseOthers();
    if (alsoWrite.isPresent() && !alsoWrite.get().endsWith(".pt")) {
      throw SpecNode.refusal(
          "publishing.alsoWrite must name a file that ends with .pt, such as"
              + " models/regression_model.pt, got "
              + SpecNode.shown(TextNode.valueOf(alsoWrite.get())));
    }
    if (margin > 0 && gate != PublishingSpec.Gate.BETTER) {
      throw SpecNode.refusal(
          "publishing.margin has a meaning only where publishing.gate is \"better\"");
    }
    if (node.has("approvalDeadlineHours") && !approval) {
      throw SpecNode.refusal(
          "publishing.approvalDeadlineHours has a meaning only where publishing.approval is true");
    }
    return new PublishingSpec(model, gate, onlyNew, margin, approval, deadline, alsoWrite);
  }
}
