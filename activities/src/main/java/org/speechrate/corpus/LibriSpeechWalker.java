package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
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
import java.util.concurrent.Callable;
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

/**
 * Walks a corpus in LibriSpeech's layout and reads its transcripts, several speakers at once. Any
 * file that {@link AudioContent#isAudio} is an utterance's audio, whatever its format.
 */
final class LibriSpeechWalker {
  private static final String ROOT = "corpus.root";
  private static final String TRANSCRIPT_ENDING = ".trans.txt";

  private final Workspace workspace;
  private final StageMonitor monitor;
  private final Problems problems;
  private final List<Found> found = new ArrayList<>();
  private final List<String> identity = new ArrayList<>();
  private final Map<String, String> pathOf = new HashMap<>();

  /** A folder or file: where it is, how the user knows it, and what it is. */
  private record Place(Path path, String shown, BasicFileAttributes attributes) {
    String name() {
      return shown.substring(shown.lastIndexOf('/') + 1);
    }
  }

  /** What one speaker's folder holds. */
  private record Speaker(List<Found> found, List<String> identity, Problems problems) {}

  LibriSpeechWalker(Workspace workspace, StageMonitor monitor, Problems problems) {
    this.workspace = workspace;
    this.monitor = monitor;
    this.problems = problems;
  }

  /** How a refusal begins. */
  static String field(String root) {
    return String.format("%s \"%s\"", ROOT, root);
  }

  /**
   * @throws Refusal if the root, or a link below it, cannot be read
   */
  CorpusReader.Listing walk(CorpusSpec spec, int threads) throws IOException {
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
    Place top = place(folder, root.replace('\\', '/').replaceAll("(?<=.)/+$", ""));
    for (String split : Splits.NAMES) {
      if (spec.splits().containsKey(split)) {
        walkSubset(top, split, spec.splits().get(split), threads);
      }
    }
    return new CorpusReader.Listing(found, identity);
  }

