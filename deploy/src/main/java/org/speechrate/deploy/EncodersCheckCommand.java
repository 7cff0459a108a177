package org.speechrate.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.speechrate.embeddings.Encoders;
import org.speechrate.encoder.EncoderDescriptor;
import org.speechrate.encoder.Encoding;
import org.speechrate.encoder.UtteranceEncoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code speechrate encoders check}. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    header = {"Open an encoder, and encode an utterance.", ""},
    footer = {
      "",
      "Examples",
      "  deploy/speechrate encoders check ge2e",
      "  deploy/speechrate encoders check data/sample/encoder my/a.wav",
      "",
      "Exit codes: 0 done, 2 the encoder or the audio was refused."
    })
final class EncodersCheckCommand extends EncodersCommand.Sub {
  private static final String SPEECH =
      "data/sample/corpus/train-clean-100/LibriSpeech/train-clean-100/9010/1/9010-1-0009.flac";

  @Parameters(
      index = "0",
      paramLabel = "ENCODER",
      description = "Its folder, or its name below models/encoders/.")
  private String encoder;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "AUDIO",
      description = "A file to encode (default: one of the bundled sample).")
  private Path audio;

  @Override
  void run(Path workspace) throws Exception {
    Path folder = Encoders.folder(encoder, workspace);
    Path file = audio == null ? Tools.repository().resolve(SPEECH) : audio;
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.wrongInput(file + " is no file");
    }
    try (UtteranceEncoder open = UtteranceEncoder.open(folder, false)) {
      EncoderDescriptor descriptor = open.descriptor();
      line("name", descriptor.name());
      line("file", folder.resolve(descriptor.file()).toString());
      line("graph", open.describe());
      line("dimension", Integer.toString(descriptor.dimension()));
      line("identity", open.identity());
      line("licence", descriptor.licence());
      line("source", descriptor.source());
      long began = System.nanoTime();
      Encoding encoding = open.encode(file);
      if (encoding instanceof Encoding.Damaged damaged) {
        throw CommandFailure.wrongInput(file + " " + damaged.reason());
      }
      double took = (System.nanoTime() - began) / 1e9;
      line(
          "encoded",
          String.format(
              Locale.ROOT,
              "%s, %.2f s of audio in %.2f s: %s",
              file,
              encoding.seconds(),
              took,
              encoding instanceof Encoding.Vector vector
                  ? "length " + String.format(Locale.ROOT, "%.3f", length(vector.values()))
                  : "no embedding: it " + ((Encoding.Missing) encoding).reason()));
    }
  }

  private static double length(float[] vector) {
    double sum = 0;
    for (float each : vector) {
      sum += (double) each * each;
    }
    return Math.sqrt(sum);
  }
}
