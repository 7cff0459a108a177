package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.speechrate.encoder.EncoderDescriptor;

final class TinyEncoder {
  static final int DIMENSION = 256;

  private TinyEncoder() {}

  static Path copyTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("tiny.onnx"), "x");
    new EncoderDescriptor(
            1,
            "tiny",
            "tiny.onnx",
            "feats",
            "embs",
            DIMENSION,
            16000,
            0.5,
            100,
            new EncoderDescriptor.Loudness(Optional.empty(), false),
            new EncoderDescriptor.Features(
                EncoderDescriptor.Features.Kind.KALDI_FBANK, 80, 25, 10, true),
            Optional.empty(),
            false,
            "l",
            "s")
        .write(folder);
    return folder;
  }
}
