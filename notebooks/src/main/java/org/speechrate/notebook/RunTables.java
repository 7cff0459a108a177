package org.speechrate.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.speechrate.model.AliasChange;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.PredictWorkflow;
import org.speechrate.pipeline.ProbeWorkflow;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.SweepWorkflow;
import org.speechrate.pipeline.TrainWorkflow;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.SplitMetrics;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.probe.ProbeScore;
import org.speechrate.pipeline.publishing.PublishingResult;
import org.speechrate.pipeline.sweep.LeaderboardRow;
import org.speechrate.pipeline.sweep.SweepResult;
import org.speechrate.pipeline.training.TrainingSpec;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DateTimeColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** A run's numbers and files as Tablesaw tables. */
final class RunTables {
  /** What others of {@code predictions.csv}'s columns say too, by the Python system's names. */
  private static final Set<String> AS_IN_PYTHON = Set.of("filename", "true", "predicted");

  private static final JsonMapper MAPPER = new JsonMapper();

  private RunTables() {}

  static Table metrics(Map<String, SplitMetrics> evaluation) {
    StringColumn split = StringColumn.create("split");
    LongColumn n = LongColumn.create("n");
    DoubleColumn mse = DoubleColumn.create("mse");
    DoubleColumn mae = DoubleColumn.create("mae");
    DoubleColumn r2 = DoubleColumn.create("r2");
    DoubleColumn baseline = DoubleColumn.create("baseline_mse");
    DoubleColumn low = DoubleColumn.create("mse_low");
    DoubleColumn high = DoubleColumn.create("mse_high");
    DoubleColumn ridge = DoubleColumn.create("ridge_mse");
    evaluation.forEach(
        (name, metrics) -> {
          split.append(name);
          n.append(metrics.n());
          mse.append(metrics.mse());
          mae.append(metrics.mae());
          append(low, metrics.mseInterval().map(Interval::low));
          append(high, metrics.mseInterval().map(Interval::high));
          append(r2, metrics.r2());
          append(ridge, metrics.ridgeMse());
          baseline.append(metrics.baselineMse());
        });
    return Table.create("metrics", split, n, mse, low, high, mae, r2, baseline, ridge);
  }

  private static void append(DoubleColumn column, Optional<Double> value) {
    value.ifPresentOrElse(each -> column.append(each), column::appendMissing);
  }

