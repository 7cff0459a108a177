package org.speechrate.embeddings;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;

/**
 * A tree of {@code <sample_id>.npy}, each of shape (d,) or (1, d). Hidden files and files of other
 * endings are passed over; a link counts as what it leads to, within what may be read.
 */
final class NpyDirectory implements EmbeddingSource {
  private static final String ENDING = ".npy";

  /** Links can make a longer chain, and each folder in it is a call. */
  private static final int DEEPEST = 100;

  private static final int ROWS_PER_REPORT = 10_000;

  private final String shown;
  private final SortedMap<String, Path> files;

  private NpyDirectory(String shown, SortedMap<String, Path> files) {
    this.shown = shown;
    this.files = files;
  }

  /**
   * Lists the tree.
   *
   * @param field of the run that names the folder
   * @param shown how the user knows the folder
   * @throws Refusal if it has no .npy file, one sample_id twice, or a link that leads out
   */
  static NpyDirectory open(Path folder, String field, String shown, SourceFiles.Access access)
      throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    SortedSet<String> others = new TreeSet<>();
    walk(
        folder,
        "",
        new HashMap<>(),
        field,
        shown,
        access,
        name -> name.endsWith(ENDING),
        files,
        others);
    if (files.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(
              shown
                  + ": has no .npy file in its tree, it has: "
                  + (others.isEmpty() ? "nothing" : Problems.firstTen(List.copyOf(others)))
                  + "; give "
                  + NumpyDict.FILE
                  + ", or <sample_id>.npy for each utterance"));
    }
    NpyDirectory directory = new NpyDirectory(shown, files);
    directory.refuseDuplicates();
    return directory;
  }

  /**
   * Lists the files of a tree by their paths in it, hidden ones left out.
   *
   * @param wanted by a file's name
   * @param others takes the first 100 of what is not wanted
   */
  static void walk(
      Path folder,
      String prefix,
      Map<Path, String> seen,
      String field,
      String shown,
      SourceFiles.Access access,
      Predicate<String> wanted,
      SortedMap<String, Path> files,
      SortedSet<String> others)
      throws IOException {
    // Links can make few folders look like a tree without end, also where none leads up.
    String earlier = seen.putIfAbsent(folder, prefix);
    if (earlier != null) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              shown
                  + ": "
                  + Problems.value(prefix)
                  + (prefix.startsWith(earlier)
                      ? " is a link to a folder that it is in; remove it"
                      : " and " + Problems.value(earlier) + " are one folder; remove a link")));
    }
    if (prefix.chars().filter(each -> each == '/').count() > DEEPEST) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s: %s is more than %d folders deep; move it up",
                  shown,
                  Problems.value(prefix),
                  DEEPEST)));
    }
    List<Path> entries;
    try (Stream<Path> listed = Files.list(folder)) {
      entries = listed.toList();
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (name.startsWith(".")) {
        continue;
      }
      Path real = Files.isSymbolicLink(entry) ? access.readable(field, entry.toString()) : entry;
      if (Files.isDirectory(real)) {
        walk(real, prefix + name + "/", seen, field, shown, access, wanted, files, others);
      } else if (wanted.test(name) && Files.isRegularFile(real)) {
        files.put(prefix + name, real);
      } else {
        others.add(prefix + name);
        if (others.size() > 100) {
          others.remove(others.last());
        }
      }
    }
  }

  private void refuseDuplicates() {
    Problems problems = new Problems();
    Map<String, String> seen = new HashMap<>();
    for (String file : files.keySet()) {
      String earlier = seen.putIfAbsent(SampleIds.stem(file), file);
      if (earlier != null) {
        problems.add(
            Refusal.Kind.DUPLICATE_ID,
            String.format(
                "%s is there twice: %s and %s",
                Problems.value(SampleIds.stem(file)),
                Problems.value(earlier),
                Problems.value(file)),
            "keep one of each");
      }
    }
    problems.refuseIfAny(shown);
  }

  @Override
  public void check() throws IOException {
    read(files.firstKey());
  }

  /** One hash of all names and contents, in the order of the names. */
  @Override
  public Map<String, String> inputs(SourceHashes hashes) throws IOException {
    check();
    List<String> parts = new ArrayList<>(2 * files.size());
    for (Map.Entry<String, Path> file : files.entrySet()) {
      parts.add(file.getKey());
      parts.add(hashes.sha256(file.getValue()));
    }
    return Map.of("embeddings", SourceHashes.combine(parts.toArray(String[]::new)));
  }

  @Override
  public String word() {
    return "npy-directory";
  }

  @Override
  public Map<String, Path> files() {
    return Collections.unmodifiableMap(files);
  }

  /**
   * In the order of the names.
   *
   * @throws Refusal if a file is no vector of floats, not finite, or has another size than others
   */
  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    int rows = files.size();
    int dimension = read(files.firstKey()).values().length;
    try (EmbeddingSink.Rows output = sink.open(shown, shown, rows, dimension)) {
      long done = 0;
      for (String file : files.keySet()) {
        String place = Problems.value(file);
        NpyVector vector = read(file);
        output.stored(vector.type().toString());
        output.add(place, place, SampleIds.stem(file), "", "", vector.values());
        if (++done % ROWS_PER_REPORT == 0) {
          monitor.progress(
              String.format(Locale.ROOT, "embeddings: %,d of %,d files", done, rows), done, rows);
        }
      }
      return output.finish(word());
    }
  }

  private NpyVector read(String file) throws IOException {
    String place = shown + ": " + Problems.value(file);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(files.get(file)))) {
      NpyVector vector = NpyVector.read(in, place);
      if (in.read() >= 0) {
        throw new Refusal(
            Refusal.Kind.BAD_FORMAT,
            Problems.oneLine(
                place + ": has bytes after its last value; save it again with np.save"));
      }
      return vector;
    } catch (AccessDeniedException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(place + ": may not be read; let the worker's user read it"),
          e);
    }
  }
}
