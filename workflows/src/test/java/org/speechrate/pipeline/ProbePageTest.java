package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.evaluation.Interval;
import org.speechrate.pipeline.evaluation.Score;
import org.speechrate.pipeline.probe.DescriptionLength;
import org.speechrate.pipeline.probe.LayerRow;
import org.speechrate.pipeline.probe.LayerScores;
import org.speechrate.pipeline.probe.LayerTable;
import org.speechrate.pipeline.probe.ProbeScore;

class ProbePageTest {
  private static LayerRow scored(String name, double r2) {
    Score score =
        new Score(Optional.of(r2), Optional.of(new Interval(r2 - 0.1, r2 + 0.1)), Optional.empty());
    ProbeScore probe = new ProbeScore(Optional.of(r2), score, score, score);
    return new LayerRow(
        name,
        Optional.of(0.5),
        Optional.of(2.0),
        Optional.of(
            new LayerScores(
                4, 20, Optional.of(4L), probe, probe, DescriptionLength.absent("few"), score)),
        Optional.empty());
  }

  @Test
  void plotIsOfTextAndNothingBelowZero() {
    List<List<String>> cells =
        LayerTable.cells(List.of(scored("a", 0.4), scored("b", 0.21), scored("c", -0.3)));

    assertThat(cells.get(0)).last().isEqualTo("█".repeat(20));
    assertThat(cells.get(1)).last().isEqualTo("█".repeat(10) + "▌");
    assertThat(cells.get(2)).last().isEqualTo("");
    assertThat(cells.get(0).subList(0, 4)).containsExactly("a", "0.400", "0.30 to 0.50", "0.400");
  }

  @Test
  void namesAreTextAndFailuresStandBelow() {
    LayerRow failed =
        new LayerRow(
            "[x](y)|z",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("holds <b>NaN</b>"));
    String page = ProbePage.render(List.of(scored("<a>*", 0.4), failed));

    assertThat(page)
        .contains("| \\<a\\>\\*")
        .contains("- \\[x](y)\\|z: holds \\<b\\>NaN\\</b\\>")
        .doesNotContain("| \\[x]");
  }

  @Test
  void whileItTrainsDevIsShown() {
    LayerRow training =
        new LayerRow("a", Optional.empty(), Optional.of(2.5), Optional.empty(), Optional.empty());

    assertThat(ProbePage.render(List.of(training))).contains("dev MSE").contains("2.500");
  }
}
