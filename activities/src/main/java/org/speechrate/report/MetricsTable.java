package org.speechrate.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.pipeline.evaluation.SplitScores;

/** All metrics of one split: the model's beside ridge's and the mean's, and the differences. */
final class MetricsTable {
  private record Metric(String name, String unit, Function<Scores, Score> score) {}

  private static final List<Metric> METRICS =
      List.of(
          new Metric("MSE", "(letters/s)²", Scores::mse),
          new Metric("RMSE", "letters/s", Scores::rmse),
          new Metric("MAE", "letters/s", Scores::mae),
          new Metric("R²", "", Scores::r2),
          new Metric("Pearson", "", Scores::pearson),
          new Metric("Spearman", "", Scores::spearman));

  /** Reasons by what they explain, each told once. */
  private final Map<String, Set<String>> reasons = new LinkedHashMap<>();

  private MetricsTable() {}

  static Markup draw(String split, SplitScores scores) {
    return new MetricsTable().table(split, scores);
  }

  private Markup table(String split, SplitScores scores) {
    Map<String, Scores> columns = new LinkedHashMap<>();
    columns.put("model", scores.model());
    scores.ridge().ifPresent(ridge -> columns.put("ridge", ridge));
    columns.put("mean", scores.mean());
    Map<String, Scores> differences = new LinkedHashMap<>();
    scores.lessRidge().ifPresent(less -> differences.put("model − ridge", less));
    differences.put("model − mean", scores.lessMean());

    Markup table =
        new Markup()
            .open("table", "class", "metrics stack")
            .open("caption")
            .leaf("b", split)
            .text(
                ": "
                    + Counts.of(scores.n(), "utterance")
                    + scores
                        .speakers()
                        .map(speakers -> " of " + Counts.of(speakers, "speaker"))
                        .orElse(", speakers not known"))
            .close()
            .open("thead")
            .open("tr")
            .leaf("th", "metric", "scope", "col");
    List<String> names = new ArrayList<>(columns.keySet());
    names.addAll(differences.keySet());
    names.forEach(name -> table.leaf("th", name, "scope", "col"));
    table.close().close().open("tbody");
    for (Metric metric : METRICS) {
      table.open("tr").open("th", "scope", "row").text(metric.name());
      if (!metric.unit().isEmpty()) {
        table.text(" ").leaf("small", metric.unit());
      }
      table.close();
      columns.forEach((name, each) -> cell(table, metric, name, each, Numbers::of));
      differences.forEach((name, each) -> cell(table, metric, name, each, Numbers::signed));
      table.close();
    }
    table.close().close();
    return table.add(notes(scores));
  }

  private void cell(
      Markup table, Metric metric, String column, Scores scores, Function<Double, String> format) {
    Score score = metric.score().apply(scores);
    table.open("td", "data-label", column);
    Optional<Double> value = score.value().filter(Double::isFinite);
    if (value.isPresent()) {
      table.leaf("span", format.apply(value.get()), "class", "value");
      score
          .interval()
          .ifPresent(
              interval ->
                  table.text(" ").leaf("small", Numbers.interval(interval), "class", "interval"));
      if (score.interval().isEmpty()) {
        score.reason().ifPresent(reason -> note(reason, "no interval"));
      }
    } else {
      table.leaf("span", "undefined", "class", "undefined");
      note(score.reason().orElse("no reason is known"), metric.name() + " of " + column);
    }
    table.close();
  }

  private void note(String reason, String what) {
    reasons.computeIfAbsent(reason, r -> new LinkedHashSet<>()).add(what);
  }

  private Markup notes(SplitScores scores) {
    Markup notes = new Markup();
    scores
        .ridgeReason()
        .filter(reason -> scores.ridge().isEmpty())
        .ifPresent(reason -> note(reason, "no ridge regression"));
    if (!reasons.isEmpty()) {
      notes.open("ul", "class", "notes");
      reasons.forEach(
          (reason, what) -> notes.open("li").text(sentence(what) + ": ").user(reason, 400).close());
      notes.close();
    }
    return notes;
  }

  private static String sentence(Set<String> what) {
    List<String> undefined = what.stream().filter(each -> each.contains(" of ")).toList();
    List<String> missing = what.stream().filter(each -> !each.contains(" of ")).toList();
    List<String> parts = new ArrayList<>();
    if (!undefined.isEmpty()) {
      parts.add("undefined: " + String.join(", ", undefined));
    }
    parts.addAll(missing);
    String all = String.join("; ", parts);
    return all.substring(0, 1).toUpperCase(Locale.ROOT) + all.substring(1);
  }
}
