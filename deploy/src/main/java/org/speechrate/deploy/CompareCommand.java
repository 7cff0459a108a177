package org.speechrate.deploy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.speechrate.evaluation.SideBySide;
import org.speechrate.evaluation.SpeakerBootstrap;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.store.Json;
import org.speechrate.table.Problems;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate compare}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    header = {"Compare runs or published versions on the same test utterances.", ""},
    description = {
      "Takes the test utterances that all of them have, with the same label; shows each one's"
          + " metrics and the first one's minus each other's with 95 %% intervals over resampled"
          + " speakers, and what differs in their input and data. Needs no server.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate compare train-20260102-030405-1f2e train-20260103-030405-77aa",
      "  deploy/speechrate compare models/speech-rate/20260102T030405Z-1f2e3d4c my-run --json"
    })
final class CompareCommand extends Subcommand {
  private static final TypeReference<TreeMap<String, Artifact>> ARTIFACTS =
      new TypeReference<>() {};

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int SHOWN_HASH = 12;

  @Parameters(
      paramLabel = "RUN|VERSION",
      arity = "2..*",
      description =
          "Workflow ids, as `speechrate runs` lists them, or folders models/<name>/<version>.")
  private List<String> names;

  @Option(
      names = "--bootstrap",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Rounds of the intervals, 0 for none (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /**
   * What is compared.
   *
   * @param choices its input, by field
   * @param data hashes, by stage
   */
  private record Side(
      String name, Path evaluation, Map<String, String> choices, Map<String, String> data) {}

  @Override
  public Integer call() throws Exception {
    if (rounds < 0) {
      throw CommandFailure.wrongInput("--bootstrap must be at least 0, got " + rounds);
    }
    List<Side> sides = new ArrayList<>();
    for (String name : names) {
      sides.add(side(name));
    }
    SideBySide compared;
    try {
      compared = SideBySide.of(sides.stream().map(Side::evaluation).toList(), rounds);
    } catch (Refusal refusal) {
      throw CommandFailure.failed(refusal.getMessage());
    }
    Map<String, List<String>> differences = differences(sides);
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("names", names);
      all.put("test", compared);
      all.put("differences", differences);
      terminal().out().println(ResultView.json(all));
    } else {
      print(compared, differences);
    }
    return Exit.DONE;
  }

  private Side side(String name) throws IOException, CommandFailure {
    Path provenance = workspace().resolve(name).resolve("provenance.json");
    return Files.isRegularFile(provenance) ? version(name, provenance) : run(name);
  }

  private Side version(String name, Path provenance) throws IOException, CommandFailure {
    JsonNode json = Json.read(Files.readAllBytes(provenance), JsonNode.class);
    Map<String, Artifact> artifacts = MAPPER.convertValue(json.path("artifacts"), ARTIFACTS);
    return side(name, json.path("spec"), artifacts == null ? Map.of() : artifacts);
  }

  private Side run(String name) throws IOException, CommandFailure {
    RunRecord run = new RunFiles(workspace()).find(name).orElseThrow(() -> unknown(name));
    Map<String, Artifact> artifacts = new TreeMap<>();
    for (StageState stage : run.stages()) {
      stage.artifact().ifPresent(artifact -> artifacts.put(stage.stage().word(), artifact));
    }
    Object spec =
        run.spec().isPresent()
            ? run.spec().get()
            : run.sweep()
                .map(sweep -> RunSpecReader.read(ResultView.json(sweep.winner())))
                .orElse(null);
    return side(name, Json.convert(spec, JsonNode.class), artifacts);
  }

  private Side side(String name, JsonNode spec, Map<String, Artifact> artifacts)
      throws CommandFailure {
    Artifact evaluation = artifacts.get(Stage.EVALUATION.word());
    if (evaluation == null) {
      throw CommandFailure.failed(name + " has no evaluation, so there is nothing to compare");
    }
    Path folder = workspace().resolve(evaluation.uri());
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.failed(
          "the predictions of " + name + " are gone: " + evaluation.uri() + "; run it again");
    }
    Map<String, String> choices = new TreeMap<>();
    flatten("", spec, choices);
    choices.remove("training.overridden");
    Map<String, String> data = new TreeMap<>();
    for (Stage stage : List.of(Stage.LABELS, Stage.EMBEDDINGS, Stage.DATASET)) {
      Artifact artifact = artifacts.get(stage.word());
      if (artifact != null) {
        data.put(
            stage.word(),
            artifact.sha256().substring(0, Math.min(SHOWN_HASH, artifact.sha256().length())));
      }
    }
    return new Side(name, folder, choices, data);
  }

