package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** An encoder of WeSpeaker's shape, with weights drawn at random: see make_goldens.py. */
final class TinyEncoder {
  static final int DIMENSION = 256;

  private static final Path FOLDER = Path.of("src/test/resources/encoder/shaped");

  private TinyEncoder() {}

  /** Gives the folder back. */
  static Path copyTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Path> all;
    try (Stream<Path> files = Files.list(FOLDER)) {
      all = files.toList();
    }
    for (Path file : all) {
      Files.copy(file, folder.resolve(file.getFileName()));
    }
    return folder;
  }
}
