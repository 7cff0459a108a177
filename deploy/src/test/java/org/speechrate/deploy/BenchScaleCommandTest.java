package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchScaleCommandTest {
  @TempDir Path folder;

  @Test
  void runsAllStagesInASmallHeapAndLeavesNothing() throws IOException {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(),
                "bench",
                "scale",
                "--rows=4000",
                "--dimension=8",
                "--heap=128m",
                "--json",
                "--dir=" + folder))
        .as(terminal.err())
        .isEqualTo(Exit.DONE);
    JsonNode ran = new ObjectMapper().readTree(terminal.out()).path("rows").path("4000");
    for (String stage :
        new String[] {"labels", "embeddings", "dataset", "training", "evaluation"}) {
      JsonNode told = ran.path("stages").path(stage);
      assertThat(told.path("seconds").asDouble()).as(stage).isPositive();
      assertThat(told.path("peakHeapBytes").asLong()).as(stage).isBetween(1L, 128L << 20);
    }
    assertThat(ran.path("verdict").asText()).contains("200 utterances of 2 unseen speakers");
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void refusesSizesThatCannotBeMade() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), "bench", "scale", "--rows", "10"))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).contains("--rows must be at least 2000");
    assertThat(SpeechrateCommand.run(terminal.terminal(), "bench", "scale", "--heap", "lots"))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).contains("--heap must be a size such as 1g or 512m, got lots");
  }
}
