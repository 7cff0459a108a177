package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpeechrateCommandTest {
  @TempDir Path folder;

  static Collection<String> commands() {
    return SpeechrateCommand.commandLine(new TerminalCapture(false).terminal())
        .getSubcommands()
        .keySet();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String command) {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), command, "--help")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).contains("Usage: speechrate " + command).doesNotContain("\u001b");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void helpIsColouredOnATerminalOnly() {
    TerminalCapture terminal = new TerminalCapture(true);
    SpeechrateCommand.run(terminal.terminal(), "--help");
    assertThat(terminal.out()).contains("\u001b[");
  }

  @Test
  void tellsItsVersion() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), "--version")).isEqualTo(Exit.DONE);
    assertThat(terminal.out()).startsWith("speechrate ").contains("Temporal SDK 1.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trian",
        "train --epochs 20",
        "up --ui-port many",
        "status",
        "train --set training",
        "train --input gone.json",
        "worker --queues gpu",
        "train --allow-read gone",
        "runs --workspace gone"
      })
  void wrongInputIsOneLineAndExitCode2(String line) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] words = line.split(" ", -1);
    assertThat(SpeechrateCommand.run(terminal.terminal(), words)).isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.err()).doesNotContain("\tat ");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void aWorkspaceWithoutRunsSaysHowToStartOne() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), "runs", "--workspace", folder.toString()))
        .isEqualTo(Exit.DONE);
    assertThat(terminal.err()).isEqualTo("no runs yet; start one: deploy/speechrate train\n");
  }

  @Test
  void aRunThatIsNotThereIsWrongInput() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(), "status", "gone", "--workspace", folder.toString()))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err())
        .isEqualTo("speechrate: there is no run gone; `speechrate runs` lists them\n");
  }

  @Test
  void stoppingNeedsAServer() {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(
            SpeechrateCommand.run(
                terminal.terminal(), "stop", "some", "--workspace", folder.toString()))
        .isEqualTo(Exit.MISSING);
    assertThat(terminal.err())
        .isEqualTo(
            "speechrate: no Temporal server runs in this workspace; start it: deploy/speechrate"
                + " up\n");
  }
}
