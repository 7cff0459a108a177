package org.speechrate.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.report.ReportData.Breakdown;
import org.speechrate.report.ReportData.Calibration;
import org.speechrate.report.ReportData.Group;
import org.speechrate.report.ReportData.Prediction;
import org.speechrate.report.ReportData.Worst;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;

/** The page as a whole: its sections in order, verdict first. */
public final class Report {

  private static final String STYLES = "report.css";
  private static final int LONGEST_LINE = 300;
  private static final int LONGEST_VALUE = 600;
  private static final int LONGEST_VERDICT = 2000;

  private final ReportData data;
  private final StageMonitor monitor;

  private Report(ReportData data, StageMonitor monitor) {
    this.data = data;
    this.monitor = monitor;
  }

  /**
   * One HTML page.
   *
   * @param monitor hears how far it is, and may end it
   */
  public static String html(ReportData data, StageMonitor monitor) {
    return new Report(data, monitor).page();
  }

  private String page() {
    String styles = styles();
    Markup page =
        new Markup()
            .open("html", "lang", "en")
            .open("head")
            .empty("meta", "charset", "utf-8")
            .empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                // Nothing is loaded and nothing runs; styles are those below and no others.
                "default-src 'none'; style-src 'sha256-"
                    + Base64.getEncoder()
                        .encodeToString(
                            Json.sha256().digest(styles.getBytes(StandardCharsets.UTF_8)))
                    + "'; base-uri 'none'; form-action 'none'")
            .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
            .empty("meta", "name", "color-scheme", "content", "light dark")
            .leaf("title", "Report on a speech rate model")
            .open("style")
            .verbatim(styles)
            .close()
            .close()
            .open("body")
            .open("main");
    verdict(page);
    scores(page);
    predictions(page);
    failures(page);
    page.open("section").leaf("h2", "Training").open("div", "class", "figures");
    page.add(LossPlot.draw(data.losses(), data.keptEpoch())).close().close();
    page.open("section").leaf("h2", "What the embeddings look like");
    page.open("div", "class", "figures")
        .add(EmbeddingMaps.draw(data.embeddings(), testUtterances(), monitor))
        .close()
        .close();
    facts(page, "Data", data.data());
    facts(page, "Where it comes from", data.provenance());
    page.close().close().close();
    return "<!DOCTYPE html>\n" + page + "\n";
  }

  private Optional<SplitScores> test() {
    return Optional.ofNullable(data.scores().get("test"));
  }

  private long testUtterances() {
    return test().map(SplitScores::n).orElse((long) data.predictions().size());
  }

  private void verdict(Markup page) {
    page.open("header")
        .leaf("p", "Report on a speech rate model", "class", "title")
        .open("div", "class", data.betterThanMean() ? "verdict" : "verdict bad");
    // Its first part says it; what follows says how far to trust it.
    int end = data.verdict().indexOf("; ");
    page.open("h1")
        .user(end < 0 ? data.verdict() : data.verdict().substring(0, end), LONGEST_VERDICT)
        .close();
    if (end >= 0) {
      page.open("p", "class", "lead")
          .user(capital(data.verdict().substring(end + 2)), LONGEST_VERDICT)
          .close();
    }
    page.close().close();
  }

  private static String capital(String sentence) {
    return sentence.isEmpty()
        ? ""
        : sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
  }

  private void scores(Markup page) {
    page.open("section").leaf("h2", "How good it is");
    page.open("div", "class", "figures")
        .add(
            test()
                .map(IntervalPlot::draw)
                .orElse(Figure.missing("How sure it is", "There is no test split.")))
        .open("div", "class", "prose")
        .leaf("h3", "What is compared")
        .leaf(
            "p",
            "The model predicts letters and digits per second from a speaker embedding. Beside it stand"
                + " two that it has to beat: always answering the mean of the train labels ("
                + Numbers.of(data.trainMeanCps())
                + " letters/s), and ridge regression, the best straight line through the same"
                + " embeddings.")
        .leaf(
            "p",
            "MSE, RMSE and MAE are errors: smaller is better. R², Pearson and Spearman are better the"
                + " closer to 1; an R² of 0 is no better than the split's own mean. Small print is the"
                + " 95 % interval over resampled speakers. A difference counts where its interval does"
                + " not contain 0.")
        .close()
        .close();
    for (String split : List.of("test", "dev", "train")) {
      if (data.scores().containsKey(split)) {
        page.add(MetricsTable.draw(split, data.scores().get(split)));
      } else {
        page.open("p", "class", "missing")
            .leaf("b", split)
            .text(": there is no such split.")
            .close();
      }
    }
    page.close();
  }

  private void predictions(Markup page) {
    page.open("section")
        .leaf("h2", "Predictions on the test split")
        .open("div", "class", "figures")
        .add(
            PredictionPlot.draw(
                data.predictions(),
                testUtterances(),
                data.trainMeanCps(),
                data.breakdown().calibration()))
        .add(ResidualPlot.draw(data.predictions(), testUtterances(), data.trainMeanCps()))
        .close()
        .add(calibration(data.breakdown()))
        .close();
  }

  private static Markup calibration(Breakdown breakdown) {
    Markup text = new Markup().open("p", "class", "wide").leaf("b", "Calibration. ");
    Optional<Calibration> known = breakdown.calibration();
    if (known.isEmpty()) {
      return text.text("Undefined: ")
          .user(breakdown.calibrationReason().orElse("no reason is known"), LONGEST_LINE)
          .close();
    }
    Calibration line = known.get();
    return text.text(
            String.format(
                Locale.ROOT,
                "True rates follow predicted ones with slope %s (1 is right; below 1 the predictions"
                    + " exaggerate, above 1 they hold back). Predictions vary %s times as much as the"
                    + " true rates: below 1 they are shrunk towards the mean, as they should be where"
                    + " the embedding does not tell all.",
                Numbers.of(line.slope()),
                Numbers.of(line.spread())))
        .close();
  }

  private void failures(Markup page) {
    Breakdown breakdown = data.breakdown();
    page.open("section").leaf("h2", "Where it fails").open("div", "class", "figures");
    page.add(SpeakerPlot.draw(breakdown.speakers()));
    page.open("div", "class", "bands")
        .add(
            bands(
                "By true speech rate",
                "letters/s",
                breakdown.cpsBands(),
                "There are no utterances to divide by speech rate."))
        .add(
            bands(
                "By duration",
                "duration",
                breakdown.durationBands(),
                "The utterances' durations are not known, so there is no table by duration."))
        .leaf(
            "p",
            "Bias is the mean error: above 0 predicted too fast. A model that shrinks towards the mean"
                + " is biased up among slow utterances and down among fast ones.",
            "class",
            "how")
        .close()
        .close();
    if (!breakdown.notes().isEmpty()) {
      page.open("ul", "class", "notes");
      breakdown.notes().forEach(note -> page.open("li").user(note, LONGEST_LINE).close());
      page.close();
    }
    worst(page, breakdown.worst());
    page.close();
  }

  private static Markup bands(String heading, String unit, List<Group> bands, String missing) {
    if (bands.isEmpty()) {
      return Figure.missing(heading, missing);
    }
    Markup table = new Markup().leaf("h3", heading).open("table").open("thead").open("tr");
    for (String name : List.of(unit, "n", "RMSE", "mean's RMSE", "MAE", "bias")) {
      table.leaf("th", name, "scope", "col");
    }
    table.close().close().open("tbody");
    for (Group band : bands) {
      table
          .open("tr")
          .leaf("th", Markup.shorten(withoutUnit(band.name(), unit), 40), "scope", "row")
          .leaf("td", String.format(Locale.ROOT, "%,d", band.n()))
          .leaf("td", Numbers.of(Math.sqrt(band.mse())))
          .leaf("td", Numbers.of(Math.sqrt(band.baselineMse())))
          .leaf("td", Numbers.of(band.mae()))
          .leaf("td", Numbers.signed(band.bias()))
          .close();
    }
    return table.close().close();
  }

  /** The column's heading says it. */
  private static String withoutUnit(String name, String unit) {
    return name.endsWith(" " + unit) ? name.substring(0, name.length() - unit.length() - 1) : name;
  }

  private static void worst(Markup page, List<Worst> worst) {
    page.leaf("h3", "The largest errors");
    if (worst.isEmpty()) {
      page.leaf("p", "There is no utterance on the test split.", "class", "missing");
      return;
    }
    page.open("table", "class", "worst stack").open("thead").open("tr");
    for (String name :
        List.of("utterance", "speaker", "true", "predicted", "error", "text and audio")) {
      page.leaf("th", name, "scope", "col");
    }
    page.close().close().open("tbody");
    for (Worst each : worst) {
      Prediction prediction = each.prediction();
      page.open("tr")
          .open("th", "scope", "row")
          .user(prediction.sampleId(), 100)
          .close()
          .open("td", "data-label", "speaker")
          .user(prediction.speaker().isBlank() ? "not known" : prediction.speaker(), 60)
          .close()
          .leaf("td", Numbers.of(prediction.trueCps()), "data-label", "true")
          .leaf("td", Numbers.of(prediction.predictedCps()), "data-label", "predicted")
          .leaf(
              "td",
              Numbers.signed(prediction.predictedCps() - prediction.trueCps()),
              "data-label",
              "error")
          .open("td", "class", "words")
          .open("span", "class", "spoken")
          .user(each.text().isBlank() ? "(text not known)" : each.text(), LONGEST_LINE)
          .close()
          .text(" ")
          .open("small", "class", "path")
          .user(each.path().isBlank() ? "(audio not known)" : each.path(), LONGEST_LINE)
          .close()
          .close()
          .close();
    }
    page.close().close();
    page.leaf(
        "p",
        "The "
            + Counts.of(worst.size(), "utterance")
            + " of the test split whose predictions are furthest off. Look here for wrong labels first:"
            + " texts that do not belong to the audio, silence around the speech, numbers written in"
            + " digits.",
        "class",
        "how");
  }

  private static void facts(Markup page, String heading, Map<String, String> facts) {
    page.open("section").leaf("h2", heading);
    if (facts.isEmpty()) {
      page.leaf("p", "Nothing is known.", "class", "missing").close();
      return;
    }
    page.open("dl");
    facts.forEach(
        (name, value) -> {
          page.open("dt").user(name, 100).close();
          page.open("dd").user(value.isBlank() ? "—" : value, LONGEST_VALUE).close();
        });
    page.close().close();
  }

  private static String styles() {
    try (InputStream in = Report.class.getResourceAsStream(STYLES)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
