package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotifyArgumentsTest {
  @TempDir Path workspace;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--notify-url;ftp://127.0.0.1/x | --notify-url must be http:// or https:// with a host,",
        "--notify-url;http://me:secret@127.0.0.1/x | --notify-url must be http:// or https://",
        "--notify-url;http:///x | --notify-url must be http:// or https:// with a host,",
        "--notify-url;not a url | --notify-url must be http:// or https:// with a host,",
        "--notify-url;https://hooks.example/secret | --notify-url: hooks.example:443 is not this"
            + " machine; the worker's owner can allow it with --allow-host hooks.example:443",
        "--notify-url;https://hooks.example/secret;--allow-host;other.example | --notify-url:"
            + " hooks.example:443 is not this machine",
        "--notify-command; | --notify-command must not be blank"
      })
  void anAddressThatMayNotBeToldIsRefusedBeforeAnythingStarts(String options, String line) {
    for (String command : List.of("up", "worker")) {
      TerminalCapture terminal = new TerminalCapture(false);
      List<String> words = new ArrayList<>(List.of("--workspace", workspace.toString(), command));
      words.addAll(List.of(options.split(";", -1)));
      assertThat(SpeechrateCommand.run(terminal.terminal(), words.toArray(String[]::new)))
          .isEqualTo(Exit.WRONG_INPUT);
      assertThat(terminal.err()).contains(line).doesNotContain("secret").hasLineCount(1);
      assertThat(workspace.resolve("data/server.json")).doesNotExist();
    }
  }
}