  private static void flatten(String path, JsonNode node, Map<String, String> into) {
    if (node != null && node.isObject()) {
      node.fields()
          .forEachRemaining(
              field ->
                  flatten(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      into));
    } else if (node != null && !node.isNull()) {
      into.put(path, Problems.value(node.isTextual() ? node.asText() : node.toString()));
    }
  }

  /** Of each field or stage that is not the same everywhere, its value on each side. */
  private static Map<String, List<String>> differences(List<Side> sides) {
    Map<String, List<String>> differences = new LinkedHashMap<>();
    TreeSet<String> fields = new TreeSet<>();
    sides.forEach(side -> fields.addAll(side.choices().keySet()));
    for (String field : fields) {
      note(
          differences,
          field,
          sides.stream().map(side -> side.choices().getOrDefault(field, "")).toList());
    }
    for (Stage stage : Stage.OF_TRAINING) {
      note(
          differences,
          "data of " + stage.word(),
          sides.stream().map(side -> side.data().getOrDefault(stage.word(), "")).toList());
    }
    return differences;
  }

  private static void note(
      Map<String, List<String>> differences, String field, List<String> values) {
    if (values.stream().distinct().count() > 1) {
      differences.put(field, values);
    }
  }

  private void print(SideBySide compared, Map<String, List<String>> differences) {
    terminal()
        .out()
        .println(
            Counts.of(compared.utterances(), "test utterance")
                + compared
                    .speakers()
                    .map(count -> " of " + Counts.of(count, "speaker"))
                    .orElse(", speakers not known")
                + (compared.leftOut() > 0
                    ? String.format(
                        Locale.ROOT,
                        "; %,d that not all have, or not with the same label, left out",
                        compared.leftOut())
                    : ""));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "MSE", "MAE", "R²", "Pearson", "Spearman"));
    for (int i = 0; i < names.size(); i++) {
      rows.add(row(letter(i) + "  " + names.get(i), compared.scores().get(i)));
    }
    for (int i = 1; i < names.size(); i++) {
      rows.add(row("A - " + letter(i), compared.less().get(i - 1)));
    }
    terminal().out().println();
    table(rows);
    terminal().out().println();
    for (int i = 1; i < names.size(); i++) {
      terminal().out().println(terminal().bold(verdict(i, compared.less().get(i - 1).mse())));
    }
    if (rounds > 0) {
      compared
          .speakers()
          .filter(count -> count > 1 && count < SpeakerBootstrap.FEW_SPEAKERS)
          .ifPresent(
              count ->
                  terminal()
                      .out()
                      .println("on these " + count + " speakers: so few make intervals rough"));
    }
    terminal().out().println();
    if (differences.isEmpty()) {
      terminal().out().println("input and data are the same");
      return;
    }
    List<List<String>> fields = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("what differs"));
    for (int i = 0; i < names.size(); i++) {
      header.add(letter(i));
    }
    fields.add(header);
    differences.forEach(
        (field, values) -> {
          List<String> row = new ArrayList<>(List.of(field));
          row.addAll(values);
          fields.add(row);
        });
    table(fields);
  }

  private static String verdict(int other, Score mse) {
    Optional<Interval> interval = mse.interval();
    if (interval.isEmpty()) {
      return "A and " + letter(other) + ": " + mse.reason().orElse("no interval");
    }
    return interval.get().high() < 0
        ? "A has a smaller MSE than " + letter(other)
        : interval.get().low() > 0
            ? "A has a larger MSE than " + letter(other)
            : "A and " + letter(other) + " cannot be told apart";
  }

  /** A, B, …; behind Z by number. */
  private static String letter(int i) {
    return i < 26 ? String.valueOf((char) ('A' + i)) : "#" + (i + 1);
  }

  private static List<String> row(String name, Scores scores) {
    List<String> row = new ArrayList<>(List.of(name));
    for (Score score :
        List.of(scores.mse(), scores.mae(), scores.r2(), scores.pearson(), scores.spearman())) {
      row.add(
          score.value().map(value -> String.format(Locale.ROOT, "%.3f", value)).orElse("—")
              + score
                  .interval()
                  .map(each -> String.format(Locale.ROOT, " [%.3f, %.3f]", each.low(), each.high()))
                  .orElse(""));
    }
    return row;
  }

  private void table(List<List<String>> rows) {
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        int column = i;
        int width = rows.stream().mapToInt(each -> each.get(column).length()).max().orElse(0);
        line.append(String.format("%-" + Math.max(1, width) + "s  ", row.get(i)));
      }
      String text = line.toString().stripTrailing();
      terminal().out().println(row == rows.get(0) ? terminal().bold(text) : text);
    }
  }
}
