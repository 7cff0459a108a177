package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class ChartsTest {
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
