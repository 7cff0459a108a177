package org.speechrate.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.speechrate.dataset.Sample;
import org.speechrate.evaluation.Breakdown.Calibration;
import org.speechrate.evaluation.Breakdown.Part;
import org.speechrate.evaluation.Breakdown.Utterance;
import org.speechrate.labels.SpeechRate;
import org.speechrate.table.CsvInput;
import org.speechrate.table.IdTable;

/** Makes a {@link Breakdown}, one utterance of the test split at a time. */
final class TestBreakdown {
  private static final String LABELS = "test_cps.csv";
  private static final int WORST = 20;
  private static final int MOST_SPEAKERS = 1000;

  /** Of more utterances no lengths are kept: 40 bytes each. */
  private static final int MOST_LENGTHS = 1_000_000;

  /** Begin of each band of lengths but the first, in seconds. */
  private static final int[] SECONDS = {2, 5, 10, 15, 20, 30};

  private static final int UNKNOWN = SECONDS.length + 1;

  /** Width of a band of speech rates, in letters/s. */
  private static final int CPS = 2;

  private final Optional<Path> labels;
  private final double[] shifts;
  private final NavigableMap<Integer, ErrorSums> lengths = new TreeMap<>();
  private final NavigableMap<Integer, ErrorSums> rates = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();

  /** By sample_id. */
  private Optional<IdTable> milliseconds = Optional.empty();

  private final PriorityQueue<Worst> worst =
      new PriorityQueue<>(Comparator.comparingDouble(Worst::distance));

  private record Worst(Sample sample, double predicted) {
    double distance() {
      return Math.abs(predicted - sample.target());
    }
  }

  /**
   * @param labels the labels stage's folder
   * @param about a number that labels and predictions spread about
   */
  TestBreakdown(Optional<Path> labels, double about, int predictors) {
    this.labels = labels;
    shifts = new double[1 + predictors];
    Arrays.fill(shifts, about);
  }

  /** Reads how long the utterances are, where the labels tell. */
  void readLengths(long utterances) throws IOException {
    if (labels.isEmpty()) {
      notes.add("lengths, texts and audio paths: the run tells of no labels");
      return;
    }
    if (utterances > MOST_LENGTHS) {
      notes.add(
          String.format(
              Locale.ROOT,
              "lengths are kept of at most %,d utterances, the test split has %,d",
              MOST_LENGTHS,
              utterances));
      return;
    }
    IdTable table = new IdTable("test labels");
    boolean[] any = {false};
    try (CsvInput input = CsvInput.open(labels.get().resolve(LABELS), LABELS)) {
      input.forEach(
          row ->
              seconds(row)
                  .ifPresent(
                      seconds -> {
                        any[0] = true;
                        table.put(row.get("audio_id"), Math.round(seconds * 1000));
                      }));
    }
    if (any[0]) {
      milliseconds = Optional.of(table);
    } else {
      notes.add("lengths: the labels have no texts, whose letters / cps they are");
    }
  }

  private static Optional<Double> seconds(CsvInput.Row row) {
    long letters = SpeechRate.characters(row.get("text"));
    return letters == 0
        ? Optional.empty()
        : Optional.of(letters / Double.parseDouble(row.get("cps")));
  }

  /**
   * @param predicted by each predictor, the model's first
   */
  void add(Sample sample, double[] predicted) {
    milliseconds.ifPresent(
        table ->
            part(lengths, lengthBand(table.get(sample.sampleId())))
                .add(sample.target(), predicted));
    part(rates, (int) Math.floor(sample.target() / CPS)).add(sample.target(), predicted);
    worst.add(new Worst(sample, predicted[0]));
    if (worst.size() > WORST) {
      worst.poll();
    }
  }

  private ErrorSums part(Map<Integer, ErrorSums> parts, int band) {
    return parts.computeIfAbsent(band, each -> new ErrorSums(shifts));
  }

  private static int lengthBand(long milliseconds) {
    if (milliseconds < 0) {
      return UNKNOWN;
    }
    int band = 0;
    while (band < SECONDS.length && milliseconds >= 1000L * SECONDS[band]) {
      band++;
    }
    return band;
  }

