package org.speechrate.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;
import org.speechrate.table.Splits;

/** Walks a corpus in LibriSpeech's layout and reads its transcripts and FLAC headers. */
final class LibriSpeechWalker {
  private static final String ROOT = "corpus.root";
  private static final String TRANSCRIPT_ENDING = ".trans.txt";
  private static final String AUDIO_ENDING = ".flac";

  /** The cure of what may not be read. */
  private static final String ALLOW = "let the worker's user read it";

  /** Between two reports of progress; on a cold network disk some seconds. */
  private static final int FILES_PER_REPORT = 500;

  private final Workspace workspace;
  private final SourceHashes sources;
  private final StageMonitor monitor;
  private final Problems problems = new Problems();
  private final List<Found> found = new ArrayList<>();
  private final List<String> identity = new ArrayList<>();
  private final Map<String, String> pathOf = new HashMap<>();

  /** An utterance whose header is not read yet. */
  private record Found(
      String sampleId, String split, String speakerId, Path file, String shown, String text) {}

  /** A folder or file: where it is, and how the user knows it. */
  private record Place(Path path, String shown) {
    String name() {
      return shown.substring(shown.lastIndexOf('/') + 1);
    }
  }

  /** A header, or why there is none. */
  private record Header(Optional<FlacHeader> flac, String identity, String problem, String cure) {
    static Header none(String problem, String cure) {
      return new Header(Optional.empty(), "", problem, cure);
    }
  }

  LibriSpeechWalker(Workspace workspace, SourceHashes sources, StageMonitor monitor) {
    this.workspace = workspace;
    this.sources = sources;
    this.monitor = monitor;
  }

