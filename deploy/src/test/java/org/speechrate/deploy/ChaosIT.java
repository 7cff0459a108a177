package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A few kills; for many, {@code deploy/speechrate chaos --kills 100}. */
@Timeout(420)
class ChaosIT {
  private static final Pattern WORKSPACE = Pattern.compile("workspace: (\\S+), for now");

  @Test
  void killedRunsEndOnceWithTheBitsOfUndisturbedOnesAndLeaveNothing() throws Exception {
    TerminalCapture terminal = new TerminalCapture(false);

    int exit =
        SpeechrateCommand.run(
            terminal.terminal(),
            "chaos",
            "--kills",
            "3",
            "--runs",
            "2",
            "--epochs",
            "300",
            "--seed",
            "28",
            "--json");

    JsonNode report = new ObjectMapper().readTree(terminal.out());
    assertThat(report.get("violations")).as(terminal.err()).isEmpty();
    assertThat(exit).isEqualTo(Exit.DONE);
    // Seed 28 draws worker, worker, server.
    assertThat(report.at("/kills/worker").asInt()).isEqualTo(2);
    assertThat(report.at("/kills/server").asInt()).isEqualTo(1);
    assertThat(report.get("ended").asInt()).isEqualTo(report.get("runs").asInt()).isPositive();
    Matcher workspace = WORKSPACE.matcher(terminal.err());
    assertThat(workspace.find()).isTrue();
    assertThat(Path.of(workspace.group(1))).doesNotExist();
    assertThat(ProcessHandle.current().descendants())
        .noneMatch(process -> DevServer.commandLine(process).contains(workspace.group(1)));
  }
}
