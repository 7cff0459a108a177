package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.speechrate.encoder.EncoderDescriptor;

/** An encoder of WeSpeaker's shape, with weights drawn at random. */
final class TinyEncoder {
  static final int DIMENSION = 256;

  private static final Path GRAPH = Path.of("src/test/resources/encoder/shaped/shaped.onnx");

  private TinyEncoder() {}

  /** Gives the folder back. */
  static Path copyTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path graph = Files.copy(GRAPH, folder.resolve(GRAPH.getFileName()));
    EncoderDescriptor.ofFamily("wespeaker", "tiny", graph.getFileName().toString()).write(folder);
    return folder;
  }
}
