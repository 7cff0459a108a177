package org.speechrate.labels;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.table.CsvInput;
import org.speechrate.table.Decimals;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Labels made from the corpus stage's {@code utterances.csv}. */
final class CorpusLabels {
  private CorpusLabels() {}

  /**
   * @param utterances the corpus stage's table
   * @throws Refusal if an utterance has no length, a text without letters and digits, or a rate
   *     that nobody speaks
   */
  static LabelFacts write(Path utterances, Path folder) throws IOException {
    Problems problems = new Problems();
    LabelTally tally = new LabelTally();
    Map<String, LabelOutput> outputs = new HashMap<>();
    try (CsvInput input = CsvInput.open(utterances, "utterances.csv")) {
      for (String split : Splits.NAMES) {
        outputs.put(split, new LabelOutput(folder, split, List.of()));
      }
      input.forEach(
          row -> {
            try {
              double seconds = Decimals.parse(row.get("seconds")).orElse(Double.NaN);
              double cps = SpeechRate.cps(row.get("text"), seconds);
              if (!SpeechRate.isPlausible(cps)) {
                problems.add(
                    Refusal.Kind.BAD_VALUE,
                    String.format(
                        "%s: its %s in %s s make %s letters/s, cps must be %s to %s",
                        row.get("path"),
                        Counts.of(SpeechRate.characters(row.get("text")), "letter"),
                        row.get("seconds"),
                        rounded(cps),
                        Decimals.shortest(SpeechRate.SLOWEST_CPS),
                        Decimals.shortest(SpeechRate.FASTEST_CPS)),
                    "do transcript and audio belong together?");
                return;
              }
              String split = row.get("split");
              tally.add(split, cps);
              outputs
                  .get(split)
                  .label(
                      row.get("path"),
                      row.get("text"),
                      cps,
                      row.get("speaker_id"),
                      chapter(row.get("path")),
                      row.get("sample_id"),
                      List.of());
            } catch (Refusal e) {
              problems.add(
                  e.kind(),
                  row.get("path") + ": " + e.getMessage(),
                  "repair its transcript or its audio, or take both away");
            }
          });
    } finally {
      for (LabelOutput output : outputs.values()) {
        output.close();
      }
    }
    problems.refuseIfAny("corpus");
    return tally.facts();
  }

  /** The folder that holds the file. */
  /** As many decimals as tell it from what is still plausible. */
  private static String rounded(double cps) {
    double bound = cps < SpeechRate.SLOWEST_CPS ? SpeechRate.SLOWEST_CPS : SpeechRate.FASTEST_CPS;
    return Decimals.apart(cps, bound, 2).get(0);
  }

  private static String chapter(String path) {
    int end = path.lastIndexOf('/');
    return end < 0 ? "" : path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }
}
