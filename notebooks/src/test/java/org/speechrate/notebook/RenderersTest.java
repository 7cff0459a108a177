package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class RenderersTest {
  @TempDir Path folder;

  private final Renderer renderer = new Renderer();

  @BeforeEach
  void register() {
    SpeechrateExtension.register(renderer);
  }

  @Test
  void aTableShowsNamesTypesValuesAndItsSize() {
    Table table =
        Table.create(
            "metrics",
            StringColumn.create("split", "test"),
            IntColumn.create("n", new int[] {48}),
            DoubleColumn.create("mse", new double[] {2.5}));
    assertThat(html(table))
        .contains(">split<br>", ">string<", ">n<br>", ">integer<", ">double<")
        .contains(">test</td>", ">48</td>", ">2.5000</td>")
        .contains("metrics: 1 row × 3 columns");
    assertThat(text(table)).contains("split", "48");
  }

  @Test
  void namesAndValuesCannotBecomeHtml() {
    String hostile = "<script>alert('x')</script>\"&";
    Table table = Table.create(hostile, StringColumn.create(hostile, hostile));
    String escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;";
    assertThat(html(table))
        .doesNotContain("<script")
        .containsSubsequence(escaped, escaped, escaped);
  }

  @Test
  void aMissingNumberIsCalledSo() {
    Table table = Table.create("t", DoubleColumn.create("r2", new Double[] {null, 0.5}));
    assertThat(html(table)).contains("missing</i>", ">0.5000<").doesNotContain("NaN");
  }

  @Test
  void aLongTableShowsItsHeadAndItsEnd() {
    String[] ids = new String[100];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = "id" + i;
    }
    // 20 of 100 are shown: 0 to 9 and 90 to 99.
    assertThat(html(Table.create("t", StringColumn.create("id", ids))))
        .contains(">id0<", ">id9<", "… 80 more …", ">id90<", ">id99<", "100 rows × 1 column<")
        .doesNotContain(">id10<", ">id89<");
  }

  @Test
  void smallNumbersKeepTheirDigits() {
    assertThat(TableHtml.number(0)).isEqualTo("0.0000");
    assertThat(TableHtml.number(-4.69312)).isEqualTo("-4.6931");
    assertThat(TableHtml.number(0.00012)).isEqualTo("1.200e-04");
  }

  @Test
  void aChartIsDrawnTwiceAndItsWordsAreThePlainText() {
    Chart chart = new Chart("<svg/>", Map.of("data", List.of()), "a line");
    assertThat(SpeechrateExtension.PLOTLY).hasToString("application/vnd.plotly.v1+json");
    DisplayData shown = renderer.render(chart);
    assertThat(shown.getData(SpeechrateExtension.PLOTLY)).isEqualTo(chart.plotly());
    assertThat(shown.getData(MIMEType.IMAGE_SVG)).isEqualTo("<svg/>");
    assertThat(text(chart)).isEqualTo("a line");
  }

  @Test
  void aResultShowsItsVerdictAndStagesEscaped() {
    assertThat(html(FakeTrain.result("w", "r")))
        .contains("the model&#39;s MSE is 2.500")
        .contains("<p>Published in models/speech-rate/20261122-101500-0a1b2c3d</p>")
        .contains(">corpus</td>", ">reused</td>", ">publishing</td>")
        .contains("made up by a &lt;test&gt;")
        .doesNotContain("<test>");
  }

  @Test
  void embeddingsShowTheirTablesAndNotTheirValues() throws IOException {
    Embeddings embeddings =
        Embeddings.read(
            RecordingFiles.write(
                folder, Map.of("<anna>/a.wav", new float[] {0.123f, 1}), "hush.wav"));
    assertThat(html(embeddings))
        .contains("<b>1 embedding of 2 values; 1 recording has none</b>")
        .contains(">&lt;anna&gt;/a.wav<", ">is silent<")
        .doesNotContain("0.123");
    assertThat(text(embeddings)).isEqualTo("1 embedding of 2 values; 1 recording has none");
  }

  @Test
  void controlCharactersDoNotBreakXml() {
    assertThat(Html.escape("a\u0000b\u001b[31m\tc")).isEqualTo("a\uFFFDb\uFFFD[31m\tc");
  }

  private String html(Object value) {
    return String.valueOf(renderer.render(value).getData(MIMEType.TEXT_HTML));
  }

  private String text(Object value) {
    DisplayData data = renderer.render(value, Collections.emptyMap());
    return String.valueOf(data.getData(MIMEType.TEXT_PLAIN));
  }
}
