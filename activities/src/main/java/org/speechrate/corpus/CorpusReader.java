package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Lists a corpus and reads the headers of its audio, on several threads. */
final class CorpusReader {
  /** The cure of what may not be read. */
  static final String ALLOW = "let the worker's user read it";

  /** The cure of an id that is there twice. */
  static final String KEEP_ONE = "keep one of each";

  /** What a thread takes at once, and between two reports of progress. */
  private static final int FILES_PER_TASK = 100;

  private final Workspace workspace;
  private final AudioHeaderMemory memory;
  private final StageMonitor monitor;

  /**
   * What a corpus lists, before its audio is read.
   *
   * @param identity of its transcripts or its manifest
   */
  record Listing(List<Found> found, List<String> identity) {}

  /** An utterance and its identity, or what is wrong with its audio. */
  private record Read(Utterance utterance, String identity, String problem, String cure) {
    static Read wrong(String problem, String cure) {
      return new Read(null, "", problem, cure);
    }
  }

  CorpusReader(Workspace workspace, AudioHeaderMemory memory, StageMonitor monitor) {
    this.workspace = workspace;
    this.memory = memory;
    this.monitor = monitor;
  }

  /**
   * @throws Refusal if a subset, a transcript line, a manifest's row or an audio file is missing or
   *     broken, or an id is there twice
   */
  CorpusScan read(CorpusSpec spec) throws IOException {
    int threads = spec.threads().orElseGet(() -> Runtime.getRuntime().availableProcessors());
    Problems problems = new Problems();
    Listing listing =
        spec.manifest().isPresent()
            ? new Manifest(workspace, spec.manifest().get(), spec.root()).read(threads, problems)
            : new LibriSpeechWalker(workspace, monitor, problems).walk(spec, threads);
    List<String> identity = new ArrayList<>(listing.identity());
    List<Utterance> utterances =
        readHeaders(listing.found(), spec.durations(), threads, problems, identity);
    problems.refuseIfAny(
        spec.manifest().isPresent()
            ? Manifest.field(spec.manifest().get())
            : LibriSpeechWalker.field(spec.root().orElseThrow()));
    utterances.sort(
        Comparator.comparing((Utterance each) -> Splits.NAMES.indexOf(each.split()))
            .thenComparing(Utterance::sampleId));
    return new CorpusScan(utterances, SourceHashes.combine(identity.toArray(String[]::new)));
  }

  private List<Utterance> readHeaders(
      List<Found> found,
      CorpusSpec.Durations durations,
      int threads,
      Problems problems,
      List<String> identity)
      throws IOException {
    List<Utterance> utterances = new ArrayList<>(found.size());
    List<Callable<List<Read>>> tasks = new ArrayList<>();
    for (int from = 0; from < found.size(); from += FILES_PER_TASK) {
      List<Found> block = found.subList(from, Math.min(from + FILES_PER_TASK, found.size()));
      tasks.add(
          () -> {
            List<Read> reads = new ArrayList<>(block.size());
            for (Found each : block) {
              reads.add(read(each, durations));
            }
            return reads;
          });
    }
    int[] done = {0};
    InOrder.run(
        threads,
        tasks,
        reads -> {
          for (Read each : reads) {
            if (each.utterance() == null) {
              problems.add(Refusal.Kind.UNREADABLE_FILE, each.problem(), each.cure());
            } else {
              identity.add(each.identity());
              utterances.add(each.utterance());
            }
          }
          done[0] += reads.size();
          memory.saveWhereDue();
          monitor.progress(
              String.format(Locale.ROOT, "corpus: %,d of %,d files", done[0], found.size()),
              done[0],
              found.size());
        });
    return utterances;
  }

  private Read read(Found each, CorpusSpec.Durations durations) throws IOException {
    AudioHeader header;
    try {
      var known = memory.of(each.file(), each.attributes());
      header = known.isPresent() ? known.get() : AudioHeader.read(each.file());
    } catch (Refusal e) {
      return Read.wrong(each.shown() + " " + e.getMessage(), "copy or encode it again");
    } catch (AccessDeniedException e) {
      return Read.wrong(each.shown() + " may not be read", ALLOW);
    } catch (IOException e) {
      // A disk that is away comes back; an error that stays names its file.
      throw new IOException(Problems.oneLine("cannot read " + each.shown() + ": " + e), e);
    }
    memory.remember(each.file(), each.attributes(), header);
    return new Read(
        new Utterance(
            each.sampleId(),
            each.split(),
            each.speakerId(),
            each.shown(),
            durations == CorpusSpec.Durations.EXACT ? header.seconds() : header.secondsByMillis(),
            each.text()),
        String.join(" ", each.shown(), Long.toString(each.attributes().size()), header.identity()),
        "",
        "");
  }
}
