package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
  @TempDir Path workspace;

  @Test
  void runsTheNamedCommandInTheWorkspace() throws IOException {
    assertThat(launcher("echo \"$1|$2|$3|$4\"; echo aside >&2").run(List.of("models", "a b")))
        .isEqualTo("--workspace|" + workspace + "|models|a b");
  }

  @Test
  void aCommandThatSaysNothingElseSaysItAside() throws IOException {
    assertThat(launcher("echo 'no runs yet' >&2").run(List.of("runs"))).isEqualTo("no runs yet");
  }

  @Test
  void aFailedNightIsAnAnswer() throws IOException {
    assertThat(launcher("echo 'train-1  failed: why'; exit 1").run(List.of("last-night")))
        .isEqualTo("train-1  failed: why");
  }

  @Test
  void whatWentWrongIsOneLine() throws IOException {
    Launcher failing =
        launcher("echo 'speechrate: building …' >&2; echo 'speechrate: no such model' >&2; exit 2");
    assertThatThrownBy(() -> failing.run(List.of("models", "show", "x")))
        .isInstanceOf(NotebookException.class)
        .hasMessage("no such model");
    Launcher silent = launcher("exit 3");
    assertThatThrownBy(() -> silent.run(List.of("runs"))).hasMessage("runs ended with exit code 3");
  }

  @Test
  void whatTakesLongShowsHowFarItIs() throws IOException {
    Launcher slow =
        launcher(
            "mkfifo \"$2/go\"; echo 'a tenth' >&2; echo 'one half' >&2;"
                + " read -r word <\"$2/go\"; echo \"$word\"");
    List<String> shown = new ArrayList<>();
    String printed =
        slow.run(
            List.of("embeddings"),
            line -> {
              shown.add(line);
              if (line.equals("one half")) {
                answer(workspace.resolve("go"));
              }
            });
    assertThat(printed).isEqualTo("go on");
    assertThat(shown).endsWith("one half").doesNotHaveDuplicates();
  }

  /** The command waits until somebody writes into it. */
  private static void answer(Path pipe) {
    try {
      Files.writeString(pipe, "go on\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theWorkspacesOwnCommandComesNext() throws IOException {
    script(Files.createDirectories(workspace.resolve("deploy")).resolve("speechrate"), "echo own");
    assertThat(new Launcher(workspace, Map.of()).run(List.of("runs"))).isEqualTo("own");
  }

  private Launcher launcher(String body) throws IOException {
    Path command = script(workspace.resolve("command"), body);
    return new Launcher(workspace, Map.of("SPEECHRATE_COMMAND", command.toString()));
  }

  private static Path script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }
}
