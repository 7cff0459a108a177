package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotebookCommandTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          notebook 01-first-run       | names of notebooks go with --check or --html, got 01-first-run
          notebook --check 99-gone    | there is no notebook 99-gone in
          notebook --check 0          | there is no notebook 0 in
          notebook --check --html out | --check, --html=DIR are mutually exclusive
          notebook --port 70000       | --port must be from 0 to 65535, got 70000
          notebook --html pom.xml     | --html: pom.xml is no folder
          """)
  void wrongInputIsOneLineBeforeAnythingStarts(String line, String words) {
    TerminalCapture terminal = new TerminalCapture(false);
    assertThat(SpeechrateCommand.run(terminal.terminal(), line.split(" ", -1)))
        .isEqualTo(Exit.WRONG_INPUT);
    assertThat(terminal.err()).contains(words);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void unknownNameTellsTheKnownOnes() {
    TerminalCapture terminal = new TerminalCapture(false);
    SpeechrateCommand.run(terminal.terminal(), "notebook", "--check", "first-run");
    assertThat(terminal.err()).contains("known: 01-first-run");
  }

  /** As the kernel answers `int y = nix + 1;` in the second code cell. */
  @Test
  void ofACompilersMessageTheSourceIsLeftOut() throws Exception {
    assertThat(
            failure(
                """
                {"cells": [
                  {"cell_type": "markdown", "source": "# one"},
                  {"cell_type": "code", "outputs": [{"output_type": "stream", "text": "hello"}]},
                  {"cell_type": "code", "outputs": [{"output_type": "error",
                    "ename": "CompilationException", "evalue": "[snippet: [int y = nix + 1;]]",
                    "traceback": [
                      "\\u001b[1m|   \\u001b[39mint y = \\u001b[41mnix\\u001b[0m + 1;\\u001b[0m",
                      "\\u001b[31mcannot find symbol\\u001b[0m",
                      "\\u001b[31m  symbol:   variable nix\\u001b[0m", ""]}]},
                  {"cell_type": "code", "outputs": []}]}
                """))
        .contains("cell 2: cannot find symbol; symbol: variable nix");
  }

  @Test
  void ofAnExceptionTheTraceIsLeftOut() throws Exception {
    assertThat(
            failure(
                """
                {"cells": [{"cell_type": "code", "outputs": [{"output_type": "error",
                  "ename": "RuntimeException", "evalue": "x",
                  "traceback": [
                    "\\u001b[31mjava.lang.IndexOutOfBoundsException: Index: 3 Size: 1\\u001b[0m",
                    "\\u001b[31m\\tat java.base/java.util.List12.get(List12.java:5)\\u001b[0m"]}]}]}
                """))
        .contains("cell 1: java.lang.IndexOutOfBoundsException: Index: 3 Size: 1");
  }

  @Test
  void ofOurOwnFailureTheLineAloneIsTold() throws Exception {
    assertThat(
            failure(
                """
                {"cells": [{"cell_type": "code", "outputs": [{"output_type": "error",
                  "ename": "RuntimeException", "evalue": "x",
                  "traceback": ["org.speechrate.notebook.NotebookException: no server runs"]}]}]}
                """))
        .contains("cell 1: no server runs");
  }

  @Test
  void whereNoCellFailedJupyterHasTheWord() throws Exception {
    assertThat(failure("{\"cells\": [{\"cell_type\": \"code\", \"outputs\": []}]}")).isEmpty();
    assertThat(NotebookCommand.failure(folder.resolve("gone.ipynb"))).isEmpty();
  }

  private java.util.Optional<String> failure(String notebook) throws Exception {
    return NotebookCommand.failure(Files.writeString(folder.resolve("executed.ipynb"), notebook));
  }
}
