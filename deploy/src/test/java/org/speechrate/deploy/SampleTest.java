package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.RunSpecReader;

class SampleTest {
  @TempDir Path folder;

  @Test
  void isCopiedOnceWhereThereIsNone() throws Exception {
    Path repository = folder.resolve("repository");
    Path corpus = Files.createDirectories(repository.resolve("data/sample/corpus"));
    Files.writeString(corpus.resolve("a.txt"), "A");
    Path workspace = folder.resolve("workspace");
    Files.createDirectories(workspace.resolve("data"));
    TerminalCapture terminal = new TerminalCapture(false);

    Sample.provide(workspace, repository, terminal.terminal());
    Sample.provide(workspace, repository, terminal.terminal());

    assertThat(workspace.resolve("data/sample/corpus/a.txt")).hasContent("A");
    assertThat(terminal.err())
        .isEqualTo("Sample: copied the bundled one to " + workspace.resolve("data/sample") + "\n");
    try (var left = Files.list(workspace.resolve("data"))) {
      assertThat(left).hasSize(1);
    }
  }

  @Test
  void anOlderCopyGetsTheEncoder() throws Exception {
    Path repository = folder.resolve("repository");
    Path encoder = Files.createDirectories(repository.resolve("data/sample/encoder"));
    Files.writeString(encoder.resolve("encoder.json"), "{}");
    Path workspace = folder.resolve("workspace");
    Path corpus = Files.createDirectories(workspace.resolve("data/sample/corpus"));
    TerminalCapture terminal = new TerminalCapture(false);

    Sample.provide(workspace, repository, terminal.terminal());
    Sample.provide(workspace, repository, terminal.terminal());

    assertThat(workspace.resolve("data/sample/encoder/encoder.json")).hasContent("{}");
    assertThat(corpus).isEmptyDirectory();
    assertThat(terminal.err()).hasLineCount(1).startsWith("Encoder: copied the bundled one to ");
  }

  @Test
  void isReadByARunWithoutPathsOfItsOwn() {
    assertThat(Sample.isReadBy(RunSpecReader.read("{}"))).isTrue();
    assertThat(
            Sample.isReadBy(
                RunSpecReader.read(
                    "{\"labels\":{\"directory\":\"l\"},\"embeddings\":{\"path\":\"e\"}}")))
        .isFalse();
    assertThat(
            Sample.isReadBy(
                RunSpecReader.read(
                    "{\"corpus\": {\"root\": \"my/corpus\"}, \"embeddings\": {\"encoder\":"
                        + " \"data/sample/encoder\"}}")))
        .isTrue();
  }
}
