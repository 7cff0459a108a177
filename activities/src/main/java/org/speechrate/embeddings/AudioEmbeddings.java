package org.speechrate.embeddings;

import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.corpus.AudioContent;
import org.speechrate.corpus.InOrder;
import org.speechrate.encoder.EncoderDescriptor;
import org.speechrate.encoder.Encoding;
import org.speechrate.encoder.UtteranceEncoder;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.table.CsvInput;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;

/**
 * Embeddings that an encoder makes of audio, as many utterances at a time as there are cores. What
 * it has made is kept by the content of audio and encoder, shard by shard, so that an end in the
 * middle costs one shard at most, and more audio only its own encoding.
 */
final class AudioEmbeddings implements EmbeddingSource {
  private static final Logger log = LoggerFactory.getLogger(AudioEmbeddings.class);

  static final String WORD = "audio";

  /** Of files, the table of their paths; those of a corpus stand in its own. */
  static final String RECORDINGS = "recordings.csv";

  private static final int DIGITS = 32;

  /** A shard takes about 10 s on two cores, and is a few hundred kilobytes. */
  private static final double SHARD_SECONDS = 900;

  private static final int MOST_IN_SHARD = 128;
  private static final int FILES_PER_TASK = 100;

  /** Named in a summary. */
  private static final int MOST_NAMED = 3;

  private final String shown;
  private final Path encoder;
  private final EncoderDescriptor descriptor;
  private final List<Utterance> utterances;
  private final Function<Utterance, Path> files;
  private final boolean ofFiles;
  private final Optional<Path> encodedFolder;
  private final int threads = Runtime.getRuntime().availableProcessors();

  /**
   * What the audio of each utterance is known by, and what all are together, once they are read.
   */
  private final List<String> audio = new ArrayList<>();

  private Map<String, String> identity = Map.of();

  /**
   * Of audio that cannot be decoded, why. Never kept: once repaired it may be known by the same.
   */
  private final Map<String, String> damaged = new HashMap<>();

  private Optional<EncodedAudio> kept = Optional.empty();
  private final List<Missing> missing = new ArrayList<>();

  /**
   * @param path of its audio file, as the user knows it
   * @param seconds 0 where it is not known
   */
  record Utterance(String sampleId, String split, String label, String path, double seconds) {}

  private record Missing(Utterance utterance, String reason) {}

  private record Encoded(String audio, Encoding encoding) {}

  /**
   * @param shown how the user knows what names the utterances
   * @param encoder folder of one
   * @param files finds an utterance's audio file
   * @param ofFiles whether nothing else names the utterances
   * @param encodedFolder where what encoders have made is kept, a folder for each; where absent, it
   *     is kept only until it is handed over
   */
  private AudioEmbeddings(
      String shown,
      Path encoder,
      List<Utterance> utterances,
      Function<Utterance, Path> files,
      boolean ofFiles,
      Optional<Path> encodedFolder)
      throws IOException {
    this.shown = shown;
    this.encoder = encoder;
    this.descriptor = EncoderDescriptor.read(encoder);
    this.utterances = List.copyOf(utterances);
    this.files = files;
    this.ofFiles = ofFiles;
    this.encodedFolder = encodedFolder;
  }

  /**
   * Of a corpus.
   *
   * @param utterances table that the corpus stage has left
   * @param files finds an audio file by its path in that table
   */
  static AudioEmbeddings ofCorpus(
      Path utterances, Path encoder, Function<String, Path> files, Path encodedFolder)
      throws IOException {
    List<Utterance> list = new ArrayList<>();
    try (CsvInput csv = CsvInput.open(utterances, utterances.getFileName().toString())) {
      csv.forEach(
          row ->
              list.add(
                  new Utterance(
                      row.get("sample_id"),
                      row.get("split"),
                      row.get("speaker_id"),
                      row.get("path"),
                      Double.parseDouble(row.get("seconds")))));
    }
    return new AudioEmbeddings(
        "corpus",
        encoder,
        list,
        each -> files.apply(each.path()),
        false,
        Optional.of(encodedFolder));
  }