  /**
   * @throws Refusal if a subset, a transcript line or a FLAC file is missing or broken, or an id is
   *     there twice
   */
  CorpusScan walk(CorpusSpec spec) throws IOException {
    String root =
        spec.root()
            .orElseThrow(
                () -> new Refusal(Refusal.Kind.INVALID_SPEC, ROOT + " is needed to read audio"));
    Path folder = workspace.readable(ROOT, root);
    if (!Files.isDirectory(folder)) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(String.format("%s: \"%s\" is not a folder", ROOT, root)));
    }
    Place top = new Place(folder, root.replace('\\', '/').replaceAll("(?<=.)/+$", ""));
    for (String split : Splits.NAMES) {
      if (spec.splits().containsKey(split)) {
        walkSubset(top, split, spec.splits().get(split));
      }
    }
    List<Utterance> utterances = readHeaders(spec.durations());
    problems.refuseIfAny(String.format("%s \"%s\"", ROOT, root));
    utterances.sort(
        Comparator.comparing((Utterance each) -> Splits.NAMES.indexOf(each.split()))
            .thenComparing(Utterance::sampleId));
    return new CorpusScan(utterances, SourceHashes.combine(identity.toArray(String[]::new)));
  }

  private void walkSubset(Place root, String split, String subset) throws IOException {
    if (subset.isBlank() || subset.matches("\\.+") || subset.matches(".*[/\\\\].*")) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          Problems.oneLine(
              String.format(
                  "corpus.splits.%s must be the name of one folder, got \"%s\"",
                  split, Problems.value(subset))));
    }
    List<List<String>> layouts =
        List.of(
            List.of(subset, "LibriSpeech", subset),
            List.of("LibriSpeech", subset),
            List.of(subset));
    for (List<String> layout : layouts) {
      Optional<Place> place = descend(root, layout);
      if (place.isPresent()) {
        int before = found.size();
        boolean wellBefore = problems.isEmpty();
        for (Place speaker : folders(place.get())) {
          for (Place chapter : folders(speaker)) {
            walkChapter(split, speaker.name(), chapter);
          }
        }
        if (found.size() == before && (problems.isEmpty() || !wellBefore)) {
          problems.add(
              Refusal.Kind.TOO_FEW_ROWS,
              String.format(
                  "%s, the folder of split %s, holds no <speaker>/<chapter>/*.flac",
                  place.get().shown(), split),
              "name another folder in corpus.splits");
        }
        return;
      }
    }
    List<String> there = folders(root).stream().map(Place::name).toList();
    problems.add(
        Refusal.Kind.UNREADABLE_FILE,
        String.format(
            "corpus.splits.%s \"%s\" is neither at %s; folders in %s: %s",
            split,
            subset,
            String.join(
                " nor at ",
                layouts.stream().map(each -> root.shown() + "/" + String.join("/", each)).toList()),
            root.shown(),
            there.isEmpty() ? "none" : Problems.firstTen(there)),
        "");
  }

  private Optional<Place> descend(Place root, List<String> names) {
    Place place = root;
    for (String name : names) {
      Path next = place.path().resolve(name);
      if (!Files.isSymbolicLink(next) && !Files.isDirectory(next)) {
        return Optional.empty();
      }
      place = allowed(next, place.shown() + "/" + name);
    }
    return Files.isDirectory(place.path()) ? Optional.of(place) : Optional.empty();
  }

  private void walkChapter(String split, String speaker, Place chapter) throws IOException {
    Place transcript =
        new Place(
            chapter.path().resolve(speaker + "-" + chapter.name() + TRANSCRIPT_ENDING),
            chapter.shown() + "/" + speaker + "-" + chapter.name() + TRANSCRIPT_ENDING);
    List<Place> audio =
        list(chapter, path -> Files.isRegularFile(path) || Files.isSymbolicLink(path)).stream()
            .filter(each -> each.name().toLowerCase(Locale.ROOT).endsWith(AUDIO_ENDING))
            .toList();
    Map<String, String> texts = new TreeMap<>();
    if (Files.exists(transcript.path())) {
      Path file = allowed(transcript.path(), transcript.shown()).path();
      try {
        byte[] content = Files.readAllBytes(file);
        texts.putAll(Transcript.parse(content, transcript.shown(), problems));
        identity.add(transcript.shown() + " " + fingerprint(content));
      } catch (AccessDeniedException e) {
        problems.add(Refusal.Kind.UNREADABLE_FILE, transcript.shown() + " may not be read", ALLOW);
      }
    } else if (!audio.isEmpty()) {
      problems.add(
          Refusal.Kind.UNREADABLE_FILE,
          transcript.shown() + " is missing, beside " + Counts.of(audio.size(), "FLAC file"),
          "write it: \"<sample_id> <TEXT>\" for each of them");
      return;
    }
    Set<String> heard = new HashSet<>();
    for (Place file : audio) {
      String id = SampleIds.stem(file.name());
      heard.add(id);
      String text = texts.get(id);
      if (text == null) {
        problems.add(
            Refusal.Kind.MISSING_SAMPLE,
            String.format("%s has no line in %s", file.shown(), transcript.name()),
            "add the line, or take the file away");
        continue;
      }
      String earlier = pathOf.putIfAbsent(id, file.shown());
      if (earlier != null) {
        problems.add(
            Refusal.Kind.DUPLICATE_ID,
            String.format("sample_id %s is there twice: %s and %s", id, earlier, file.shown()),
            Transcript.KEEP_ONE);
        continue;
      }
      found.add(new Found(id, split, speaker, file.path(), file.shown(), text));
    }
    for (String id : texts.keySet()) {
      if (!heard.contains(id)) {
        problems.add(
            Refusal.Kind.MISSING_SAMPLE,
            String.format(
                "%s has a line for %s, but no FLAC file of this name is beside it",
                transcript.shown(), Problems.value(id)),
            "add the file, or take the line away");
      }
    }
  }

  private List<Utterance> readHeaders(CorpusSpec.Durations durations) {
    List<Utterance> utterances = new ArrayList<>(found.size());
    for (int from = 0; from < found.size(); from += FILES_PER_REPORT) {
      List<Found> block = found.subList(from, Math.min(from + FILES_PER_REPORT, found.size()));
      List<Header> headers = block.parallelStream().map(this::readHeader).toList();
      for (int i = 0; i < block.size(); i++) {
        Found each = block.get(i);
        Header header = headers.get(i);
        if (header.flac().isEmpty()) {
          problems.add(
              Refusal.Kind.UNREADABLE_FILE, each.shown() + " " + header.problem(), header.cure());
          continue;
        }
        FlacHeader flac = header.flac().get();
        identity.add(header.identity());
        utterances.add(
            new Utterance(
                each.sampleId(),
                each.split(),
                each.speakerId(),
                each.shown(),
                durations == CorpusSpec.Durations.EXACT ? flac.seconds() : flac.secondsByMillis(),
                each.text()));
      }
      int done = from + block.size();
      monitor.progress(
          String.format(Locale.ROOT, "corpus: %,d of %,d files", done, found.size()),
          done,
          found.size());
    }
    return utterances;
  }

  private Header readHeader(Found each) {
    try {
      FlacHeader flac = FlacHeader.read(each.file());
      String content = flac.hasMd5() ? flac.streamInfo() : sources.sha256(each.file());
      return new Header(
          Optional.of(flac),
          String.join(" ", each.shown(), Long.toString(Files.size(each.file())), content),
          "",
          "");
    } catch (Refusal e) {
      return Header.none(e.getMessage(), "copy or encode it again");
    } catch (AccessDeniedException e) {
      return Header.none("may not be read", ALLOW);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Place> folders(Place place) throws IOException {
    return list(place, Files::isDirectory);
  }

  /** Sorted by name; names that begin with a dot (.DS_Store, ._x.flac) are nobody's data. */
  private List<Place> list(Place place, Predicate<Path> filter) throws IOException {
    List<Place> places = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(place.path())) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.startsWith(".") && filter.test(entry)) {
          places.add(allowed(entry, place.shown() + "/" + name));
        }
      }
    } catch (AccessDeniedException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(ROOT + ": " + place.shown() + " may not be read; " + ALLOW),
          e);
    }
    places.sort(Comparator.comparing(Place::shown));
    return places;
  }

  /** A link may lead anywhere; what it leads to must be readable too. */
  private Place allowed(Path path, String shown) {
    return new Place(
        Files.isSymbolicLink(path) ? workspace.readable(ROOT, path.toString()) : path, shown);
  }

  /** Of content that was read anyway; the store's cache of hashes would read it again. */
  private static String fingerprint(byte[] content) {
    return SourceHashes.combine(HexFormat.of().formatHex(content));
  }
}
