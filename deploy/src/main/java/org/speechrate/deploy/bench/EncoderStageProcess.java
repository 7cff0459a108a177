package org.speechrate.deploy.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.corpus.CorpusActivitiesImpl;
import org.speechrate.embeddings.Encoders;
import org.speechrate.embeddings.EncodingActivitiesImpl;
import org.speechrate.encoder.UtteranceEncoder;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusRequest;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.embeddings.EncodingRequest;
import org.speechrate.stage.StageRunner;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.StageStore;
import org.speechrate.store.Workspace;

/**
 * The process in which a bench runs the stages corpus and embeddings; prints what memory it holds
 * whenever a shard is done.
 */
final class EncoderStageProcess {
  /** The corpus, in the workspace. */
  static final String MANIFEST = "utterances.csv";

  private static final MemoryMXBean HEAP = ManagementFactory.getMemoryMXBean();
  private static final int LOOK_MILLIS = 200;

  private final List<Memory> along = Collections.synchronizedList(new ArrayList<>());

  /** Where the encoder's shards appear, each by one rename. */
  private final Path encoded;

  /**
   * @param shards that were done
   * @param rssBytes what the process holds; 0 where the system does not tell
   * @param heapBytes what Java's heap has of it
   */
  record Memory(int shards, long rssBytes, long heapBytes) {}

  private EncoderStageProcess(Path encoded) {
    this.encoded = encoded;
  }

  /**
   * @param args folder of the encoder; workspace with a manifest
   */
  public static void main(String[] args) {
    try {
      Path encoder = Path.of(args[0]).toRealPath();
      Workspace workspace = Workspace.open(Path.of(args[1]), List.of(encoder));
      Map<String, Object> told =
          new EncoderStageProcess(
                  workspace
                      .root()
                      .resolve(Encoders.ENCODED)
                      .resolve(UtteranceEncoder.identity(encoder)))
              .run(workspace, encoder.toString());
      System.out.write(Json.write(told));
      System.out.flush();
    } catch (Refusal | IOException | UncheckedIOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private Map<String, Object> run(Workspace workspace, String encoder) throws IOException {
    StageRunner runner = StageRunner.withoutTemporal(workspace);
    StageStore store =
        new FolderStageStore(
            workspace, new SourceHashes(workspace.root().resolve("data/hashes.json")));
    CorpusSpec spec =
        new CorpusSpec(
            Optional.empty(),
            Optional.of(MANIFEST),
            StageProcess.SUBSETS,
            CorpusSpec.Durations.EXACT,
            Optional.empty());
    Artifact corpus =
        new CorpusActivitiesImpl(runner, workspace, store)
            .scanCorpus(new CorpusRequest(workspace.id(), true, spec, false))
            .artifact();
    Thread observer = new Thread(this::observe, "memory");
    observer.setDaemon(true);
    observer.start();
    long began = System.nanoTime();
    long rows =
        new EncodingActivitiesImpl(runner, workspace, store)
            .encodeAudio(new EncodingRequest(workspace.id(), true, encoder, corpus))
            .artifact()
            .rows();
    double seconds = (System.nanoTime() - began) / 1e9;
    along.add(memory(shards()));
    return Map.of("rows", rows, "seconds", seconds, "memory", List.copyOf(along));
  }

  private void observe() {
    int seen = 0;
    try {
      while (true) {
        Thread.sleep(LOOK_MILLIS);
        int shards = shards();
        if (shards > seen) {
          seen = shards;
          along.add(memory(shards));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int shards() throws IOException {
    if (!Files.isDirectory(encoded)) {
      return 0;
    }
    try (Stream<Path> all = Files.list(encoded)) {
      return (int) all.filter(each -> !each.getFileName().toString().startsWith(".")).count();
    }
  }

  private static Memory memory(int shards) throws IOException {
    return new Memory(
        shards, ScaleProcess.status("VmRSS:"), HEAP.getHeapMemoryUsage().getCommitted());
  }
}
