package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.speechrate.embeddings.EmbeddingTarget.Extra;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.table.Problems;

/**
 * Copies embeddings into another kind. The rows go through the rules of a run into a folder of
 * {@link AttemptFolder} beside the target, from there into the target's kind, and the finished
 * target gets its name by one rename; so a failure leaves nothing, and no kind needs the memory of
 * all rows but a numpy-dict that is read.
 *
 * @param from paths are relative to the current folder; any file may be read
 * @param to a file for npz, and for numpy-dict where the name ends with .npy; else a folder
 * @param split for rows whose source does not tell
 * @param replace what is there already
 */
public record EmbeddingConversion(
    EmbeddingsSpec from, Path to, Source kind, Optional<String> split, boolean replace) {

  /**
   * @param lost what the target has no place for, one phrase each
   */
  public record Result(EmbeddingFacts facts, List<String> lost) {}

  /**
   * @throws Refusal if a run would refuse the source, the target's kind cannot hold it, or the
   *     target is there already
   */
  public Result run(StageMonitor monitor) throws IOException {
    EmbeddingSource source = new SourceFiles(SourceFiles.ANY).source(from);
    EmbeddingTarget target = EmbeddingTarget.of(kind);
    Path place = to.toAbsolutePath().normalize();
    requirePlace(place, source, target);
    try (AttemptFolder attempt = AttemptFolder.begin(place.getParent())) {
      Path staged = Files.createDirectory(attempt.path().resolve("staged"));
      Watched watched = new Watched(source, split.orElse(""));
      EmbeddingFacts facts = watched.copyTo(staged, monitor);
      monitor.progress("writing " + to, 0, 0);
      Path written = Files.createDirectory(attempt.path().resolve("written"));
      Path out = written.resolve(place.getFileName());
      target.write(
          new StagedEmbeddings(staged, facts, watched.splits > 0, watched.longestId, monitor), out);
      Durable.syncFolder(Files.isDirectory(out) ? out : written);
      publish(out, place, attempt.path().resolve("replaced"));
      return new Result(facts, watched.lost(target));
    }
  }

  private void requirePlace(Path place, EmbeddingSource source, EmbeddingTarget target)
      throws IOException {
    if (place.getParent() == null || !Files.isDirectory(place.getParent())) {
      throw refusal("its folder does not exist; make it");
    }
    if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!replace) {
      throw refusal("is there already; choose another name, or replace it with --force");
    }
    for (Map.Entry<String, Path> file : source.files().entrySet()) {
      if (file.getValue().startsWith(place.toRealPath())) {
        throw refusal("holds what is converted; choose another name");
      }
    }
    if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> inside = Files.list(place)) {
        Optional<Path> other =
            inside
                .filter(each -> !Files.isRegularFile(each) || !target.makes(name(each)))
                .findFirst();
        if (other.isPresent()) {
          throw refusal(
              "holds "
                  + Problems.value(name(other.get()))
                  + ", which is no part of such embeddings, and is not replaced; choose another"
                  + " name");
        }
      }
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private void publish(Path out, Path place, Path replaced) throws IOException {
    boolean isThere = Files.exists(place, LinkOption.NOFOLLOW_LINKS);
    if (isThere && !replace) {
      throw refusal("has appeared meanwhile; choose another name, or replace it with --force");
    }
    if (isThere) {
      Files.move(place, replaced, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      if (!Durable.publish(out, place)) {
        throw refusal("has appeared meanwhile; choose another name");
      }
    } catch (IOException | RuntimeException e) {
      if (isThere) {
        Files.move(replaced, place, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
  }

  private Refusal refusal(String problem) {
    return new Refusal(
        Refusal.Kind.INVALID_SPEC, Problems.oneLine(String.format("\"%s\": %s", to, problem)));
  }

  /** The source, with what a target must know of it before it is written. */
  private static final class Watched implements EmbeddingSource {
    private final EmbeddingSource source;
    private final String split;
    private final SortedSet<String> stored = new TreeSet<>();
    private long splits;
    private long labels;
    private int longestId;

    Watched(EmbeddingSource source, String split) {
      this.source = source;
      this.split = split;
    }

    List<String> lost(EmbeddingTarget target) {
      List<String> lost = new ArrayList<>();
      if (splits > 0 && !target.keeps().contains(Extra.SPLIT)) {
        lost.add("the splits");
      }
      if (labels > 0 && !target.keeps().contains(Extra.LABEL)) {
        lost.add("the labels");
      }
      if (stored.contains("float64")) {
        lost.add("what float64 has beyond float32");
      }
      if (source instanceof NumpyDict) {
        lost.add("the folders of file_path");
      }
      return lost;
    }

    @Override
    public String word() {
      return source.word();
    }

    @Override
    public Map<String, Path> files() throws IOException {
      return source.files();
    }

    @Override
    public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
      return source.copyTo(
          (shown, idsShown, rows, dimension) ->
              watch(sink.open(shown, idsShown, rows, dimension), monitor),
          monitor);
    }

    private EmbeddingSink.Rows watch(EmbeddingSink.Rows rows, StageMonitor monitor) {
      return new EmbeddingSink.Rows() {
        @Override
        public void stored(String type) {
          stored.add(type);
        }

        @Override
        public void add(
            String named,
            String place,
            String sampleId,
            String itsSplit,
            String label,
            float[] values)
            throws IOException {
          if (monitor.stopRequested()) {
            monitor.progress("embeddings", 0, 0);
          }
          String given = itsSplit.isEmpty() ? split : itsSplit;
          splits += given.isEmpty() ? 0 : 1;
          labels += label.isEmpty() ? 0 : 1;
          longestId = Math.max(longestId, sampleId.codePointCount(0, sampleId.length()));
          rows.add(named, place, sampleId, given, label, values);
        }

        @Override
        public EmbeddingFacts finish(String word) throws IOException {
          return rows.finish(word);
        }

        @Override
        public void close() throws IOException {
          rows.close();
        }
      };
    }
  }
}
