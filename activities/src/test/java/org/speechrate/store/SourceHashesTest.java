package org.speechrate.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceHashesTest {
  /** Of the three letters "abc": FIPS 180-2, appendix B.1. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path folder;
  private Path file;
  private Path cache;

  @BeforeEach
  void file() throws IOException {
    file = folder.resolve("file");
    write('a', 0);
    cache = folder.resolve("cache.json");
  }

  private void write(char letter, long seconds) throws IOException {
    Files.writeString(file, String.valueOf(letter).repeat(SourceHashes.SMALLEST_REMEMBERED_BYTES));
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.plusSeconds(seconds)));
  }

  @Test
  void hashesContent() throws IOException {
    Path small = Files.writeString(folder.resolve("small"), "abc");

    assertThat(new SourceHashes(cache).sha256(small)).isEqualTo(ABC);
    assertThat(cache).doesNotExist();
  }

  @Test
  void anUnchangedFileIsNotReadAgainEvenByALaterProcess() throws IOException {
    String hash = new SourceHashes(cache).sha256(file);
    // Same size, same time, same inode: only a second reading could tell.
    write('b', 0);

    assertThat(new SourceHashes(cache).sha256(file)).isEqualTo(hash);
  }

  @Test
  void ofManyAlsoSmallOnesAreRememberedOnceTheyAreSaved() throws IOException {
    Path small = Files.writeString(folder.resolve("small"), "abc");
    FileTime then = Files.getLastModifiedTime(small);
    SourceHashes hashes = SourceHashes.ofMany(cache);

    assertThat(hashes.sha256(small)).isEqualTo(ABC);
    assertThat(cache).doesNotExist();
    hashes.save();
    Files.writeString(small, "xyz");
    Files.setLastModifiedTime(small, then);

    assertThat(SourceHashes.ofMany(cache).sha256(small)).isEqualTo(ABC);
  }

  @Test
  void aFileWithAnotherTimeIsReadAgain() throws IOException {
    SourceHashes hashes = new SourceHashes(cache);
    String hash = hashes.sha256(file);
    write('b', 1);

    assertThat(hashes.sha256(file)).isNotEqualTo(hash);
  }

  @Test
  void aDamagedCacheIsForgotten() throws IOException {
    String hash = new SourceHashes(cache).sha256(file);
    Files.writeString(cache, "{half");
    write('b', 0);

    assertThat(new SourceHashes(cache).sha256(file)).isNotEqualTo(hash);
  }
}
