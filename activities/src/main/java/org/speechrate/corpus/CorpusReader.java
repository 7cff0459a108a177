package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Lists a corpus and reads the headers of its audio, on several threads. */
final class CorpusReader {
  private static final Logger log = LoggerFactory.getLogger(CorpusReader.class);

  /** The cure of what may not be read. */
  static final String ALLOW = "let the worker's user read it";

  /** The cure of an id that is there twice. */
  static final String KEEP_ONE = "keep one of each";

  private static final String AGAIN = "copy or encode it again";

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

  /**
   * What an audio file's header tells.
   *
   * @param header absent where there is a problem
   * @param damaged whether that is of its content
   */
  private record Read(Found found, Optional<AudioHeader> header, String problem, boolean damaged) {}

  CorpusReader(Workspace workspace, AudioHeaderMemory memory, StageMonitor monitor) {
    this.workspace = workspace;
    this.memory = memory;
    this.monitor = monitor;
  }

  /**
   * @param dropDamaged whether broken audio is left out
   * @throws Refusal if a subset, a transcript line, a manifest's row or an audio file is missing or
   *     broken, or an id is there twice; or where broken audio is left out, if a split has no other
   */
  CorpusScan read(CorpusSpec spec, boolean dropDamaged) throws IOException {
    int threads = spec.threads().orElseGet(() -> Runtime.getRuntime().availableProcessors());
    Problems problems = new Problems();
    Listing listing =
        spec.manifest().isPresent()
            ? new Manifest(workspace, spec.manifest().get(), spec.root()).read(threads, problems)
            : new LibriSpeechWalker(workspace, monitor, problems).walk(spec, threads);
    List<String> identity = new ArrayList<>(listing.identity());
    List<Utterance> utterances = new ArrayList<>(listing.found().size());
    List<CorpusScan.Damaged> damaged = new ArrayList<>();
    readHeaders(
        listing.found(),
        threads,
        each -> {
          Found found = each.found();
          if (each.header().isPresent()) {
            utterances.add(utterance(found, each.header().get(), spec.durations()));
            identity.add(identity(found, each.header().get().identity()));
          } else if (each.damaged() && dropDamaged) {
            damaged.add(new CorpusScan.Damaged(found, each.problem()));
            identity.add(identity(found, each.problem()));
          } else {
            problems.add(
                Refusal.Kind.UNREADABLE_FILE,
                found.shown() + " " + each.problem(),
                each.damaged() ? AGAIN + "; dataset.onMissing: drop leaves them out" : ALLOW);
          }
        });
    if (problems.isEmpty()) {
      findSplitsWithoutAudio(utterances, damaged, problems);
    }
    problems.refuseIfAny(
        spec.manifest().isPresent()
            ? Manifest.field(spec.manifest().get())
            : LibriSpeechWalker.field(spec.root().orElseThrow()));
    utterances.sort(
        Comparator.comparing((Utterance each) -> Splits.NAMES.indexOf(each.split()))
            .thenComparing(Utterance::sampleId));
    if (!damaged.isEmpty()) {
      log.warn(
          "corpus: left out {}: {}", Counts.of(damaged.size(), "damaged file"), names(damaged));
    }
    return new CorpusScan(
        utterances, damaged, SourceHashes.combine(identity.toArray(String[]::new)));
  }

  private void readHeaders(List<Found> found, int threads, Consumer<Read> taker)
      throws IOException {
    List<Callable<List<Read>>> tasks = new ArrayList<>();
    for (int from = 0; from < found.size(); from += FILES_PER_TASK) {
      List<Found> block = found.subList(from, Math.min(from + FILES_PER_TASK, found.size()));
      tasks.add(
          () -> {
            List<Read> reads = new ArrayList<>(block.size());
            for (Found each : block) {
              reads.add(read(each));
            }
            return reads;
          });
    }
    int[] done = {0};
    InOrder.run(
        threads,
        tasks,
        reads -> {
          reads.forEach(taker);
          done[0] += reads.size();
          memory.saveWhereDue();
          monitor.progress(
              String.format(Locale.ROOT, "corpus: %,d of %,d files", done[0], found.size()),
              done[0],
              found.size());
        });
  }

  private Read read(Found each) throws IOException {
    AudioHeader header;
    try {
      var known = memory.of(each.file(), each.attributes());
      header = known.isPresent() ? known.get() : AudioHeader.read(each.file());
    } catch (Refusal e) {
      return new Read(each, Optional.empty(), e.getMessage(), true);
    } catch (AccessDeniedException e) {
      return new Read(each, Optional.empty(), "may not be read", false);
    } catch (IOException e) {
      // A disk that is away comes back; an error that stays names its file.
      throw new IOException(Problems.oneLine("cannot read " + each.shown() + ": " + e), e);
    }
    if (header.totalSamples() == 0) {
      return new Read(each, Optional.empty(), "holds no audio", true);
    }
    memory.remember(each.file(), each.attributes(), header);
    return new Read(each, Optional.of(header), "", false);
  }

  private static Utterance utterance(
      Found found, AudioHeader header, CorpusSpec.Durations durations) {
    return new Utterance(
        found.sampleId(),
        found.split(),
        found.speakerId(),
        found.shown(),
        durations == CorpusSpec.Durations.EXACT ? header.seconds() : header.secondsByMillis(),
        found.text());
  }

  private static String identity(Found found, String content) {
    return String.join(" ", found.shown(), Long.toString(found.attributes().size()), content);
  }

  private static void findSplitsWithoutAudio(
      List<Utterance> utterances, List<CorpusScan.Damaged> damaged, Problems problems) {
    for (String split : Splits.NAMES) {
      List<CorpusScan.Damaged> its =
          damaged.stream().filter(each -> each.found().split().equals(split)).toList();
      if (!its.isEmpty() && utterances.stream().noneMatch(each -> each.split().equals(split))) {
        problems.add(
            Refusal.Kind.TOO_FEW_ROWS,
            String.format("all audio of split %s is damaged: %s", split, names(its)),
            AGAIN);
      }
    }
  }

  private static Problems.Names names(List<CorpusScan.Damaged> damaged) {
    Problems.Names names = new Problems.Names();
    damaged.forEach(each -> names.add(each.phrase()));
    return names;
  }
}
