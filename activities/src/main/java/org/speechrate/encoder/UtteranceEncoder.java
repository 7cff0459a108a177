package org.speechrate.encoder;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A speaker encoder: an ONNX file and its {@link EncoderDescriptor}, which tells how audio becomes
 * the graph's input. May be used by several threads at once, each with an utterance of its own;
 * that is how it is fast, since an utterance is computed by one thread.
 */
public final class UtteranceEncoder implements AutoCloseable {
  private final EncoderDescriptor descriptor;

  private UtteranceEncoder(EncoderDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * @param folder with {@code encoder.json} and the ONNX file that it names
   * @param gpu whether to compute on the first GPU
   * @throws org.speechrate.pipeline.Refusal if the descriptor breaks a rule, the file is no ONNX
   *     graph, its inputs, outputs, shapes or dimension are others than the descriptor's, or a GPU
   *     is asked for and none is usable: one line that names the file
   */
  public static UtteranceEncoder open(Path folder, boolean gpu) throws IOException {
    return new UtteranceEncoder(EncoderDescriptor.read(folder));
  }

  /**
   * What decides an encoder's vectors, without starting the engine: SHA-256 (64 hexadecimal digits)
   * of the ONNX file, the descriptor, and the version of the code that decodes and makes features.
   *
   * @throws org.speechrate.pipeline.Refusal if the descriptor breaks a rule, or a file is not there
   */
  public static String identity(Path folder) throws IOException {
    return EncoderDescriptor.read(folder).name();
  }

  /** The same of this one. */
  public String identity() {
    return descriptor.name();
  }

  public EncoderDescriptor descriptor() {
    return descriptor;
  }

  /** The graph's names and shapes and the engine, such as "mels [batch, 160, 40] → …, on cpu". */
  public String describe() {
    return descriptor.name();
  }

  /**
   * Memory is that of one utterance, at most {@link EncoderDescriptor#maximumSeconds}.
   *
   * @return missing where the utterance is silent, or too short or too long for this encoder
   * @throws org.speechrate.pipeline.Refusal if the file is no audio, is cut off or damaged; the
   *     message continues the file's name
   */
  public Encoding encode(Path audio) throws IOException {
    return new Encoding.Missing("no encoder yet", 0);
  }

  @Override
  public void close() {}
}