  /**
   * Of an audio file, or of all in a folder's tree; their names without ending are the sample_ids,
   * or where two have one name, all names with their folders, such as {@code anna-001}.
   *
   * @param path as the user gives it
   * @param encodedFolder as the constructor takes it
   */
  static AudioEmbeddings ofFiles(
      String path, Path encoder, SourceFiles.Access access, Optional<Path> encodedFolder)
      throws IOException {
    Path given = access.readable("audio", path);
    String shown = String.format("audio \"%s\"", path);
    SortedMap<String, Path> found = new TreeMap<>();
    if (Files.isDirectory(given)) {
      SortedSet<String> others = new TreeSet<>();
      NpyDirectory.walk(
          given, "", new HashMap<>(), "audio", shown, access, AudioContent::isAudio, found, others);
      if (found.isEmpty()) {
        throw new Refusal(
            Refusal.Kind.UNREADABLE_FILE,
            Problems.oneLine(
                shown
                    + ": has no .flac, .wav, .mp3, .ogg or .opus file in its tree, it has: "
                    + (others.isEmpty() ? "nothing" : Problems.firstTen(List.copyOf(others)))));
      }
    } else {
      found.put(given.getFileName().toString(), given);
    }
    boolean namesDiffer =
        found.keySet().stream().map(SampleIds::stem).distinct().count() == found.size();
    List<Utterance> list =
        found.keySet().stream()
            .map(
                each ->
                    new Utterance(
                        SampleIds.stem(namesDiffer ? each : each.replace('/', '-')),
                        "",
                        "",
                        each,
                        0))
            .toList();
    return new AudioEmbeddings(
        shown, encoder, list, each -> found.get(each.path()), true, encodedFolder);
  }

  @Override
  public String word() {
    return WORD;
  }

  @Override
  public Map<String, Path> files() {
    Map<String, Path> all = new LinkedHashMap<>();
    utterances.forEach(each -> all.put(each.path(), files.apply(each)));
    return all;
  }

  /**
   * What decides the output: whose audio the utterances are, and the encoder. Reads the beginning
   * of FLAC files; others, where they have changed, as a whole.
   */
  Map<String, String> identify(StageMonitor monitor) throws IOException {
    if (!identity.isEmpty()) {
      return identity;
    }
    // No FLAC file's: that has its hash inside.
    Optional<SourceHashes> hashes =
        encodedFolder.map(folder -> SourceHashes.ofMany(folder.resolve(".audio-hashes.json")));
    List<Callable<List<String>>> tasks = new ArrayList<>();
    for (int from = 0; from < utterances.size(); from += FILES_PER_TASK) {
      List<Utterance> block =
          utterances.subList(from, Math.min(from + FILES_PER_TASK, utterances.size()));
      tasks.add(
          () -> {
            List<String> some = new ArrayList<>(block.size());
            for (Utterance each : block) {
              some.add(identity(each, hashes));
            }
            return some;
          });
    }
    try {
      InOrder.run(
          threads,
          tasks,
          some -> {
            audio.addAll(some);
            monitor.progress(
                String.format(
                    Locale.ROOT,
                    "embeddings: %,d of %,d audio files looked at",
                    audio.size(),
                    utterances.size()),
                0,
                utterances.size());
          });
    } finally {
      if (hashes.isPresent()) {
        hashes.get().save();
      }
    }
    List<String> rows = new ArrayList<>(utterances.size());
    for (int i = 0; i < utterances.size(); i++) {
      Utterance each = utterances.get(i);
      rows.add(SourceHashes.combine(each.sampleId(), each.split(), each.label(), audio.get(i)));
    }
    identity =
        Map.of(
            "utterances", SourceHashes.combine(rows.toArray(String[]::new)),
            "encoder", UtteranceEncoder.identity(encoder));
    return identity;
  }

  private String identity(Utterance each, Optional<SourceHashes> hashes) throws IOException {
    try {
      Path file = files.apply(each);
      Optional<String> streamInfo = AudioContent.streamInfo(file);
      String whole;
      if (streamInfo.isPresent()) {
        whole = SourceHashes.combine(streamInfo.get(), Long.toString(Files.size(file)));
      } else {
        whole = hashes.isPresent() ? hashes.get().sha256(file) : SourceHashes.hash(file);
      }
      return whole.substring(0, DIGITS);
    } catch (IOException e) {
      // A disk that is away comes back; an error that stays names its file.
      throw new IOException(Problems.oneLine("cannot read " + each.path() + ": " + e), e);
    }
  }

