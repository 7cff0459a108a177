package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class ChartsTest {
  @TempDir Path folder;

  private static final double[] TRUE = {8, 10, 12};
  private static final double[] PREDICTED = {9, 10, 11};

  @Test
  void drawsOnePointPerUtteranceAndOneForTheLegend() throws Exception {
    // Those of train are circles.
    Document svg = parse(Charts.predictedAgainstTrue(predictions("train", "train", "train")));
    assertThat(svg.getElementsByTagName("ellipse").getLength()).isEqualTo(3 + 1);
  }

  @Test
  void axesHaveUnitsAndTheSameRange() {
    Figure figure = Charts.scatter(predictions("test", "test", "test"));
    assertThat(figure.x().title()).isEqualTo("true speech rate in letters/s");
    assertThat(figure.y().title()).isEqualTo("predicted speech rate in letters/s");
    // 8 and 12 are the extremes of both: from floor(7.5) to ceil(12.5).
    assertThat(figure.x().range()).contains(new Figure.Range(7, 13));
    assertThat(figure.y().range()).contains(new Figure.Range(7, 13));
  }

  @Test
  void eachSplitHasItsOwnSeriesBesideTheDiagonal() {
    assertThat(names(Charts.scatter(predictions("dev", "test", "test"))))
        .containsExactly("predicted = true", "dev, 1 utterance", "test, 2 utterances");
  }

  @Test
  void anyNameOfASplitGivesXml() throws Exception {
    parse(Charts.predictedAgainstTrue(predictions("<a>&\"", "<a>&\"", "\u0000")));
  }

  @Test
  void aMissingPredictionIsLeftOut() throws Exception {
    Table table = predictions("train", "train", "train");
    table.doubleColumn("predicted_cps").setMissing(1);
    Document svg = parse(Charts.predictedAgainstTrue(table));
    assertThat(svg.getElementsByTagName("ellipse").getLength()).isEqualTo(2 + 1);
  }

  @Test
  void saysInWordsWhatItShows() throws Exception {
    Chart chart = Charts.predictedAgainstTrue(predictions("test", "test", "test"));
    assertThat(chart.altText())
        .isEqualTo(
            "Scatter plot of predicted against true speech rate in letters per second, 3"
                + " utterances: true values from 8.0 to 12.0, predictions from 9.0 to 11.0. A"
                + " diagonal marks perfect predictions.");
    Document svg = parse(chart);
    assertThat(svg.getDocumentElement().getAttribute("role")).isEqualTo("img");
    assertThat(svg.getDocumentElement().getAttribute("aria-label")).isEqualTo(chart.altText());
    assertThat(svg.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo(chart.altText());
  }

  @Test
  void lossesMarkTheLowestOnDev() throws Exception {
    Table history = history(DoubleColumn.create("dev_mse", new double[] {5, 3, 3.5}));
    Figure figure = Charts.lines(history);
    assertThat(names(figure)).containsExactly("train", "dev", "lowest dev: 3.000 in epoch 2");
    assertThat(figure.x().title()).isEqualTo("epoch");
    assertThat(figure.y().title()).isEqualTo("mean squared error in (letters/s)²");
    Chart chart = Charts.losses(history);
    parse(chart);
    assertThat(chart.altText())
        .isEqualTo(
            "Line chart of the mean squared error by epoch; train from 4.000 to 1.000; dev from"
                + " 5.000 to 3.500; the lowest on dev is 3.000 in epoch 2.");
  }

  @Test
  void lossesWithoutDevDrawTrainAlone() {
    assertThat(names(Charts.lines(history(DoubleColumn.create("dev_mse", 3)))))
        .containsExactly("train");
  }

  @Test
  void aSingleEpochIsDrawn() throws Exception {
    Table one = history(DoubleColumn.create("dev_mse", new double[] {5, 3, 3.5})).first(1);
    parse(Charts.losses(one));
  }

  @Test
  void residualsArePredictedMinusTrue() throws Exception {
    Table table = predictions("test", "dev", "test");
    Figure figure = Charts.errors(table);
    assertThat(names(figure)).containsExactly("0", "test, 2 utterances", "dev, 1 utterance");
    // 9 - 8 and 11 - 12 on test, 10 - 10 on dev.
    assertThat(figure.series().get(1).y()).containsExactly(1.0, -1.0);
    assertThat(figure.series().get(2).y()).containsExactly(0.0);
    assertThat(table.columnNames()).doesNotContain("error");
    parse(Charts.residuals(table));
  }

  @Test
  void speakersStandByTheirMeanError() throws Exception {
    Table table = speakers("b", "a");
    Figure figure = Charts.speakers(table);
    // a: -1; b: (1 + 0) / 2.
    assertThat(figure.x().categories()).containsExactly("a", "b");
    assertThat(figure.series().get(1).x()).containsExactly(0.0, 1.0, 1.0);
    assertThat(figure.series().get(1).y()).containsExactly(-1.0, 1.0, 0.0);
    assertThat(figure.series().get(2).y()).containsExactly(-1.0, 0.5);
    assertThat(figure.altText()).contains("is 1.00, of speaker a, whose mean error is -1.00");
    parse(Charts.perSpeaker(table));
  }

  @Test
  void theHistogramCountsEachUtteranceOnce() throws Exception {
    Table table =
        Table.create(
            "labels",
            StringColumn.create("split", "train", "train", "train", "test"),
            DoubleColumn.create("cps", new double[] {8.5, 10, 10.9, 9.2}));
    Figure figure = Charts.histogram(table);
    // Bins 8 to 9, 9 to 10, 10 to 11; the floor before and behind them.
    assertThat(figure.series().get(0).x()).containsExactly(8.0, 8.0, 9.0, 10.0, 11.0);
    assertThat(figure.series().get(0).y()).containsExactly(0.0, 1.0, 0.0, 2.0, 0.0);
    assertThat(figure.series().get(1).y()).containsExactly(0.0, 0.0, 1.0, 0.0, 0.0);
    parse(Charts.cpsDistribution(table));
  }

  @Test
  void lengthsThatAreNotKnownAreLeftOut() throws Exception {
    Table table =
        Table.create(
            "labels",
            StringColumn.create("split", "train", "train"),
            DoubleColumn.create("cps", new double[] {8.5, 10}),
            DoubleColumn.create("seconds", new Double[] {3.0, null}));
    assertThat(names(Charts.lengths(table))).containsExactly("train, 1 utterance");
    parse(Charts.durations(table));
    table.doubleColumn("seconds").setMissing(0);
    assertThatThrownBy(() -> Charts.durations(table))
        .hasMessageStartingWith("nothing to draw: no utterance's length is known");
  }

  @Test
  void theBestVariantStandsAtTheTop() throws Exception {
    Table table = leaderboard("1", "0");
    Figure figure = Charts.ranks(table);
    assertThat(figure.y().categories()).containsExactly("2. seed 0", "1. seed 1");
    assertThat(figure.series().get(0).x()).containsExactly(2.0, 3.0);
    assertThat(figure.series().get(0).y()).containsExactly(1.0, 0.0);
    assertThat(figure.altText())
        .contains("2 variants", "2.000, the best one being 1. seed 1, to 3.000");
    parse(Charts.leaderboard(table));
  }

  /** Letters are drawn as outlines, so other names make another drawing. */
  @Test
  void eachNameIsDrawn() {
    assertThat(drawn(Charts.leaderboard(leaderboard("1", "0"))))
        .isNotEqualTo(drawn(Charts.leaderboard(leaderboard("7", "0"))))
        .isNotEqualTo(drawn(Charts.leaderboard(leaderboard("1", "7"))));
    assertThat(drawn(Charts.perSpeaker(speakers("b", "a"))))
        .isNotEqualTo(drawn(Charts.perSpeaker(speakers("c", "a"))))
        .isNotEqualTo(drawn(Charts.perSpeaker(speakers("b", "c"))));
  }

  @Test
  void aMapPutsSimilarRecordingsSideBySide() throws Exception {
    Embeddings embeddings = cross();
    Figure figure = Charts.cloud(embeddings, embeddings.table(), "speaker");
    assertThat(figure.title()).isEqualTo("Map of the embeddings by speaker");
    // Squares from the middle: 9 + 9 and 1 + 1 of 20.
    assertThat(figure.x().title()).isEqualTo("first principal component, 90 % of the variance");
    assertThat(figure.y().title()).isEqualTo("second principal component, 10 % of the variance");
    assertThat(names(figure)).containsExactly("anna (2)", "ben (1)", "others (1)");
    assertThat(figure.series().get(0).x()).containsExactly(3.0, -3.0);
    assertThat(figure.series().get(0).hover())
        .containsExactly(
            "sample_id a, speaker anna, path anna/a.wav",
            "sample_id b, speaker anna, path anna/b.wav");
    assertThat(figure.series().get(1).look()).isEqualTo(1);
    // It lies in no speaker's folder.
    assertThat(figure.series().get(2).look()).isEqualTo(Figure.NO_LOOK);
    // One scale for both: 6 wide, and a little more.
    assertThat(figure.x().range().orElseThrow().most()).isCloseTo(3.24, within(1e-9));
    assertThat(figure.y().range().orElseThrow().most()).isCloseTo(3.24, within(1e-9));
    Chart chart = Charts.map(embeddings, "speaker");
    assertThat(chart.altText())
        .isEqualTo(
            "Scatter plot of 4 recordings by the first two principal components of their"
                + " embeddings, which hold 90 % and 10 % of the variance, by speaker: anna (2), ben"
                + " (1), others (1).");
    parse(chart);
  }

  @Test
  void aMapByNumbersShowsTheirQuarters() throws Exception {
    Table rates =
        Table.create(
            "rates",
            StringColumn.create("sample_id", "d", "c", "b", "elsewhere", "a"),
            DoubleColumn.create("cps", new double[] {14, 12, 10, 99, 10}));
    Embeddings embeddings = cross();
    Figure figure = Charts.cloud(embeddings, rates, "cps");
    // Equal values stay together.
    assertThat(names(figure))
        .containsExactly("10.00 to 10.00 (2)", "12.00 to 12.00 (1)", "14.00 to 14.00 (1)");
    assertThat(names(Charts.cloud(embeddings, rates.first(2), "cps")))
        .containsExactly("12.00 to 12.00 (1)", "14.00 to 14.00 (1)", "others (2)");
    Table close = rates.copy();
    close.replaceColumn(
        "cps", DoubleColumn.create("cps", new double[] {1.00001, 1.00002, 1.00003, 0, 2}));
    assertThat(names(Charts.cloud(embeddings, close, "cps")))
        .containsExactly("1.000 to 1.000 (3)", "2.000 to 2.000 (1)");
    rates.doubleColumn("cps").setMissing(0);
    assertThat(names(Charts.cloud(embeddings, rates, "cps")))
        .containsExactly("10.00 to 10.00 (2)", "12.00 to 12.00 (1)", "others (1)");
  }

  @Test
  void aMapTellsManyGroupsApartAndTheRarestNot() throws Exception {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    for (int i = 0; i < 2 * Figure.LOOKS; i++) {
      vectors.put("s" + (10 + i % Figure.LOOKS) + "/" + i + ".wav", new float[] {i, i % 7});
    }
    vectors.put("rare/one.wav", new float[] {0, 0});
    Embeddings embeddings = Embeddings.read(RecordingFiles.write(folder, vectors));
    Figure figure = Charts.cloud(embeddings, embeddings.table(), "speaker");
    assertThat(figure.series()).hasSize(Figure.LOOKS + 1);
    assertThat(names(figure)).startsWith("s10 (2)", "s11 (2)").endsWith("others (1)");
    assertThat(figure.series().stream().map(each -> each.color() + each.symbol()))
        .doesNotHaveDuplicates();
    Chart chart = Charts.map(embeddings, "speaker");
    parse(chart);
    // The names stand right of the picture, where many fit.
    assertThat(chart.plotly().get("layout").toString()).doesNotContain("orientation");
  }

  @Test
  void groupsWhoseNamesDifferAtTheirEndsAreTwo() throws Exception {
    Table about =
        Table.create(
            "about",
            StringColumn.create("sample_id", "a", "b", "c"),
            StringColumn.create("room", "r".repeat(60) + "1", "r".repeat(60) + "2", "others"));
    assertThat(names(Charts.cloud(cross(), about, "room"))).hasSize(4).doesNotHaveDuplicates();
    parse(Charts.map(cross(), about, "room"));
  }

  @Test
  void whatCannotBeMappedIsOneLine() throws Exception {
    Embeddings embeddings = cross();
    assertThatThrownBy(() -> Charts.map(embeddings, "language"))
        .isInstanceOf(NotebookException.class)
        .hasMessage(
            "nothing to draw: no column language; the table has [sample_id, speaker, path]");
    Embeddings one =
        Embeddings.read(
            RecordingFiles.write(folder.resolve("one"), Map.of("a.wav", new float[] {1})));
    assertThatThrownBy(() -> Charts.map(one, "speaker"))
        .hasMessage("nothing to draw: a map needs 2 embeddings, there is 1");
  }

  /** Around (5, 7): 3 to either side on the second axis, 1 on the first. */
  private Embeddings cross() throws IOException {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    vectors.put("anna/a.wav", new float[] {5, 10});
    vectors.put("anna/b.wav", new float[] {5, 4});
    vectors.put("ben/c.wav", new float[] {6, 7});
    vectors.put("d.wav", new float[] {4, 7});
    return Embeddings.read(RecordingFiles.write(folder.resolve("cross"), vectors));
  }

  private static Table speakers(String first, String second) {
    Table table = predictions("test", "test", "test");
    return table.addColumns(StringColumn.create("speaker_id", first, first, second));
  }

  /** Without the words of the chart. */
  private static String drawn(Chart chart) {
    return chart.svg().substring(chart.svg().indexOf("</title>"));
  }

  @Test
  void layersHaveTheirIntervals() throws Exception {
    Table table = Table.create("layers", StringColumn.create("layer", "layer_0", "layer_1"));
    for (String kind : List.of("ridge", "network")) {
      table.addColumns(
          DoubleColumn.create(kind + "_test_r2", new Double[] {0.25, 0.5}),
          DoubleColumn.create(kind + "_test_low", new Double[] {0.125, null}),
          DoubleColumn.create(kind + "_test_high", new Double[] {0.375, null}));
    }
    Figure figure = Charts.probes(table);
    assertThat(names(figure))
        .containsExactly("0", "ridge", "ridge, 95 %", "network", "network, 95 %");
    double none = Double.NaN;
    assertThat(figure.series().get(2).y()).containsExactly(0.125, 0.375, none, none, none, none);
    assertThat(figure.altText()).contains("the largest by ridge is 0.500, of layer_1");
    parse(Charts.layers(table));
  }

  @Test
  void theInteractiveChartHasTheSamePointsAndNothingOfItIsMarkup() throws Exception {
    Table table = predictions("test", "test", "test");
    table.addColumns(StringColumn.create("sample_id", "<b>", "x", "y"));
    Chart chart = Charts.predictedAgainstTrue(table);
    JsonNode plotly = new JsonMapper().valueToTree(chart.plotly());
    JsonNode points = plotly.path("data").path(1);
    assertThat(points.path("mode").asText()).isEqualTo("markers");
    assertThat(points.path("x").toString()).isEqualTo("[8.0,10.0,12.0]");
    assertThat(points.path("y").toString()).isEqualTo("[9.0,10.0,11.0]");
    assertThat(points.path("text").path(0).asText())
        .isEqualTo("split test, true_cps 8.00, predicted_cps 9.00, sample_id &lt;b&gt;");
    assertThat(plotly.path("layout").path("title").path("text").asText())
        .isEqualTo("Predicted against true speech rate");
    assertThat(plotly.path("layout").path("xaxis").path("range").toString())
        .isEqualTo("[7.0,13.0]");
    Table gap = predictions("test", "test", "test");
    gap.doubleColumn("predicted_cps").setMissing(1);
    assertThat(
            new JsonMapper()
                .valueToTree(Charts.predictedAgainstTrue(gap).plotly())
                .at("/data/1/y")
                .toString())
        .isEqualTo("[9.0,null,11.0]");
  }

  @Test
  void refusesAnEmptyTable() {
    Table none = predictions("a", "b", "c").emptyCopy();
    assertThatThrownBy(() -> Charts.predictedAgainstTrue(none))
        .isInstanceOf(NotebookException.class)
        .hasMessage("nothing to draw: the table of predictions has no rows");
  }

  @Test
  void refusesATableWithoutTheColumn() {
    Table other = Table.create("other", IntColumn.create("x", new int[] {1}));
    assertThatThrownBy(() -> Charts.predictedAgainstTrue(other))
        .hasMessage("nothing to draw: no column true_cps; the table has [x]");
  }

  private static Table predictions(String... splits) {
    return Table.create(
        "predictions",
        StringColumn.create("split", splits),
        DoubleColumn.create("true_cps", TRUE),
        DoubleColumn.create("predicted_cps", PREDICTED));
  }

  private static Table leaderboard(String best, String second) {
    return Table.create(
        "leaderboard",
        IntColumn.create("rank", new Integer[] {1, 2, null}),
        IntColumn.create("variant", new int[] {2, 1, 3}),
        StringColumn.create("state", "trained", "stopped", "failed"),
        DoubleColumn.create("dev_mse", new Double[] {2.0, 3.0, null}),
        IntColumn.create("kept_epoch", new int[] {5, 6, 0}),
        IntColumn.create("epochs", new int[] {7, 7, 0}),
        StringColumn.create("training.seed", best, second, "2"),
        StringColumn.create("failure", "", "", "why"));
  }

  private static Table history(DoubleColumn dev) {
    return Table.create(
        "history",
        IntColumn.create("epoch", new int[] {1, 2, 3}),
        DoubleColumn.create("train_mse", new double[] {4, 2, 1}),
        dev);
  }

  private static Document parse(Chart chart) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    // The document type names W3C's file, which nobody shall fetch.
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(chart.svg())));
  }

  private static List<String> names(Figure figure) {
    return figure.series().stream().map(Figure.Series::name).toList();
  }
}
