package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProgressPageTest {
  private final StageTable table = new StageTable(Stage.OF_TRAINING);

  @Test
  void hasARowForEachStage() {
    table.start(Stage.CORPUS, 1000);
    table.end(Stage.CORPUS, StageState.State.DONE, "264 utterances", 3500, Optional.empty());

    String page = ProgressPage.render("training", table.states(), Optional.empty(), List.of());

    assertThat(page).contains("| corpus\u00a0\u00a0 | done\u00a0\u00a0 | 264 utterances | 2.5 |");
    assertThat(page).contains("| publishing\u00a0\u00a0 | waiting\u00a0\u00a0 |  |  |");
    assertThat(page.lines().filter(line -> line.startsWith("| "))).hasSize(2 + 7);
  }

  @Test
  void whatUsersWroteStaysText() {
    table.start(Stage.LABELS, 0);
    table.end(
        Stage.LABELS,
        StageState.State.FAILED,
        "<script>x</script> | [a](b)\n**b** & \"--allow-read\"",
        1000,
        Optional.empty());

    String page = ProgressPage.render("x", table.states(), Optional.empty(), List.of());

    assertThat(page)
        .contains(
            "\\<script\\>x\\</script\\> \\| \\[a](b) \\*\\*b\\*\\* \\& \"\\-\\-allow\\-read\"")
        .doesNotContain("<script>");
  }

  @Test
  void tellsWhereTheReportIs() {
    assertThat(ProgressPage.report("data/stages/evaluation/3f/report.html"))
        .contains("Report: data/stages/evaluation/3f/report.html (");
  }

  @Test
  void drawsTheCurveOfARunningTraining() {
    table.start(Stage.TRAINING, 0);
    List<EpochLoss> curve = List.of(new EpochLoss(1, 100, 1), new EpochLoss(2, 10, 1));
    StageProgress progress =
        new StageProgress(Stage.TRAINING, "epoch 2 of 4, dev MSE 1.00", 2, 4, curve);

    String page = ProgressPage.render("x", table.states(), Optional.of(progress), curve);

    assertThat(page)
        .contains(
            "| training\u00a0\u00a0 | **running**\u00a0\u00a0 | epoch 2 of 4, dev MSE 1.00 |  |");
    assertThat(page).contains("<progress value=\"2\" max=\"4\"></progress> 50 %");
    // 560 x 160 with margins of 8, logarithmic from 1 to 100: 100 at the top, 10 half way, 1 below.
    assertThat(page).contains("points=\"8.0,8.0 552.0,80.0\"");
    assertThat(page).contains("points=\"8.0,152.0 552.0,152.0\"");
    assertThat(page).contains("epoch 2: train MSE 10.000, dev MSE 1.000");
  }

  @Test
  void aLongCurveIsThinnedToItsFirstAndLastPointAndSomeBetween() {
    List<EpochLoss> losses =
        IntStream.rangeClosed(1, 1000).mapToObj(epoch -> new EpochLoss(epoch, 1, 1)).toList();

    List<EpochLoss> thin = StageProgress.thin(losses);

    assertThat(thin).hasSize(60);
    assertThat(thin.get(0).epoch()).isEqualTo(1);
    assertThat(thin.get(59).epoch()).isEqualTo(1000);
  }
}
