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
    file = Files.writeString(folder.resolve("file"), "abc");
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    cache = folder.resolve("cache.json");
  }

  @Test
  void hashesContent() throws IOException {
    assertThat(new SourceHashes(cache).sha256(file)).isEqualTo(ABC);
  }

  @Test
  void anUnchangedFileIsNotReadAgainEvenByALaterProcess() throws IOException {
    new SourceHashes(cache).sha256(file);
    // Same size, same time, same inode: only a second reading could tell.
    Files.writeString(file, "xyz");
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));

    assertThat(new SourceHashes(cache).sha256(file)).isEqualTo(ABC);
  }

  @Test
  void aFileWithAnotherTimeIsReadAgain() throws IOException {
    SourceHashes hashes = new SourceHashes(cache);
    hashes.sha256(file);
    Files.writeString(file, "xyz");
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.plusSeconds(1)));

    assertThat(hashes.sha256(file)).isNotEqualTo(ABC);
  }

  @Test
  void aDamagedCacheIsForgotten() throws IOException {
    Files.writeString(cache, "{half");

    assertThat(new SourceHashes(cache).sha256(file)).isEqualTo(ABC);
  }
}
