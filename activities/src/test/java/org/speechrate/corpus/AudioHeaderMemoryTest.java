package org.speechrate.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AudioHeaderMemoryTest {
  private static final AudioHeader CHEAP = AudioHeader.of(16_000, 32_000, false);
  private static final AudioHeader COUNTED = AudioHeader.of(16_000, 32_000, true);

  @TempDir Path folder;
  private Path file;
  private Path audio;
  private long nanos;

  @BeforeEach
  void makeAudio() throws IOException {
    file = folder.resolve("headers.json");
    audio = Files.writeString(folder.resolve("a.mp3"), "audio");
  }

  private AudioHeaderMemory memory() {
    return new AudioHeaderMemory(file, () -> nanos);
  }

  private BasicFileAttributes now() throws IOException {
    return Files.readAttributes(audio, BasicFileAttributes.class);
  }

  @Test
  void anotherAttemptFindsWhatAnEarlierOneSaved() throws IOException {
    AudioHeaderMemory first = memory();
    first.remember(audio, now(), CHEAP);
    nanos = 4_999_999_999L;
    first.saveWhereDue();
    assertThat(file).doesNotExist();
    nanos = 5_000_000_000L;
    first.saveWhereDue();

    assertThat(memory().of(audio, now())).contains(CHEAP);
  }

  @Test
  void forgetsAFileThatChanged() throws IOException {
    AudioHeaderMemory memory = memory();
    memory.remember(audio, now(), CHEAP);
    Files.setLastModifiedTime(audio, FileTime.fromMillis(1));

    assertThat(memory.of(audio, now())).isEmpty();
  }

  @Test
  void keepsOnlyWhatCostAWalkOnceTheStageIsDone() throws IOException {
    AudioHeaderMemory memory = memory();
    memory.remember(audio, now(), COUNTED);
    memory.remember(folder.resolve("b.flac"), now(), CHEAP);
    memory.forgetCheap();

    assertThat(memory().of(audio, now())).contains(COUNTED);
    assertThat(memory().of(folder.resolve("b.flac"), now())).isEmpty();
  }

  @Test
  void leavesNoFileWhereNothingIsToBeKept() throws IOException {
    AudioHeaderMemory memory = memory();
    memory.remember(audio, now(), CHEAP);
    nanos = 5_000_000_000L;
    memory.saveWhereDue();
    memory.forgetCheap();

    assertThat(file).doesNotExist();
  }

  @Test
  void aDamagedFileIsOnlyForgotten() throws IOException {
    Files.writeString(file, "{\"files\": {\"" + audio + "\": {}}}");

    assertThat(memory().of(audio, now())).isEmpty();
  }
}
