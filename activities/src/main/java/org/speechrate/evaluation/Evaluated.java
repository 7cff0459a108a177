package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.speechrate.dataset.SampleTable;
import org.speechrate.dataset.SpeakerSplits;
import org.speechrate.pipeline.Refusal;

/** What has to be known of all samples before the first is evaluated. */
final class Evaluated {
  private static final int SPEAKERS_NAMED = 3;

  private static final long TEST = SpeakerSplits.bit("test");

  private final Map<String, DoubleSummaryStatistics> cps = new TreeMap<>();
  private final SpeakerSplits speakers = new SpeakerSplits();
  private boolean speakersKnown = true;

  private Evaluated() {}

  /**
   * @throws Refusal if train or test has no utterance
   */
  static Evaluated read(Path samplesCsv) throws IOException {
    Evaluated evaluated = new Evaluated();
    SampleTable.forEach(
        samplesCsv,
        sample -> {
          evaluated
              .cps
              .computeIfAbsent(sample.split(), split -> new DoubleSummaryStatistics())
              .accept(sample.target());
          evaluated.speakersKnown &= !sample.speakerId().isBlank();
          evaluated.speakers.add(sample.speakerId(), sample.split());
        });
    for (String split : List.of("train", "test")) {
      if (evaluated.utterances(split) == 0) {
        throw new Refusal(
            Refusal.Kind.TOO_FEW_ROWS,
            String.format(
                "evaluation needs at least 1 utterance in split %s, got 0 of the dataset's %d",
                split, evaluated.samples()));
      }
    }
    return evaluated;
  }

  long samples() {
    return cps.values().stream().mapToLong(DoubleSummaryStatistics::getCount).sum();
  }

  long utterances(String split) {
    return cps.containsKey(split) ? cps.get(split).getCount() : 0;
  }

  /** Of a split's labels. */
  double mean(String split) {
    return cps.get(split).getAverage();
  }

  /** Number of a split's speakers; absent unless the speaker of each sample is known. */
  Optional<Long> speakers(String split) {
    long bit = SpeakerSplits.bit(split);
    return speakersKnown
        ? Optional.of(speakers.count(splits -> (splits & bit) != 0))
        : Optional.empty();
  }

  /** Absent unless the speaker of each sample is known. */
  Optional<Verdict.TestSpeakers> testSpeakers(Path samplesCsv) throws IOException {
    if (!speakersKnown) {
      return Optional.empty();
    }
    long heard = speakers.count(Evaluated::isHeard);
    return Optional.of(
        new Verdict.TestSpeakers(
            speakers.count(splits -> (splits & TEST) != 0),
            heard,
            heard == 0
                ? List.of()
                : List.copyOf(speakers.names(samplesCsv, Evaluated::isHeard, SPEAKERS_NAMED))));
  }

  /** Whether somebody of the test split is in another one, too. */
  private static boolean isHeard(long splits) {
    return (splits & TEST) != 0 && splits != TEST;
  }
}
