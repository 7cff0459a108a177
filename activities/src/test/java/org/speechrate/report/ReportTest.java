package org.speechrate.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.evaluation.Scores;
import org.speechrate.pipeline.evaluation.SplitScores;
import org.speechrate.report.ReportData.Breakdown;
import org.speechrate.report.ReportData.Embedded;
import org.speechrate.report.ReportData.Prediction;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.w3c.dom.Element;

class ReportTest {
  private static final int MOST_BYTES = 3_000_000;

  /** The same with other lists; what a run had of none is empty. */
  private static ReportData with(
      ReportData data,
      Map<String, SplitScores> scores,
      List<EpochLoss> losses,
      List<Prediction> predictions,
      Breakdown breakdown,
      List<Embedded> embeddings,
      Map<String, String> facts) {
    return new ReportData(
        data.verdict(),
        false,
        data.trainMeanCps(),
        scores,
        losses,
        data.keptEpoch(),
        predictions,
        breakdown,
        embeddings,
        facts,
        facts);
  }

  @Test
  void tellsTheVerdictFirst() throws Exception {
    ReportPage page = new ReportPage(TestReports.of(TestReports.SMALL));
    assertThat(page.texts("h1"))
        .containsExactly("Better than the mean on test: MSE 2.63 against 4.25");
    assertThat(page.texts("header").get(0)).endsWith("Not distinguishable from ridge ");
    assertThat(page.texts("h2"))
        .containsExactly(
            "How good it is",
            "Predictions on the test split",
            "Where it fails",
            "Training",
            "What the embeddings look like",
            "Data",
            "Where it comes from");
    assertThat(page.all("figure")).hasSize(9);
    assertThat(page.texts("figcaption"))
        .hasSize(9)
        .allMatch(caption -> caption.contains("How to read this. "));
  }

  @Test
  void everyPictureHasWordsForThoseWhoCannotSeeIt() throws Exception {
    ReportPage page = new ReportPage(TestReports.of(TestReports.SMALL));
    List<Element> pictures =
        page.all("svg").stream().filter(svg -> svg.getAttribute("role").equals("img")).toList();
    assertThat(pictures).hasSize(9);
    for (Element picture : pictures) {
      String[] ids = picture.getAttribute("aria-labelledby").split(" ");
      Element title = (Element) picture.getElementsByTagName("title").item(0);
      Element description = (Element) picture.getElementsByTagName("desc").item(0);
      assertThat(ids).containsExactly(title.getAttribute("id"), description.getAttribute("id"));
      assertThat(title.getTextContent()).isNotBlank();
      assertThat(description.getTextContent()).isNotBlank();
    }
    assertThat(
            page.all("*").stream().map(each -> each.getAttribute("id")).filter(id -> !id.isEmpty()))
        .doesNotHaveDuplicates();
  }

  @Test
  void loadsAndRunsNothing() throws Exception {
    ReportPage page = new ReportPage(TestReports.of(TestReports.SMALL));
    assertThat(page.all("script")).isEmpty();
    assertThat(page.attributeNames())
        .doesNotContain("href", "src", "style", "xlink:href", "action", "srcset", "data")
        .noneMatch(name -> name.startsWith("on"));
    String styles = page.texts("style").get(0);
    assertThat(styles).doesNotContain("url(").doesNotContain("@import");
    assertThat(page.html)
        .contains(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;;"
                + " style-src &#39;sha256-"
                + Base64.getEncoder()
                    .encodeToString(Json.sha256().digest(styles.getBytes(StandardCharsets.UTF_8)))
                + "&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\"/>");
    // Before the styles, so that it holds for them.
    assertThat(page.html.indexOf("Content-Security-Policy"))
        .isLessThan(page.html.indexOf("<style>"));
  }

  @Test
  void metricsStandBesideTheMeansAndRidges() throws Exception {
    ReportPage page = new ReportPage(TestReports.of(TestReports.SMALL));
    assertThat(page.texts("caption"))
        .containsExactly(
            "test: 60 utterances of 4 speakers",
            "dev: 2,703 utterances of 40 speakers",
            "train: 28,539 utterances of 251 speakers");
    assertThat(page.texts("tr").subList(0, 2))
        .containsExactly(
            "metricmodelridgemeanmodel − ridgemodel − mean",
            "MSE (letters/s)²2.63 2.37 to 2.892.90 2.61 to 3.194.25 3.83 to 4.68"
                + "−0.20 −0.22 to −0.18−1.62 −1.78 to −1.46");
    assertThat(page.text())
        .contains(
            "Undefined: Pearson of mean, Pearson of model − mean, Spearman of mean, Spearman of"
                + " model − mean: the prediction is always the same");
  }

  @Test
  void ofLibriSpeechsSizeItIsSmall() throws Exception {
    ReportPage page = new ReportPage(TestReports.of(TestReports.LIBRISPEECH));
    assertThat(page.html.getBytes(StandardCharsets.UTF_8).length).isLessThan(MOST_BYTES);
    assertThat(page.text())
        .contains("2,620 utterances of the test split.")
        .contains("1,500 of the test split's 2,620 utterances, evenly spread");
  }

