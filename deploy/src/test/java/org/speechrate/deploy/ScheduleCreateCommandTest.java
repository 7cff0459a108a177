package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleCreateCommandTest {
  @TempDir Path workspace;

  private String create(int exit, String arguments) {
    TerminalCapture terminal = new TerminalCapture(false);
    List<String> words =
        new ArrayList<>(List.of("--workspace", workspace.toString(), "schedule", "create"));
    words.addAll(List.of(arguments.split(";", -1)));
    assertThat(SpeechrateCommand.run(terminal.terminal(), words.toArray(String[]::new)))
        .as(terminal.err())
        .isEqualTo(exit);
    return terminal.err();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a b;--every;6h | a schedule's name must have 1 to 64 of a-z, A-Z, 0-9, - and _",
        "n | give either --cron, such as \"0 4 * * *\", or --every, such as 6h",
        "n;--cron;0 4 * * *;--every;6h | give either --cron",
        "n;--every;30s | --every must be at least 1m, got 30s",
        "n;--cron;@every 15s;--time-zone;UTC | --cron @every must be at least 1m, got 15s",
        "n;--cron;@every 59s/5s;--time-zone;UTC | --cron @every must be at least 1m, got 59s",
        "n;--cron;@every 15000ms;--time-zone;UTC | --cron @every must be a time such as 30m, 6h,",
        "n;--every;6 | must be a time such as 30m, 6h, 1h30m or 7d, is \"6\"",
        "n;--every;6h;--time-zone;UTC | --time-zone has a meaning only with --cron",
        "n;--cron;0 1 * *;--time-zone;UTC | --cron must have 5 fields (minute, hour, day, month,",
        "n;--cron;0 4 * * *;--time-zone;Vienna | --time-zone: there is no time zone \"Vienna\"",
        "n;--every;6h;--catch-up;5s | --catch-up must be at least 10s, got 5s",
        "n;--every;6h;--set;training.epoch=5 | training.epoch is not a known field; known here:",
        "n;--every;6h;--set;publishing=5 | publishing must be an object, got 5"
      })
  void whatIsWrongIsToldInOneLineBeforeAnyServerIsAsked(String arguments, String line) {
    assertThat(create(Exit.WRONG_INPUT, arguments)).contains(line).hasLineCount(1);
  }

  @Test
  void withoutAServerItTellsHowToStartOne() {
    assertThat(create(Exit.MISSING, "n;--every;6h"))
        .startsWith("speechrate: no Temporal server runs in this workspace; start it: ")
        .endsWith(" up\n");
  }
}
