package org.speechrate.embeddings;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.Problems;

/**
 * Kaldi's float vectors: an archive (binary or text), or an scp file whose lines {@code <id>
 * <archive>:<offset>} say where each begins. Read twice, the first time to count and check.
 */
final class KaldiEmbeddings implements EmbeddingSource {
  private static final int ROWS_PER_REPORT = 10_000;
  private static final int START_BYTES = 4096;

  /** An id and a path; a file of other content must not fill the memory as one line. */
  private static final int LONGEST_LINE = 16_384;

  private static final Pattern ARK = Pattern.compile("\\s*\\S+ (\0B|[ \\t]*\\[)");
  private static final Pattern LINE = Pattern.compile("(\\S+)\\s+(.*?)(?::([0-9]{1,18}))?\\s*");

  private final Path file;
  private final String field;
  private final String shown;
  private final SourceFiles.Access access;
  private final Map<String, Path> archives = new TreeMap<>();

  /** What is done with each vector. */
  private interface Each {
    void vector(String place, String id, float[] values) throws IOException;
  }

  /**
   * @param field of the run that names the file
   * @param shown how the user knows the file
   */
  KaldiEmbeddings(Path file, String field, String shown, SourceFiles.Access access) {
    this.file = file;
    this.field = field;
    this.shown = shown;
    this.access = access;
  }

  /** Whether it is an archive by its content, or an scp by its name. */
  static boolean isKaldi(Path file) throws IOException {
    return isArchive(file) || file.toString().toLowerCase(Locale.ROOT).endsWith(".scp");
  }

  private static boolean isArchive(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(START_BYTES), StandardCharsets.ISO_8859_1);
      return ARK.matcher(start).lookingAt();
    }
  }

  @Override
  public String word() {
    return "kaldi";
  }

  @Override
  public Map<String, Path> files() throws IOException {
    Map<String, Path> files = new TreeMap<>(Map.of("embeddings", file));
    if (!isArchive(file)) {
      lines((line, id, archive, offset) -> archive(line, archive));
      archives.forEach((name, archive) -> files.put("archive " + name, archive));
    }
    return files;
  }

  /**
   * @throws Refusal if there is a matrix, a vector that is cut off or not finite, or an archive
   *     that may not be read
   */
  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    long[] rows = {0};
    int[] dimension = {0};
    read(
        (place, id, values) -> {
          dimension[0] = rows[0]++ == 0 ? values.length : dimension[0];
          if (rows[0] % ROWS_PER_REPORT == 0) {
            monitor.progress(String.format(Locale.ROOT, "embeddings: %,d found", rows[0]), 0, 0);
          }
        });
    try (EmbeddingSink.Rows output = sink.open(shown, shown, rows[0], dimension[0])) {
      long[] done = {0};
      read(
          (place, id, values) -> {
            output.add(place, place, id, "", "", values);
            if (++done[0] % ROWS_PER_REPORT == 0) {
              monitor.progress(
                  String.format(Locale.ROOT, "embeddings: %,d of %,d rows", done[0], rows[0]),
                  done[0],
                  rows[0]);
            }
          });
      return output.finish(word());
    }
  }

  private void read(Each each) throws IOException {
    if (!isArchive(file)) {
      readListed(each);
      return;
    }
    try (ArkInput ark = new ArkInput(file, shown)) {
      long row = 0;
      for (String key = ark.key(); !key.isEmpty(); key = ark.key()) {
        each.vector("vector " + row++ + ", counted from 0", key, ark.vector(key));
      }
    }
  }

  private void readListed(Each each) throws IOException {
    ArkInput[] open = {null};
    Path[] opened = {null};
    try {
      lines(
          (line, id, name, offset) -> {
            Path archive = archive(line, name);
            if (!archive.equals(opened[0])) {
              if (open[0] != null) {
                open[0].close();
              }
              open[0] = new ArkInput(archive, shown + ": " + Problems.value(name));
              opened[0] = archive;
            }
            each.vector("line " + line, id, open[0].vectorAt(offset, id));
          });
    } finally {
      if (open[0] != null) {
        open[0].close();
      }
    }
  }

  /** One line of an scp. */
  private interface Listed {
    void at(long line, String id, String archive, long offset) throws IOException;
  }

  private void lines(Listed listed) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      long number = 0;
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        Matcher matcher = LINE.matcher(line.strip());
        if (!matcher.matches() || matcher.group(2).isEmpty()) {
          throw refusal(
              Refusal.Kind.BAD_FORMAT,
              String.format(
                  "line %d must be \"<id> <archive>:<offset>\", is \"%s\"",
                  number, Problems.value(line.strip())));
        }
        String archive = matcher.group(2);
        if (archive.endsWith("|") || archive.endsWith("]")) {
          throw refusal(
              Refusal.Kind.BAD_FORMAT,
              String.format(
                  "line %d names a %s, which is not read: \"%s\"; copy the vectors with copy-vector"
                      + " to an ark",
                  number, archive.endsWith("|") ? "command" : "range", Problems.value(archive)));
        }
        long offset = matcher.group(3) == null ? 0 : Long.parseLong(matcher.group(3));
        listed.at(number, matcher.group(1), archive, offset);
      }
    } catch (CharacterCodingException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              shown + ": is neither a Kaldi archive of vectors nor an scp in UTF-8; give one"),
          e);
    }
  }

  /** The next line with its end; empty at the end of the file. */
  private String line(BufferedReader in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next >= 0; next = in.read()) {
      line.append((char) next);
      if (next == '\n') {
        break;
      }
      if (line.length() > LONGEST_LINE) {
        throw refusal(
            Refusal.Kind.BAD_FORMAT,
            "is neither a Kaldi archive of vectors nor an scp: a line has more than "
                + LONGEST_LINE
                + " characters; give one");
      }
    }
    return line.toString();
  }

  /** Relative to the scp's folder, or else to the workspace. */
  private Path archive(long line, String name) {
    Path known = archives.get(name);
    if (known != null) {
      return known;
    }
    Path beside;
    try {
      beside = file.resolveSibling(name);
    } catch (InvalidPathException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              String.format(
                  "%s: line %d names \"%s\", which is no path", shown, line, Problems.value(name))),
          e);
    }
    Path archive;
    try {
      archive = access.readable(field, beside.toString());
    } catch (Refusal e) {
      archive = access.readable(field, name);
    }
    if (!Files.isRegularFile(archive) || !Files.isReadable(archive)) {
      throw refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format(
              "line %d names \"%s\", which is no file that can be read",
              line, Problems.value(name)));
    }
    archives.put(name, archive);
    return archive;
  }

  private Refusal refusal(Refusal.Kind kind, String problem) {
    return new Refusal(kind, Problems.oneLine(shown + ": " + problem));
  }
}
