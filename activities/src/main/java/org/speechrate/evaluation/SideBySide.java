package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Decimals;
import org.speechrate.table.Problems;

/**
 * Several evaluated models on the same test utterances.
 *
 * @param utterances number of those that all have, with the same label
 * @param leftOut number of the others
 * @param speakers of the utterances; absent unless each one's is known
 * @param scores of each model, in the given order
 * @param less of the first model minus those of each other one, from the same draws of speakers
 */
public record SideBySide(
    long utterances,
    long leftOut,
    Optional<Long> speakers,
    List<Scores> scores,
    List<Scores> less) {

  /** They are held in memory. */
  private static final int MOST_UTTERANCES = 1_000_000;

  public SideBySide {
    scores = List.copyOf(scores);
    less = List.copyOf(less);
  }

  private static final class Utterance {
    final String speaker;
    final double label;
    final double[] predicted;
    int models;

    Utterance(String speaker, double label, int models) {
      this.speaker = speaker;
      this.label = label;
      predicted = new double[models];
    }
  }

  /**
   * Compares models.
   *
   * @param folders of their evaluation stages
   * @param rounds of the bootstrap; 0 makes no intervals
   * @throws Refusal if a file cannot be read, or they have no utterance in common
   */
  public static SideBySide of(List<Path> folders, int rounds) throws IOException {
    Map<String, Utterance> utterances = new LinkedHashMap<>();
    for (int i = 0; i < folders.size(); i++) {
      read(folders.get(i).resolve(Evaluator.PREDICTIONS), i, folders.size(), utterances);
    }
    List<Utterance> common =
        utterances.values().stream().filter(each -> each.models == folders.size()).toList();
    double mean =
        common.stream()
            .mapToDouble(each -> each.label)
            .average()
            .orElseThrow(
                () ->
                    new Refusal(
                        Refusal.Kind.MISSING_SAMPLE,
                        "they have no test utterance with the same sample_id and cps in common, so"
                            + " there is nothing to compare"));
    SplitPredictions split = new SplitPredictions("test", mean, folders.size());
    common.forEach(each -> split.add(each.speaker, each.label, each.predicted));
    SpeakerBootstrap.Comparison comparison =
        new SpeakerBootstrap(rounds, Evaluator.SEED).compare(split);
    return new SideBySide(
        common.size(),
        utterances.size() - common.size(),
        split.speakers().isEmpty() ? Optional.empty() : Optional.of((long) split.speakers().size()),
        comparison.scores(),
        comparison.less());
  }

  private static void read(Path file, int model, int models, Map<String, Utterance> utterances)
      throws IOException {
    try (CsvInput input = CsvInput.open(file, file.toString())) {
      Evaluator.COLUMNS.stream().limit(5).forEach(input::require);
      input.forEach(
          row -> {
            if (!row.get("split").equals("test")) {
              return;
            }
            double label = number(file, row, "true_cps");
            double predicted = number(file, row, "predicted_cps");
            Utterance utterance =
                utterances.computeIfAbsent(
                    row.get("sample_id"),
                    id -> new Utterance(row.get("speaker_id"), label, models));
            if (utterance.label == label && utterance.models == model) {
              utterance.predicted[model] = predicted;
              utterance.models++;
            }
            if (utterances.size() > MOST_UTTERANCES) {
              throw new Refusal(
                  Refusal.Kind.BAD_VALUE,
                  String.format(
                      Locale.ROOT,
                      "%s: models are compared on at most %,d test utterances",
                      file,
                      MOST_UTTERANCES));
            }
          });
    }
  }

  private static double number(Path file, CsvInput.Row row, String column) {
    return Decimals.parse(row.get(column))
        .orElseThrow(
            () ->
                new Refusal(
                    Refusal.Kind.BAD_VALUE,
                    String.format(
                        Locale.ROOT,
                        "%s line %d: %s must be a number, got \"%s\"",
                        file,
                        row.line(),
                        column,
                        Problems.value(row.get(column)))));
  }
}
