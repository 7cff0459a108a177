package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
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
    Document svg = parse(Charts.predictedAgainstTrue(predictions("test", "test", "test")));
    assertThat(svg.getElementsByTagName("ellipse").getLength()).isEqualTo(3 + 1);
  }

  @Test
  void axesHaveUnitsAndTheSameRange() {
    XYChart chart = Charts.scatter(predictions("test", "test", "test")).chart();
    assertThat(chart.getXAxisTitle()).isEqualTo("true speech rate in letters/s");
    assertThat(chart.getYAxisTitle()).isEqualTo("predicted speech rate in letters/s");
    // 8 and 12 are the extremes of both: from floor(7.5) to ceil(12.5).
    assertThat(chart.getStyler().getXAxisMin()).isEqualTo(7);
    assertThat(chart.getStyler().getXAxisMax()).isEqualTo(13);
    assertThat(chart.getStyler().getYAxisMin()).isEqualTo(7);
    assertThat(chart.getStyler().getYAxisMax()).isEqualTo(13);
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
    Table table = predictions("test", "test", "test");
    table.doubleColumn("predicted_cps").setMissing(1);
    Document svg = parse(Charts.predictedAgainstTrue(table));
    assertThat(svg.getElementsByTagName("ellipse").getLength()).isEqualTo(2 + 1);
  }

  @Test
  void saysInWordsWhatItShows() throws Exception {
    SvgChart chart = Charts.predictedAgainstTrue(predictions("test", "test", "test"));
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
    Charts.Drawing drawing = Charts.lines(history);
    assertThat(names(drawing)).containsExactly("train", "dev", "lowest dev: 3.000 in epoch 2");
    assertThat(drawing.chart().getXAxisTitle()).isEqualTo("epoch");
    assertThat(drawing.chart().getYAxisTitle()).isEqualTo("mean squared error in (letters/s)²");
    SvgChart chart = Charts.losses(history);
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

  private static Table history(DoubleColumn dev) {
    return Table.create(
        "history",
        IntColumn.create("epoch", new int[] {1, 2, 3}),
        DoubleColumn.create("train_mse", new double[] {4, 2, 1}),
        dev);
  }

  private static Document parse(SvgChart chart) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    // The document type names W3C's file, which nobody shall fetch.
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(chart.svg())));
  }

  private static List<String> names(Charts.Drawing drawing) {
    return List.copyOf(drawing.chart().getSeriesMap().keySet());
  }
}
