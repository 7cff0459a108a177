package org.speechrate.corpus;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.fuzz.Hostile;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.corpus.CorpusSpec.Durations;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;

/** Run with little memory. */
class HostileTranscriptTest {
  @TempDir Path workspace;

  /** 10 GB of NULs, which take no room on the disk. */
  @Test
  void refusesATranscriptWithoutEnd() throws IOException {
    Path chapter = Files.createDirectories(workspace.resolve("raw/tr/84/1"));
    try (RandomAccessFile sparse =
        new RandomAccessFile(chapter.resolve("84-1.trans.txt").toFile(), "rw")) {
      sparse.setLength(10_000_000_000L);
    }
    CorpusSpec spec =
        new CorpusSpec(
            Optional.of("raw"),
            Optional.empty(),
            new TreeMap<>(Map.of("train", "tr", "dev", "de", "test", "te")),
            Durations.EXACT,
            Optional.empty());

    assertThatThrownBy(
            () ->
                new CorpusReader(
                        Workspace.open(workspace, List.of()),
                        new AudioHeaderMemory(workspace.resolve("data/headers.json")),
                        StageMonitor.silent())
                    .read(spec, true))
        .isInstanceOf(Refusal.class)
        .satisfies(refusal -> Hostile.assertOneLine(refusal.getMessage(), "corpus.root"))
        .hasMessageContaining("raw/tr/84/1/84-1.trans.txt has more than 4,194,304 bytes");
  }
}