  static Table predictions(Path file) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    types.put("sample_id", ColumnType.STRING);
    types.put("split", ColumnType.STRING);
    types.put("speaker_id", ColumnType.STRING);
    types.put("true_cps", ColumnType.DOUBLE);
    types.put("predicted_cps", ColumnType.DOUBLE);
    Table table = read(file, "predictions", types);
    table.columnNames().stream()
        .filter(AS_IN_PYTHON::contains)
        .forEach(name -> table.removeColumns(name));
    return table;
  }

  /** Of a run of {@code Predict}. */
  static Table predicted(Path file) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    types.put("sample_id", ColumnType.STRING);
    types.put("split", ColumnType.STRING);
    types.put("cps", ColumnType.DOUBLE);
    return read(file, "predictions", types);
  }

  static Table history(Path file) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    types.put("epoch", ColumnType.INTEGER);
    types.put("train_mse", ColumnType.DOUBLE);
    types.put("dev_mse", ColumnType.DOUBLE);
    return read(file, "history", types);
  }

  /**
   * @param types of runs, by run id, where Temporal told it
   */
  static Table runs(List<RunRecord> runs, Map<String, String> types) {
    StringColumn run = StringColumn.create("run");
    StringColumn type = StringColumn.create("type");
    DateTimeColumn started = DateTimeColumn.create("started");
    StringColumn state = StringColumn.create("state");
    StringColumn model = StringColumn.create("model");
    DoubleColumn testMse = DoubleColumn.create("test_mse");
    DoubleColumn meanMse = DoubleColumn.create("mean_mse");
    DoubleColumn r2 = DoubleColumn.create("test_r2");
    StringColumn recipe = StringColumn.create("recipe");
    StringColumn hidden = StringColumn.create("hidden");
    IntColumn epochs = IntColumn.create("epochs");
    DoubleColumn rate = DoubleColumn.create("learning_rate");
    LongColumn seed = LongColumn.create("seed");
    StringColumn version = StringColumn.create("version");
    StringColumn what = StringColumn.create("what");
    for (RunRecord each : runs) {
      Optional<SplitMetrics> test =
          each.result()
              .map(RunResult::evaluation)
              .or(() -> each.sweep().map(SweepResult::evaluation))
              .map(splits -> splits.get("test"));
      // Of a sweep it is what the variants share, which says nothing of the winner.
      Optional<TrainingSpec> training =
          each.sweep().isPresent() ? Optional.empty() : each.spec().map(RunSpec::training);
      run.append(each.workflowId());
      append(type, Optional.ofNullable(types.get(each.runId())).or(() -> type(each)));
      started.append(
          LocalDateTime.ofInstant(Instant.parse(each.started()), ZoneOffset.UTC)
              .truncatedTo(ChronoUnit.SECONDS));
      state.append(each.outcome());
      append(model, each.spec().map(spec -> spec.publishing().model()));
      append(testMse, test.map(SplitMetrics::mse));
      append(meanMse, test.map(SplitMetrics::baselineMse));
      append(r2, test.flatMap(SplitMetrics::r2));
      append(recipe, training.map(TrainingSpec::recipe));
      append(hidden, training.map(spec -> spec.hidden().toString()));
      training.ifPresentOrElse(spec -> epochs.append(spec.epochs()), epochs::appendMissing);
      append(rate, training.map(TrainingSpec::learningRate));
      training.ifPresentOrElse(spec -> seed.append(spec.seed()), seed::appendMissing);
      append(version, each.publishing().flatMap(PublishingResult::version));
      what.append(each.sentence());
    }
    return Table.create(
        "runs", run, type, started, state, model, testMse, meanMse, r2, recipe, hidden, epochs,
        rate, seed, version, what);
  }

  /** As the run's result tells; where there is none, as its id does. */
  private static Optional<String> type(RunRecord run) {
    if (run.result().isPresent()) {
      return Optional.of(TrainWorkflow.TYPE);
    }
    if (run.predict().isPresent()) {
      return Optional.of(PredictWorkflow.TYPE);
    }
    return Stream.of(
            TrainWorkflow.TYPE, SweepWorkflow.TYPE, ProbeWorkflow.TYPE, PredictWorkflow.TYPE)
        .filter(
            type ->
                (type.equals(SweepWorkflow.TYPE) && run.sweep().isPresent())
                    || (type.equals(ProbeWorkflow.TYPE) && run.probe().isPresent())
                    || run.workflowId().startsWith(type.toLowerCase(Locale.ROOT) + "-"))
        .findFirst();
  }

  static Table models(ModelFolder models, Path folder) throws IOException {
    StringColumn name = StringColumn.create("model");
    StringColumn version = StringColumn.create("version");
    BooleanColumn champion = BooleanColumn.create("champion");
    DateTimeColumn created = DateTimeColumn.create("created");
    DoubleColumn testMse = DoubleColumn.create("test_mse");
    DoubleColumn meanMse = DoubleColumn.create("mean_mse");
    DoubleColumn r2 = DoubleColumn.create("test_r2");
    StringColumn verdict = StringColumn.create("verdict");
    for (String model : models.names()) {
      Optional<String> used = models.alias(model, ModelFolder.CHAMPION).map(AliasChange::version);
      for (String each : models.versions(model)) {
        JsonNode metrics = json(folder.resolve(model).resolve(each).resolve("metrics.json"));
        JsonNode provenance = json(folder.resolve(model).resolve(each).resolve("provenance.json"));
        JsonNode test = metrics.path("splits").path("test");
        name.append(model);
        version.append(each);
        champion.append(used.filter(each::equals).isPresent());
        append(created, Optional.ofNullable(provenance.path("created").textValue()));
        append(testMse, number(test.path("mse")));
        append(meanMse, number(test.path("baselineMse")));
        append(r2, number(test.path("r2")));
        append(verdict, Optional.ofNullable(metrics.path("verdict").textValue()));
      }
    }
    return Table.create("models", name, version, champion, created, testMse, meanMse, r2, verdict);
  }

  /** A version may have been made by something older, without some of its files. */
  private static JsonNode json(Path file) throws IOException {
    return Files.exists(file) ? MAPPER.readTree(Files.readAllBytes(file)) : MAPPER.nullNode();
  }

  private static Optional<Double> number(JsonNode node) {
    return node.isNumber() ? Optional.of(node.doubleValue()) : Optional.empty();
  }

  private static void append(StringColumn column, Optional<String> value) {
    value.ifPresentOrElse(each -> column.append(each), column::appendMissing);
  }

  private static void append(DateTimeColumn column, Optional<String> instant) {
    instant.ifPresentOrElse(
        each -> column.append(LocalDateTime.ofInstant(Instant.parse(each), ZoneOffset.UTC)),
        column::appendMissing);
  }

  static Table leaderboard(SweepResult sweep) {
    IntColumn rank = IntColumn.create("rank");
    IntColumn variant = IntColumn.create("variant");
    StringColumn state = StringColumn.create("state");
    DoubleColumn devMse = DoubleColumn.create("dev_mse");
    IntColumn keptEpoch = IntColumn.create("kept_epoch");
    IntColumn epochs = IntColumn.create("epochs");
    Map<String, StringColumn> choices = new LinkedHashMap<>();
    sweep
        .leaderboard()
        .forEach(
            row ->
                row.choices()
                    .keySet()
                    .forEach(field -> choices.computeIfAbsent(field, StringColumn::create)));
    StringColumn failure = StringColumn.create("failure");
    for (LeaderboardRow row : sweep.leaderboard()) {
      row.rank().ifPresentOrElse(each -> rank.append(each), rank::appendMissing);
      variant.append(row.variant());
      state.append(row.state().name().toLowerCase(Locale.ROOT));
      append(devMse, row.devMse());
      keptEpoch.append(row.keptEpoch());
      epochs.append(row.epochs());
      choices.forEach(
          (field, column) ->
              append(column, Optional.ofNullable(row.choices().get(field)).map(String::valueOf)));
      append(failure, row.failure());
    }
    Table table = Table.create("leaderboard", rank, variant, state, devMse, keptEpoch, epochs);
    choices.values().forEach(table::addColumns);
    return table.addColumns(failure);
  }

  static Table layers(ProbeResult probe) {
    StringColumn layer = StringColumn.create("layer");
    IntColumn dimension = IntColumn.create("dimension");
    DoubleColumn weight = DoubleColumn.create("weight");
    Map<String, DoubleColumn> scores = new LinkedHashMap<>();
    for (String kind : List.of("ridge", "network")) {
      for (String name :
          List.of("dev_r2", "test_r2", "test_low", "test_high", "control_r2", "selectivity")) {
        scores.put(kind + "_" + name, DoubleColumn.create(kind + "_" + name));
      }
    }
    DoubleColumn bits = DoubleColumn.create("bits");
    DoubleColumn compression = DoubleColumn.create("compression");
    DoubleColumn cca = DoubleColumn.create("cca");
    StringColumn failure = StringColumn.create("failure");
    for (LayerRow row : probe.layers()) {
      layer.append(row.name());
      row.scores()
          .ifPresentOrElse(found -> dimension.append(found.dimension()), dimension::appendMissing);
      append(weight, row.weight());
      append(scores, "ridge", row.scores().map(LayerScores::ridge));
      append(scores, "network", row.scores().map(LayerScores::network));
      append(bits, row.scores().flatMap(found -> found.description().bits()));
      append(compression, row.scores().flatMap(found -> found.description().compression()));
      append(cca, row.scores().flatMap(found -> found.correlation().value()));
      append(failure, row.failure());
    }
    Table table = Table.create("layers", layer, dimension, weight);
    scores.values().forEach(table::addColumns);
    return table.addColumns(bits, compression, cca, failure);
  }

  private static void append(
      Map<String, DoubleColumn> columns, String kind, Optional<ProbeScore> score) {
    Optional<Interval> interval = score.flatMap(each -> each.test().interval());
    append(columns.get(kind + "_dev_r2"), score.flatMap(ProbeScore::dev));
    append(columns.get(kind + "_test_r2"), score.flatMap(each -> each.test().value()));
    append(columns.get(kind + "_test_low"), interval.map(Interval::low));
    append(columns.get(kind + "_test_high"), interval.map(Interval::high));
    append(columns.get(kind + "_control_r2"), score.flatMap(each -> each.control().value()));
    append(columns.get(kind + "_selectivity"), score.flatMap(each -> each.selectivity().value()));
  }

  /**
   * @param samples the dataset's
   * @param labels the folder of the labels' stage
   * @param utterances the corpus', where there is one
   */
  static Table labels(Path samples, Path labels, Optional<Path> utterances) {
    Map<String, ColumnType> types = new LinkedHashMap<>();
    types.put("sample_id", ColumnType.STRING);
    types.put("split", ColumnType.STRING);
    types.put("speaker_id", ColumnType.STRING);
    types.put("cps", ColumnType.DOUBLE);
    Table table = read(samples, "labels", types);
    table = table.selectColumns(types.keySet().toArray(new String[0])).setName("labels");
    Map<String, String> texts = new HashMap<>();
    for (String split : table.stringColumn("split").unique()) {
      Path file = labels.resolve(split + "_cps.csv");
      Table given =
          read(file, split, Map.of("audio_id", ColumnType.STRING, "text", ColumnType.STRING));
      for (Row row : given) {
        texts.put(row.getString("audio_id"), row.getString("text"));
      }
    }
    Map<String, Double> lengths = new HashMap<>();
    if (utterances.isPresent()) {
      Table corpus =
          read(
              utterances.get(),
              "utterances",
              Map.of("sample_id", ColumnType.STRING, "seconds", ColumnType.DOUBLE));
      for (Row row : corpus) {
        lengths.put(row.getString("sample_id"), row.getDouble("seconds"));
      }
    }
    DoubleColumn seconds = DoubleColumn.create("seconds");
    IntColumn letters = IntColumn.create("letters");
    StringColumn text = StringColumn.create("text");
    for (Row row : table) {
      String id = row.getString("sample_id");
      Optional<Double> length = Optional.ofNullable(lengths.get(id));
      append(seconds, length);
      // cps is made of them: letters and digits per second.
      length.ifPresentOrElse(
          each -> letters.append((int) Math.round(each * row.getDouble("cps"))),
          letters::appendMissing);
      append(text, Optional.ofNullable(texts.get(id)).filter(each -> !each.isEmpty()));
    }
    return table.addColumns(seconds, letters, text);
  }

  /** What the command's {@code compare --json} says. */
  static Comparison comparison(String json) throws IOException {
    JsonNode all = MAPPER.readTree(json);
    JsonNode test = all.path("test");
    StringColumn name = StringColumn.create("which");
    Map<String, DoubleColumn> columns = new LinkedHashMap<>();
    for (String metric : List.of("mse", "mae", "r2", "pearson", "spearman")) {
      for (String end : List.of("", "_low", "_high")) {
        columns.put(metric + end, DoubleColumn.create(metric + end));
      }
    }
    List<String> names = new ArrayList<>();
    all.path("names").forEach(each -> names.add(each.asText()));
    for (int i = 0; i < names.size(); i++) {
      name.append(names.get(i));
      append(columns, test.path("scores").path(i));
    }
    for (int i = 1; i < names.size(); i++) {
      name.append(names.get(0) + " minus " + names.get(i));
      append(columns, test.path("less").path(i - 1));
    }
    Table metrics = Table.create("comparison", name);
    columns.values().forEach(metrics::addColumns);
    StringColumn field = StringColumn.create("field");
    List<StringColumn> values = names.stream().map(StringColumn::create).toList();
    all.path("differences")
        .properties()
        .forEach(
            difference -> {
              field.append(difference.getKey());
              for (int i = 0; i < names.size(); i++) {
                append(
                    values.get(i),
                    Optional.of(difference.getValue().path(i).asText())
                        .filter(each -> !each.isEmpty()));
              }
            });
    Table differences = Table.create("differences", field);
    values.forEach(differences::addColumns);
    return new Comparison(test.path("utterances").asLong(), metrics, differences);
  }

  private static void append(Map<String, DoubleColumn> columns, JsonNode scores) {
    for (String metric : List.of("mse", "mae", "r2", "pearson", "spearman")) {
      JsonNode score = scores.path(metric);
      append(columns.get(metric), number(score.path("value")));
      append(columns.get(metric + "_low"), number(score.path("interval").path("low")));
      append(columns.get(metric + "_high"), number(score.path("interval").path("high")));
    }
  }

  /** Types are given, never guessed: a sample called NA or 0012 keeps its name. */
  static Table read(Path file, String name, Map<String, ColumnType> types) {
    Table table;
    try {
      table =
          Table.read()
              .usingOptions(
                  CsvReadOptions.builder(file.toFile())
                      .tableName(name)
                      .separator(',')
                      .columnTypesPartial(types)
                      .missingValueIndicator(""));
    } catch (RuntimeException e) {
      throw new NotebookException(
          "cannot read " + file + ": " + Speechrate.firstLine(e.getMessage()), e);
    }
    List<String> absent =
        types.keySet().stream().filter(column -> !table.columnNames().contains(column)).toList();
    if (!absent.isEmpty()) {
      throw new NotebookException(
          file + " lacks the columns " + absent + "; it has " + table.columnNames());
    }
    return table;
  }
}
