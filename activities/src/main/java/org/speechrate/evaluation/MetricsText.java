package org.speechrate.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.table.Problems;

/**
 * The metrics for people: three lines of the test split, as the Python system's file has them, then
 * the verdict, tables with intervals, and the parts of the test split.
 */
final class MetricsText {
  private static final String UNDEFINED = "—";

  private final String verdict;
  private final int rounds;
  private final Map<String, SplitScores> splits;
  private final Breakdown breakdown;
  private final StringBuilder text = new StringBuilder();

  /**
   * @param rounds of the bootstrap
   */
  MetricsText(String verdict, int rounds, Map<String, SplitScores> splits, Breakdown breakdown) {
    this.verdict = verdict;
    this.rounds = rounds;
    this.splits = splits;
    this.breakdown = breakdown;
  }

  String text() {
    text.setLength(0);
    Scores test = splits.get("test").model();
    line("MSE: " + four(test.mse()));
    line("MAE: " + four(test.mae()));
    line("R2: " + four(test.r2()));
    line("");
    line(Problems.oneLine(verdict));
    line("");
    line(
        "MSE in (letters/s)², MAE and RMSE in letters/s: smaller is better. R² and correlations are");
    line(
        "at most 1. The mean is that of the train labels; ridge is ridge regression on the train split.");
    if (rounds > 0) {
      line(
          String.format(
              Locale.ROOT,
              "In brackets 95 %% intervals: percentiles of %,d rounds, each with the split's speakers",
              rounds));
      line("drawn anew; a difference's two sides have the same speakers in each round.");
    }
    splits.forEach(this::split);
    parts("Test, by length", breakdown.perDurationBand());
    parts("Test, by true cps", breakdown.perCpsBand());
    parts("Test, by speaker, the largest MSE first", breakdown.perSpeaker());
    calibration(breakdown.calibration());
    worst();
    if (!breakdown.notes().isEmpty()) {
      line("");
      line("Missing or cut here:");
      breakdown.notes().forEach(note -> line("- " + note));
    }
    return text.toString();
  }

  private void split(String name, SplitScores scores) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "MSE", "MAE", "RMSE", "R²", "Pearson", "Spearman"));
    rows.add(row("model", scores.model()));
    rows.add(row("the mean", scores.mean()));
    scores.ridge().ifPresent(ridge -> rows.add(row("ridge", ridge)));
    rows.add(row("model - the mean", scores.lessMean()));
    scores.lessRidge().ifPresent(less -> rows.add(row("model - ridge", less)));
    line("");
    line(
        String.format(
            Locale.ROOT,
            "%s: utterances %,d, speakers %s",
            name,
            scores.n(),
            scores
                .speakers()
                .map(count -> String.format(Locale.ROOT, "%,d", count))
                .orElse("not known")));
    table(rows);
    Set<String> reasons = new LinkedHashSet<>();
    scores.ridgeReason().ifPresent(reasons::add);
    for (Score each : all(scores.model())) {
      each.reason().ifPresent(reasons::add);
    }
    reasons.forEach(reason -> line(UNDEFINED + " " + reason));
    if (scores.model().mse().interval().isPresent()) {
      scores
          .speakers()
          .filter(count -> count < SpeakerBootstrap.FEW_SPEAKERS)
          .ifPresent(count -> line("an interval over " + count + " speakers is rough"));
    }
  }

  private static List<Score> all(Scores scores) {
    return List.of(
        scores.mse(),
        scores.mae(),
        scores.rmse(),
        scores.r2(),
        scores.pearson(),
        scores.spearman());
  }

  private static List<String> row(String name, Scores scores) {
    List<String> row = new ArrayList<>(List.of(name));
    for (Score score : all(scores)) {
      row.add(
          score.value().map(MetricsText::three).orElse(UNDEFINED)
              + score
                  .interval()
                  .map(each -> " [" + three(each.low()) + ", " + three(each.high()) + "]")
                  .orElse(""));
    }
    return row;
  }

  private void parts(String title, List<Breakdown.Part> parts) {
    if (parts.isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "",
            "utterances",
            "true mean",
            "predicted mean",
            "MSE",
            "MAE",
            "the mean's MSE",
            "ridge's MSE"));
    for (Breakdown.Part part : parts) {
      rows.add(
          List.of(
              Problems.value(part.name()),
              String.format(Locale.ROOT, "%,d", part.n()),
              three(part.trueMean()),
              three(part.predictedMean()),
              three(part.mse()),
              three(part.mae()),
              three(part.meanMse()),
              part.ridgeMse().map(MetricsText::three).orElse(UNDEFINED)));
    }
    line("");
    line(title);
    table(rows);
  }

  private void calibration(Breakdown.Calibration calibration) {
    line("");
    line("Test, calibration");
    calibration
        .slope()
        .ifPresent(
            slope ->
                line(
                    "true = "
                        + three(calibration.intercept().orElseThrow())
                        + " + "
                        + three(slope)
                        + " × predicted, on average; above a slope of 1 predictions lie too close together"));
    calibration
        .spread()
        .ifPresent(
            spread ->
                line(
                    "predictions spread "
                        + three(spread)
                        + " times as far as the labels; below 1 they shrink towards the mean"));
    calibration.reason().ifPresent(reason -> line(UNDEFINED + " " + reason));
  }

  private void worst() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "speaker", "true", "predicted", "error", "seconds", "text", "audio"));
    for (Breakdown.Utterance each : breakdown.worst()) {
      rows.add(
          List.of(
              Problems.value(each.sampleId()),
              Problems.value(each.speakerId()),
              three(each.trueCps()),
              three(each.predictedCps()),
              three(each.error()),
              each.seconds().map(seconds -> String.format(Locale.ROOT, "%.1f", seconds)).orElse(""),
              Problems.value(each.text()),
              Problems.oneLine(each.audioPath())));
    }
    line("");
    line("Test, the largest errors");
    table(rows);
  }

  /** The last two columns of eight are texts, as is the first; numbers stand to the right. */
  private void table(List<List<String>> rows) {
    int columns = rows.get(0).size();
    boolean texts = rows.get(0).contains("text");
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        int column = i;
        int width = rows.stream().mapToInt(each -> width(each.get(column))).max().orElse(0);
        String padding = " ".repeat(width - width(row.get(i)));
        boolean left = i == 0 || (texts && (i == 1 || i >= columns - 2));
        line.append(i == 0 ? "" : "  ").append(left ? row.get(i) + padding : padding + row.get(i));
      }
      line(line.toString().stripTrailing());
    }
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  private static String three(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.equals("-0.000") ? "0.000" : text;
  }

  private static String four(Score score) {
    Optional<String> value = score.value().map(each -> String.format(Locale.ROOT, "%.4f", each));
    return value.orElseGet(() -> "undefined: " + score.reason().orElse(""));
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
