package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.speechrate.embeddings.EmbeddingTarget.Extra;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.table.Problems;

/**
 * Copies embeddings into another kind. The rows go through the rules of a run into a folder, from
 * there into the target's kind, and the finished target gets its name by one rename; so a failure
 * leaves nothing, and no kind needs the memory of all rows but a numpy-dict that is read.
 *
 * <p>Files are made in a folder of {@link AttemptFolder} beside the target. What they replace is
 * beside it too, as {@code <name>.replaced-…}, until they have its name: a power cut leaves one or
 * both.
 *
 * @param from paths are relative to the current folder; any file may be read
 * @param to of a kind other than auto. For chroma url and collection; else path: a file for npz,
 *     and for numpy-dict where the name ends with .npy; else a folder
 * @param split for rows whose source does not tell
 * @param replace what is there already
 * @param hosts that ChromaDB may be on
 * @param encodedFolder where what encoders make of audio is kept; where absent, nothing is
 */
public record EmbeddingConversion(
    EmbeddingsSpec from,
    EmbeddingsSpec to,
    Optional<String> split,
    boolean replace,
    AllowedHosts hosts,
    Optional<Path> encodedFolder) {
  private static final String UNFINISHED = ".speechrate-converting-";

  /**
   * @param lost what the target has no place for, one phrase each
   */
  public record Result(EmbeddingFacts facts, List<String> lost) {}

  /**
   * @throws Refusal if a run would refuse the source, the target's kind cannot hold it, or the
   *     target is there already
   */
  public Result run(StageMonitor monitor) throws IOException {
    EmbeddingSource source = EmbeddingSource.of(from, hosts, encodedFolder);
    return to.source() == Source.CHROMA
        ? intoCollection(source, monitor)
        : intoFiles(source, monitor);
  }

  private Result intoCollection(EmbeddingSource source, StageMonitor monitor) throws IOException {
    ChromaTarget target =
        new ChromaTarget(ChromaClient.of("TO", to, hosts), to.collection().orElseThrow(), replace);
    target.earlier();
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Watched watched = new Watched(source, split.orElse(""), ChromaTarget.KEEPS);
      target.write(watched.stage(folder.path(), monitor));
      return watched.result();
    }
  }

  private Result intoFiles(EmbeddingSource source, StageMonitor monitor) throws IOException {
    EmbeddingTarget target = EmbeddingTarget.of(to.source());
    Path place = Path.of(path()).toAbsolutePath().normalize();
    requirePlace(place, source, target);
    try (AttemptFolder attempt = AttemptFolder.begin(place.getParent(), UNFINISHED)) {
      Set<Extra> kept = new HashSet<>(target.keeps());
      if (source.word().equals(AudioEmbeddings.WORD) && to.source() == Source.MATRIX) {
        kept.add(Extra.PATH); // in a table beside
      }
      Watched watched = new Watched(source, split.orElse(""), kept);
      StagedEmbeddings staged = watched.stage(attempt.path(), monitor);
      monitor.progress("writing " + path(), 0, 0);
      Path written = Files.createDirectory(attempt.path().resolve("written"));
      Path out = written.resolve(place.getFileName());
      target.write(staged, out);
      Durable.syncFolder(Files.isDirectory(out) ? out : written);
      requirePlace(place, source, target);
      publish(out, place);
      return watched.result();
    }
  }

  private String path() {
    return to.path().orElseThrow();
  }

  private void requirePlace(Path place, EmbeddingSource source, EmbeddingTarget target)
      throws IOException {
    if (place.getParent() == null || !Files.isDirectory(place.getParent())) {
      throw refusal("its folder does not exist; make it");
    }
    Path given = Path.of(from.path().orElse(""));
    if (from.path().isPresent()
        && Files.isDirectory(given)
        && place.getParent().toRealPath().startsWith(given.toRealPath())) {
      throw refusal("lies in the folder that is converted; choose a place outside it");
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

  private void publish(Path out, Path place) throws IOException {
    if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)
        || (Files.isRegularFile(place) && Files.isRegularFile(out))) {
      rename(out, place);
      return;
    }
    Path replaced = place.resolveSibling(name(place) + ".replaced-" + UUID.randomUUID());
    Files.move(place, replaced, StandardCopyOption.ATOMIC_MOVE);
    try {
      rename(out, place);
    } catch (IOException | RuntimeException e) {
      Files.move(replaced, place, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    Durable.deleteFolder(replaced);
  }

  private void rename(Path out, Path place) throws IOException {
    if (!Durable.publish(out, place)) {
      throw refusal("has appeared meanwhile; choose another name");
    }
  }

  private Refusal refusal(String problem) {
    return new Refusal(
        Refusal.Kind.INVALID_SPEC, Problems.oneLine(String.format("\"%s\": %s", path(), problem)));
  }

  /** The source, with what a target must know of it before it is written. */
  private static final class Watched implements EmbeddingSource {
    private final EmbeddingSource source;
    private final String split;
    private final Set<Extra> kept;
    private final SortedSet<String> stored = new TreeSet<>();
    private final Set<Extra> found = EnumSet.noneOf(Extra.class);
    private EmbeddingFacts facts;
    private int longestId;
    private DataOutputStream openPaths;
    private String path = "";

    /**
     * @param kept what the target has a place for
     */
    Watched(EmbeddingSource source, String split, Set<Extra> kept) {
      this.source = source;
      this.split = split;
      this.kept = kept;
    }

    StagedEmbeddings stage(Path folder, StageMonitor monitor) throws IOException {
      Path staged = Files.createDirectory(folder.resolve("staged"));
      Path paths = folder.resolve("paths");
      if (kept.contains(Extra.PATH)) {
        try (DataOutputStream out =
            new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(paths)))) {
          openPaths = out;
          facts = copyTo(staged, monitor);
        }
      } else {
        facts = copyTo(staged, monitor);
      }
      return new StagedEmbeddings(
          staged,
          Optional.of(paths).filter(Files::exists),
          facts,
          found.contains(Extra.SPLIT),
          longestId,
          monitor);
    }

    Result result() {
      List<String> lost = new ArrayList<>();
      for (Extra each : found) {
        if (!kept.contains(each)) {
          lost.add(each.shown());
        }
      }
      if (stored.contains("float64")) {
        lost.add("what float64 has beyond float32");
      }
      if (source.word().equals(ChromaEmbeddings.WORD)) {
        lost.add("ChromaDB's ids, documents and other metadata");
      }
      return new Result(facts, lost);
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
    public void writeBeside(Path folder) throws IOException {
      source.writeBeside(folder);
    }

    @Override
    public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
      return source.copyTo(
          (shown, idsShown, rows, dimension) ->
              watch(sink.open(shown, idsShown, rows, dimension), monitor),
          monitor);
    }

    private void find(Extra extra, String value) {
      if (!value.isEmpty()) {
        found.add(extra);
      }
    }

    private EmbeddingSink.Rows watch(EmbeddingSink.Rows rows, StageMonitor monitor) {
      return new EmbeddingSink.Rows() {
        @Override
        public void stored(String type) {
          stored.add(type);
          rows.stored(type);
        }

        @Override
        public void path(String filePath) {
          path = filePath;
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
          find(Extra.SPLIT, given);
          find(Extra.LABEL, label);
          find(Extra.PATH, path);
          if (openPaths != null) {
            StagedEmbeddings.writePath(openPaths, path);
          }
          path = "";
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
