package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.speechrate.pipeline.Refusal;

/** What tells audio files, and one from another. */
public final class AudioContent {
  private static final Set<String> ENDINGS = Set.of(".flac", ".wav", ".mp3", ".ogg", ".opus");

  private AudioContent() {}

  /** Whether a file of this name counts as audio, whatever is in it. */
  public static boolean isAudio(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0 && ENDINGS.contains(name.substring(dot).toLowerCase(Locale.ROOT));
  }

  /**
   * STREAMINFO of a FLAC file, in hexadecimal digits; it holds the MD5 of the decoded audio. Absent
   * of other files, and where the encoder did not note the MD5.
   */
  public static Optional<String> streamInfo(Path file) throws IOException {
    try (AudioInput in = new AudioInput(file)) {
      return FlacHeader.identity(in, AudioHeader.afterId3(in));
    } catch (Refusal notAudio) {
      return Optional.empty();
    }
  }
}