  private void walkSubset(Place root, String split, String subset, int threads) throws IOException {
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
        List<Callable<Speaker>> tasks = new ArrayList<>();
        for (Place speaker : folders(place.get())) {
          tasks.add(() -> walkSpeaker(split, speaker));
        }
        InOrder.run(threads, tasks, this::take);
        if (found.size() == before && (problems.isEmpty() || !wellBefore)) {
          problems.add(
              Refusal.Kind.TOO_FEW_ROWS,
              String.format(
                  "%s, the folder of split %s, holds no audio in <speaker>/<chapter>/",
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

  private Optional<Place> descend(Place root, List<String> names) throws IOException {
    Place place = root;
    for (String name : names) {
      Path next = place.path().resolve(name);
      if (!Files.exists(next, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
      place = place(next, place.shown() + "/" + name);
    }
    return Optional.of(place).filter(each -> each.attributes().isDirectory());
  }

  private void take(Speaker speaker) {
    for (Found each : speaker.found()) {
      String earlier = pathOf.putIfAbsent(each.sampleId(), each.shown());
      if (earlier == null) {
        found.add(each);
      } else {
        problems.add(
            Refusal.Kind.DUPLICATE_ID,
            String.format(
                "sample_id %s is there twice: %s and %s", each.sampleId(), earlier, each.shown()),
            CorpusReader.KEEP_ONE);
      }
    }
    identity.addAll(speaker.identity());
    problems.addAll(speaker.problems());
    monitor.progress(
        String.format(Locale.ROOT, "corpus: %,d files listed", found.size()), found.size(), 0);
  }

  private Speaker walkSpeaker(String split, Place folder) throws IOException {
    Speaker speaker = new Speaker(new ArrayList<>(), new ArrayList<>(), new Problems());
    for (Place chapter : folders(folder)) {
      walkChapter(split, folder.name(), chapter, speaker);
    }
    return speaker;
  }

  private void walkChapter(String split, String name, Place chapter, Speaker speaker)
      throws IOException {
    String transcript = name + "-" + chapter.name() + TRANSCRIPT_ENDING;
    String shown = chapter.shown() + "/" + transcript;
    List<Place> audio = new ArrayList<>();
    boolean hasTranscript = false;
    for (Place each :
        list(chapter, file -> file.equals(transcript) || AudioContent.isAudio(file))) {
      if (each.name().equals(transcript)) {
        hasTranscript = true;
      } else if (each.attributes().isRegularFile()) {
        audio.add(each);
      }
    }
    Map<String, String> texts = new TreeMap<>();
    if (hasTranscript) {
      boolean wellBefore = speaker.problems().isEmpty();
      texts.putAll(texts(place(chapter.path().resolve(transcript), shown), speaker));
      if (texts.isEmpty() && wellBefore && !speaker.problems().isEmpty()) {
        return; // what is wrong with it as a whole says all
      }
    } else if (!audio.isEmpty()) {
      speaker
          .problems()
          .add(
              Refusal.Kind.UNREADABLE_FILE,
              shown + " is missing, beside " + Counts.of(audio.size(), "audio file"),
              "write it: \"<sample_id> <TEXT>\" for each of them");
      return;
    }
    Set<String> heard = new HashSet<>();
    for (Place file : audio) {
      String id = SampleIds.stem(file.name());
      heard.add(id);
      String text = texts.get(id);
      if (text == null) {
        speaker
            .problems()
            .add(
                Refusal.Kind.MISSING_SAMPLE,
                String.format("%s has no line in %s", file.shown(), transcript),
                "add the line, or take the file away");
        continue;
      }
      speaker
          .found()
          .add(new Found(id, split, name, file.path(), file.attributes(), file.shown(), text));
    }
    for (String id : texts.keySet()) {
      if (!heard.contains(id)) {
        speaker
            .problems()
            .add(
                Refusal.Kind.MISSING_SAMPLE,
                String.format(
                    "%s has a line for %s, but no audio file of this name is beside it",
                    shown, Problems.value(id)),
                "add the file, or take the line away");
      }
    }
  }

  private static Map<String, String> texts(Place transcript, Speaker speaker) throws IOException {
    try {
      byte[] content = Transcript.content(transcript.path());
      speaker.identity().add(transcript.shown() + " " + fingerprint(content));
      return Transcript.parse(content, transcript.shown(), speaker.problems());
    } catch (AccessDeniedException e) {
      speaker
          .problems()
          .add(
              Refusal.Kind.UNREADABLE_FILE,
              transcript.shown() + " may not be read",
              CorpusReader.ALLOW);
      return Map.of();
    }
  }

  private List<Place> folders(Place place) throws IOException {
    return list(place, name -> true).stream()
        .filter(each -> each.attributes().isDirectory())
        .toList();
  }

  /** Sorted by name; names that begin with a dot (.DS_Store, ._x.flac) are nobody's data. */
  private List<Place> list(Place place, Predicate<String> names) throws IOException {
    List<Place> places = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(place.path())) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.startsWith(".") && names.test(name)) {
          places.add(place(entry, place.shown() + "/" + name));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (AccessDeniedException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          Problems.oneLine(ROOT + ": " + place.shown() + " may not be read; " + CorpusReader.ALLOW),
          e);
    }
    places.sort(Comparator.comparing(Place::shown));
    return places;
  }

  /** A link may lead anywhere; what it leads to must be readable too. */
  private Place place(Path path, String shown) throws IOException {
    BasicFileAttributes own =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!own.isSymbolicLink()) {
      return new Place(path, shown, own);
    }
    Path real = workspace.readable(ROOT, path.toString());
    return new Place(real, shown, Files.readAttributes(real, BasicFileAttributes.class));
  }

  /** Of content that was read anyway; the store's cache of hashes would read it again. */
  private static String fingerprint(byte[] content) {
    return SourceHashes.combine(HexFormat.of().formatHex(content));
  }
}
