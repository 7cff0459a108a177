package org.speechrate.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/** Reads a chapter's transcript: a line {@code <sample_id> <TEXT>} for each utterance, UTF-8. */
final class Transcript {
  /** Hours of speech; a file of other content must not fill the memory. */
  private static final int LONGEST = 4 << 20;

  private Transcript() {}

  /**
   * Reads no more than is needed to see that a file is too long.
   *
   * @return the file's content, which {@link #parse} takes
   */
  static byte[] content(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LONGEST + 1);
    }
  }

  /**
   * @param shown how the user knows the file
   * @return text by sample_id; lines that break the rule are added to the problems
   */
  static Map<String, String> parse(byte[] content, String shown, Problems problems) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (content.length > LONGEST) {
      problems.add(
          Refusal.Kind.BAD_FORMAT,
          String.format(Locale.ROOT, "%s has more than %,d bytes", shown, LONGEST),
          "write a line for each utterance of its chapter");
      return texts;
    }
    String all;
    try {
      all = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      problems.add(Refusal.Kind.BAD_FORMAT, shown + " is not UTF-8", "save it as UTF-8");
      return texts;
    }
    int row = 0;
    for (String raw : all.split("\r?\n", -1)) {
      row++;
      String line = (row == 1 && raw.startsWith("\uFEFF") ? raw.substring(1) : raw).strip();
      if (line.isEmpty()) {
        continue;
      }
      String[] parts = line.split("\\s+", 2);
      if (parts.length < 2) {
        problems.add(
            Refusal.Kind.BAD_FORMAT,
            String.format(
                Locale.ROOT,
                "%s line %d must be \"<sample_id> <TEXT>\", got \"%s\"",
                shown,
                row,
                Problems.value(line)),
            "write the line anew");
      } else if (texts.putIfAbsent(parts[0], parts[1]) != null) {
        problems.add(
            Refusal.Kind.DUPLICATE_ID,
            String.format(
                Locale.ROOT, "%s line %d has \"%s\" again", shown, row, Problems.value(parts[0])),
            CorpusReader.KEEP_ONE);
      }
    }
    return texts;
  }
}