  private static String lengthName(int band) {
    if (band == UNKNOWN) {
      return "not known";
    }
    return band == 0
        ? "below " + SECONDS[0] + " s"
        : band == SECONDS.length
            ? SECONDS[band - 1] + " s and more"
            : SECONDS[band - 1] + " to " + SECONDS[band] + " s";
  }

  /** Of what was added. */
  Breakdown result(SplitPredictions test) throws IOException {
    List<Part> speakers = new ArrayList<>();
    test.speakers().forEach((name, sums) -> speakers.add(part(name, sums)));
    speakers.sort(Comparator.comparingDouble(Part::mse).reversed());
    if (!test.speakersKnown()) {
      notes.add("speakers: they are not known");
    } else if (test.tooManySpeakers()) {
      notes.add(
          String.format(
              Locale.ROOT, "speakers: there are more than %,d", SplitPredictions.MOST_SPEAKERS));
    } else if (speakers.size() > MOST_SPEAKERS) {
      notes.add(
          String.format(
              Locale.ROOT,
              "speakers: the %,d with the largest MSE of %,d",
              MOST_SPEAKERS,
              speakers.size()));
    }
    return new Breakdown(
        speakers.subList(0, Math.min(MOST_SPEAKERS, speakers.size())),
        parts(lengths, TestBreakdown::lengthName),
        parts(rates, band -> CPS * band + " to " + CPS * (band + 1) + " letters/s"),
        worst(),
        calibration(test.all()),
        notes);
  }

  private static List<Part> parts(
      NavigableMap<Integer, ErrorSums> bands, IntFunction<String> name) {
    return bands.entrySet().stream()
        .map(band -> part(name.apply(band.getKey()), band.getValue()))
        .toList();
  }

  private static Part part(String name, ErrorSums sums) {
    return new Part(
        name,
        sums.n(),
        sums.meanLabel(),
        sums.meanPrediction(Evaluator.MODEL),
        sums.mse(Evaluator.MODEL),
        sums.mae(Evaluator.MODEL),
        sums.mse(Evaluator.MEAN),
        sums.predictors() > Evaluator.RIDGE
            ? Optional.of(sums.mse(Evaluator.RIDGE))
            : Optional.empty());
  }

  private List<Utterance> worst() throws IOException {
    Map<String, Utterance> found = new HashMap<>();
    List<Worst> ordered =
        worst.stream().sorted(Comparator.comparingDouble(Worst::distance).reversed()).toList();
    for (Worst each : ordered) {
      found.put(each.sample().sampleId(), utterance(each));
    }
    if (labels.isPresent()) {
      try (CsvInput input = CsvInput.open(labels.get().resolve(LABELS), LABELS)) {
        input.forEach(
            row ->
                found.computeIfPresent(
                    row.get("audio_id"),
                    (id, was) ->
                        new Utterance(
                            id,
                            was.speakerId(),
                            was.trueCps(),
                            was.predictedCps(),
                            was.error(),
                            seconds(row),
                            row.get("text"),
                            row.get("audio_path"))));
      }
    }
    return ordered.stream().map(each -> found.get(each.sample().sampleId())).toList();
  }

  /** What is known without the labels. */
  private static Utterance utterance(Worst worst) {
    Sample sample = worst.sample();
    return new Utterance(
        sample.sampleId(),
        sample.speakerId(),
        sample.target(),
        worst.predicted(),
        worst.predicted() - sample.target(),
        Optional.empty(),
        "",
        "");
  }

  private static Calibration calibration(ErrorSums test) {
    double slope = test.slope(Evaluator.MODEL);
    double spread = test.spread(Evaluator.MODEL);
    Optional<Double> known = defined(slope);
    return new Calibration(
        known,
        known.map(each -> test.meanLabel() - each * test.meanPrediction(Evaluator.MODEL)),
        defined(spread),
        Double.isNaN(slope)
            ? Optional.of("a slope needs predictions that differ")
            : Double.isNaN(spread)
                ? Optional.of("a spread needs labels that differ")
                : Optional.empty());
  }

  private static Optional<Double> defined(double value) {
    return Double.isNaN(value) ? Optional.empty() : Optional.of(value);
  }
}