  /**
   * Encodes what was not yet.
   *
   * @return what decides the output: also which audio is damaged, where any is
   */
  Map<String, String> encode(StageMonitor monitor) throws IOException {
    kept = Optional.of(encode(encodedFolder.orElseThrow(), monitor));
    Map<String, String> all = new TreeMap<>(identify(monitor));
    if (!damaged.isEmpty()) {
      Stream<String> damages = IntStream.range(0, audio.size()).mapToObj(this::damage);
      all.put("damaged", SourceHashes.combine(damages.toArray(String[]::new)));
    }
    return all;
  }

  @Override
  public void writeBeside(Path folder) throws IOException {
    try (CsvOutput csv =
        CsvOutput.create(
            folder.resolve(EmbeddingMatrix.MISSING), List.of("sample_id", "split", "reason"))) {
      for (Missing each : missing) {
        csv.row(each.utterance().sampleId(), each.utterance().split(), each.reason());
      }
    }
    if (ofFiles) {
      try (CsvOutput csv =
          CsvOutput.create(folder.resolve(RECORDINGS), List.of("sample_id", "path"))) {
        for (Utterance each : utterances) {
          csv.row(each.sampleId(), each.path());
        }
      }
    }
  }

  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    if (encodedFolder.isPresent()) {
      if (kept.isEmpty()) {
        encode(monitor);
      }
      return handOver(kept.get(), sink, monitor);
    }
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      return handOver(encode(folder.path(), monitor), sink, monitor);
    }
  }

  private EncodedAudio encode(Path folder, StageMonitor monitor) throws IOException {
    Path ofEncoder = folder.resolve(identify(monitor).get("encoder"));
    EncodedAudio encoded =
        new EncodedAudio(ofEncoder, descriptor.dimension(), new HashSet<>(audio));
    Map<String, List<Utterance>> todo = new LinkedHashMap<>();
    for (int i = 0; i < utterances.size(); i++) {
      if (!encoded.has(audio.get(i))) {
        todo.computeIfAbsent(audio.get(i), each -> new ArrayList<>(1)).add(utterances.get(i));
      }
    }
    if (!todo.isEmpty()) {
      encode(todo, encoded, monitor);
    }
    return encoded;
  }

  private void encode(Map<String, List<Utterance>> todo, EncodedAudio encoded, StageMonitor monitor)
      throws IOException {
    int[] done = {utterances.size() - todo.size()};
    double[] seconds = {0};
    long began = System.nanoTime();
    try (UtteranceEncoder open = open()) {
      for (List<Map.Entry<String, List<Utterance>>> shard : shards(todo)) {
        List<Callable<Encoded>> tasks = new ArrayList<>();
        shard.forEach(each -> tasks.add(() -> encode(open, each.getKey(), each.getValue())));
        List<EncodedAudio.Made> made = new ArrayList<>();
        InOrder.run(
            threads,
            tasks,
            result -> {
              if (result.encoding() instanceof Encoding.Damaged its) {
                damaged.put(result.audio(), its.reason());
              } else {
                made.add(made(result.audio(), result.encoding()));
              }
              seconds[0] += result.encoding().seconds();
              done[0]++;
              monitor.progress(
                  String.format(
                      Locale.ROOT,
                      "encoded %,d of %,d utterances, %.3f of real time",
                      done[0],
                      utterances.size(),
                      (System.nanoTime() - began) / 1e9 / Math.max(seconds[0], 1e-3)),
                  done[0],
                  utterances.size());
            });
        encoded.add(made);
      }
    }
  }

  /** On a GPU where there is one that ONNX Runtime can use. */
  private UtteranceEncoder open() throws IOException {
    if (CudaUtils.hasCuda()) {
      try {
        return UtteranceEncoder.open(encoder, true);
      } catch (Refusal e) {
        if (e.kind() != Refusal.Kind.NO_GPU) {
          throw e;
        }
        log.info("encoding on the CPU: {}", e.getMessage());
      }
    }
    return UtteranceEncoder.open(encoder, false);
  }

  private static List<List<Map.Entry<String, List<Utterance>>>> shards(
      Map<String, List<Utterance>> todo) {
    List<List<Map.Entry<String, List<Utterance>>>> shards = new ArrayList<>();
    double seconds = SHARD_SECONDS;
    for (Map.Entry<String, List<Utterance>> each : todo.entrySet()) {
      if (seconds >= SHARD_SECONDS || shards.get(shards.size() - 1).size() == MOST_IN_SHARD) {
        shards.add(new ArrayList<>());
        seconds = 0;
      }
      shards.get(shards.size() - 1).add(each);
      seconds += each.getValue().get(0).seconds();
    }
    return shards;
  }

  /**
   * @param same utterances of this audio: copies, of which one alone may be damaged
   */
  private Encoded encode(UtteranceEncoder open, String itsAudio, List<Utterance> same)
      throws IOException {
    Encoding encoding = new Encoding.Damaged("");
    for (int i = 0; i < same.size() && encoding instanceof Encoding.Damaged; i++) {
      try {
        encoding = open.encode(files.apply(same.get(i)));
      } catch (IOException e) {
        throw new IOException(Problems.oneLine("cannot read " + same.get(i).path() + ": " + e), e);
      }
    }
    return new Encoded(itsAudio, encoding);
  }

  private static EncodedAudio.Made made(String itsAudio, Encoding encoding) {
    return encoding instanceof Encoding.Vector vector
        ? new EncodedAudio.Made(itsAudio, Optional.of(vector.values()), "")
        : new EncodedAudio.Made(itsAudio, Optional.empty(), ((Encoding.Missing) encoding).reason());
  }

  private EmbeddingFacts handOver(EncodedAudio encoded, EmbeddingSink sink, StageMonitor monitor)
      throws IOException {
    missing.clear();
    Problems.Names damages = new Problems.Names();
    List<Integer> present = new ArrayList<>();
    for (int i = 0; i < utterances.size(); i++) {
      String damage = damage(i);
      if (!damage.isEmpty()) {
        damages.add(damage);
      }
      String reason = damage.isEmpty() ? encoded.missing(audio.get(i)) : "is damaged: " + damage;
      if (reason.isEmpty()) {
        present.add(i);
      } else {
        missing.add(new Missing(utterances.get(i), reason));
      }
    }
    if (present.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.TOO_FEW_ROWS,
          Problems.oneLine(
              String.format(
                  "%s: none of %s gave an embedding: %s",
                  shown, Counts.of(utterances.size(), "utterance"), namedMissing())));
    }
    if (damages.count() > 0) {
      log.warn(
          "{}: no embedding of {}: {}", shown, Counts.of(damages.count(), "damaged file"), damages);
    }
    int dimension = descriptor.dimension();
    try (EmbeddingSink.Rows rows = sink.open(shown, shown, present.size(), dimension)) {
      for (int i : present) {
        monitor.endIfStopped();
        Utterance each = utterances.get(i);
        float[] vector = new float[dimension];
        encoded.read(audio.get(i), vector);
        rows.path(each.path());
        rows.add(each.path(), each.path(), each.sampleId(), each.split(), each.label(), vector);
      }
      return rows.finish(
          WORD
              + " by "
              + Problems.value(descriptor.name())
              + (missing.isEmpty()
                  ? ""
                  : String.format(
                      Locale.ROOT,
                      "; %,d %s none%s: %s",
                      missing.size(),
                      missing.size() == 1 ? "has" : "have",
                      damages.count() == 0
                          ? ""
                          : String.format(Locale.ROOT, ", %,d damaged", damages.count()),
                      namedMissing())));
    }
  }

  /** What is wrong with an utterance's file, and the cure; empty where it could be decoded. */
  private String damage(int utterance) {
    String reason = damaged.get(audio.get(utterance));
    return reason == null
        ? ""
        : Problems.oneLine(
            utterances.get(utterance).path() + " " + reason + "; copy or encode it again");
  }

  private String namedMissing() {
    List<String> first =
        missing.stream()
            .limit(MOST_NAMED)
            .map(each -> Problems.value(each.utterance().sampleId()) + " " + each.reason())
            .toList();
    return Problems.firstPhrases(first, missing.size());
  }
}
