package org.speechrate.embeddings;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
 * <archive>:<offset>} say where each begins.
 */
final class KaldiEmbeddings implements EmbeddingSource {
  private static final int ROWS_PER_REPORT = 10_000;
  private static final int START_BYTES = 4096;

  /** Archives that are open at once. */
  private static final int MOST_OPEN = 16;

  /** An id and a path; a file of other content must not fill the memory as one line. */
  private static final int LONGEST_LINE = 16_384;

  private static final Pattern ARK = Pattern.compile("\\s*\\S+ (\0B|[ \\t]*\\[)");

  /** Possessive up to the path: what is no line must not be tried in a million ways. */
  private static final Pattern LINE = Pattern.compile("(\\S++)\\s++(.+?)(?::([0-9]{1,18}))?");

  private final Path file;
  private final String field;
  private final String shown;
  private final SourceFiles.Access access;
  private final Map<String, Path> archives = new TreeMap<>();

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
  public void check() throws IOException {
    if (isArchive(file)) {
      try (ArkInput ark = new ArkInput(file, shown)) {
        ark.vector(ark.key());
      }
    }
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
    Copy copy = new Copy(sink, monitor);
    try (copy) {
      if (isArchive(file)) {
        readArchive(copy);
      } else {
        readListed(copy);
      }
      return copy.finish();
    }
  }

  private void readArchive(Copy copy) throws IOException {
    try (ArkInput ark = new ArkInput(file, shown)) {
      long row = 0;
      for (String key = ark.key(); !key.isEmpty(); key = ark.key()) {
        float[] values = ark.vector(key);
        copy.add("vector " + row++ + ", counted from 0", key, ark.stored(), values);
      }
    }
  }

  private void readListed(Copy copy) throws IOException {
    // A shuffled list jumps between archives; the least lately used one is closed.
    Map<Path, ArkInput> open = new LinkedHashMap<>(MOST_OPEN, 0.75f, true);
    try {
      lines(
          (line, id, name, offset) -> {
            Path archive = archive(line, name);
            ArkInput ark = open.get(archive);
            if (ark == null) {
              if (open.size() == MOST_OPEN) {
                Iterator<ArkInput> oldest = open.values().iterator();
                oldest.next().close();
                oldest.remove();
              }
              ark = new ArkInput(archive, shown + ": " + Problems.value(name));
              open.put(archive, ark);
            }
            float[] values = ark.vectorAt(offset, id);
            copy.add("line " + line, id, ark.stored(), values);
          });
    } finally {
      for (ArkInput ark : open.values()) {
        ark.close();
      }
    }
  }

  /** Opens the sink with the first vector: only then its size is known. */
  private final class Copy implements Closeable {
    private final EmbeddingSink sink;
    private final StageMonitor monitor;
    private EmbeddingSink.Rows output;
    private long done;

    Copy(EmbeddingSink sink, StageMonitor monitor) {
      this.sink = sink;
      this.monitor = monitor;
    }

    void add(String place, String id, String stored, float[] values) throws IOException {
      if (output == null) {
        output = sink.open(shown, shown, EmbeddingSink.UNKNOWN, values.length);
      }
      output.stored(stored);
      output.add(place, place, id, "", "", values);
      if (++done % ROWS_PER_REPORT == 0) {
        monitor.progress(String.format(Locale.ROOT, "embeddings: %,d rows", done), done, 0);
      }
    }

    EmbeddingFacts finish() throws IOException {
      if (output == null) {
        output = sink.open(shown, shown, 0, 0);
      }
      return output.finish(word());
    }

    @Override
    public void close() throws IOException {
      if (output != null) {
        output.close();
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
        if (!matcher.matches()) {
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
      archive = access.readable(shown + ": line " + line, name);
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