  @Test
  void theSameDataGiveTheSameBytes() {
    String one = Report.html(TestReports.of(TestReports.SMALL), StageMonitor.silent());
    String other = Report.html(TestReports.of(TestReports.SMALL), StageMonitor.silent());
    assertThat(one).isEqualTo(other);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Map<String, SplitScores> scores = new LinkedHashMap<>();
    Score none = TestReports.undefined("the test split has 1 speaker");
    Scores undefined = new Scores(none, none, none, none, none, none);
    scores.put(
        "test",
        new SplitScores(
            1,
            Optional.empty(),
            undefined,
            undefined,
            Optional.empty(),
            Optional.of("ridge regression needs at least 3 train utterances, got 2"),
            undefined,
            Optional.empty()));
    ReportPage page =
        new ReportPage(
            with(
                TestReports.of(TestReports.SMALL),
                scores,
                List.of(),
                List.of(),
                new Breakdown(
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.of("all predictions are the same"),
                    List.of("lengths: the labels have no texts")),
                List.of(),
                Map.of()));
    assertThat(page.all("svg")).isEmpty();
    assertThat(page.text())
        .contains("There is no MSE of the test split, so nothing to compare.")
        .contains("dev: there is no such split.")
        .contains("train: there is no such split.")
        .contains("test: 1 utterance, speakers not known")
        .contains("undefined")
        .contains("the test split has 1 speaker")
        .contains("No ridge regression: ridge regression needs at least 3 train utterances, got 2")
        .contains("There is no prediction on the test split.")
        .contains("Calibration. Undefined: all predictions are the same")
        .contains("Not every utterance's speaker is known")
        .contains("The utterances' durations are not known")
        .contains("lengths: the labels have no texts")
        .contains("No losses are known.")
        .contains("A map needs at least 10 utterances on the test split, there are 0.")
        .contains("Nothing is known.")
        .doesNotContain("NaN")
        .doesNotContain("Optional");
    assertThat(page.html).contains("class=\"verdict bad\"");
  }

  @Test
  void oneEpochOrNoDevLossIsSaid() throws Exception {
    ReportData data = TestReports.of(TestReports.SMALL);
    List<EpochLoss> noDev =
        List.of(new EpochLoss(1, 3, Double.NaN), new EpochLoss(2, 2, Double.NaN));
    assertThat(LossPlot.draw(noDev, Optional.of(2)).toString())
        .contains(
            "2 epochs; kept: epoch 2 with train MSE 2.00. There is no dev split, so no dev loss.")
        .doesNotContain("NaN")
        .doesNotContain("loss-dev\"");
    assertThat(LossPlot.draw(data.losses().subList(0, 1), Optional.of(1)).toString())
        .contains("One epoch makes no curve. epoch 1 with train MSE 180.80, dev MSE 152.41.")
        .doesNotContain("<svg");
    assertThat(LossPlot.draw(List.of(), Optional.empty()).toString()).doesNotContain("<svg");
  }

  @Test
  void unknownSpeakersGetNoColours() throws Exception {
    ReportData data = TestReports.of(TestReports.SMALL);
    String maps =
        EmbeddingMaps.draw(
                data.embeddings().stream()
                    .map(each -> new Embedded("", each.trueCps(), each.embedding()))
                    .toList(),
                60,
                StageMonitor.silent())
            .toString();
    assertThat(maps)
        .contains("No speaker is known, so none can be coloured.")
        .doesNotContain("speaker0");
    assertThat(
            EmbeddingMaps.draw(
                    data.embeddings().stream()
                        .map(each -> new Embedded("a", 9, new float[] {1, 2}))
                        .toList(),
                    60,
                    StageMonitor.silent())
                .toString())
        .contains("All embeddings of the test split are the same.");
  }

  @Test
  void predictionsFarOffLieAtTheEdgeAndAreCounted() throws Exception {
    List<Prediction> predictions =
        List.of(
            new Prediction("a", "s", 10, 11, Optional.empty()),
            new Prediction("b", "s", 12, 1e30, Optional.empty()),
            new Prediction("c", "s", 14, -1e30, Optional.empty()));
    String picture = PredictionPlot.draw(predictions, 3, 12, Optional.empty()).toString();
    assertThat(picture)
        .contains("2 predictions too far off for the picture lie at its edge.")
        .doesNotContain("NaN")
        .doesNotContain("E30");
    String errors = ResidualPlot.draw(predictions, 3, 12).toString();
    assertThat(errors).doesNotContain("NaN").doesNotContain("Infinity");
  }

  @Test
  void endsWhereItIsToldTo() {
    StageMonitor ending =
        new StageMonitor() {
          @Override
          public void progress(String text, long done, long total) {
            if (text.contains("t-SNE")) {
              throw new IllegalStateException("ended at: " + text);
            }
          }

          @Override
          public void progress(String text, long done, long total, List<EpochLoss> losses) {}

          @Override
          public void checkpointed(java.nio.file.Path checkpoint) {}

          @Override
          public Optional<java.nio.file.Path> earlierCheckpoint() {
            return Optional.empty();
          }

          @Override
          public boolean stopRequested() {
            return true;
          }

          @Override
          public boolean workerLeaving() {
            return false;
          }

          @Override
          public void requireCurrent() {}
        };
    ReportData data = TestReports.of(TestReports.SMALL);
    assertThatThrownBy(() -> Report.html(data, ending))
        .hasMessage("ended at: map of embeddings: t-SNE, step 0 of 750");
  }
}
