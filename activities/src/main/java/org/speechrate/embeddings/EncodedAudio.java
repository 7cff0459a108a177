package org.speechrate.embeddings;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.store.SourceHashes;
import org.speechrate.table.CsvInput;
import org.speechrate.table.CsvOutput;

/**
 * What one encoder has made of audio, so that no audio is encoded twice: a folder with a folder for
 * each shard, which appears whole and never changes.
 *
 * <pre>
 * x.npy      float32 (n, dimension)
 * audio.csv  audio    what the audio is known by
 *            missing  why it has no vector; empty where it has one
 * </pre>
 *
 * The i-th line without a reason is row i of the matrix.
 */
final class EncodedAudio {
  private static final Logger log = LoggerFactory.getLogger(EncodedAudio.class);

  private static final String TABLE = "audio.csv";
  private static final int NAME_DIGITS = 32;

  /** Utterances of one corpus are in few shards, and mostly in their order. */
  private static final int MOST_OPEN = 64;

  private final Path folder;
  private final int dimension;
  private final Map<String, Place> places = new HashMap<>();

  private final Map<Path, EmbeddingMatrix> open =
      new LinkedHashMap<>(MOST_OPEN, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, EmbeddingMatrix> eldest) {
          return size() > MOST_OPEN;
        }
      };

  /** A row of a shard, or the reason why there is none. */
  private record Place(Path shard, long row, String missing) {}

  /**
   * What was made of one audio.
   *
   * @param vector absent where there is a reason
   * @param missing why it has no vector
   */
  record Made(String audio, Optional<float[]> vector, String missing) {}

  /**
   * Looks for what is there; a damaged shard is removed, and its audio is encoded again.
   *
   * @param folder of this encoder alone; need not be there yet
   * @param wanted audio that will be asked for
   */
  EncodedAudio(Path folder, int dimension, Set<String> wanted) throws IOException {
    this.folder = folder;
    this.dimension = dimension;
    for (Path shard : shards()) {
      try {
        read(shard, wanted);
      } catch (Refusal e) {
        log.warn("{} is damaged and is made again: {}", shard, e.getMessage());
        places.values().removeIf(place -> place.shard().equals(shard));
        Durable.deleteFolder(shard);
      }
    }
  }

  private List<Path> shards() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .filter(each -> !each.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }

  private void read(Path shard, Set<String> wanted) throws IOException {
    Path table = shard.resolve(TABLE);
    Path vectors = shard.resolve(EmbeddingMatrix.FILE);
    if (!Files.isRegularFile(table) || !Files.isRegularFile(vectors)) {
      throw new Refusal(Refusal.Kind.UNREADABLE_FILE, "a file is gone");
    }
    EmbeddingMatrix matrix = EmbeddingMatrix.open(vectors);
    long[] rows = {0};
    try (CsvInput csv = CsvInput.open(table, table.toString())) {
      csv.require("audio");
      csv.require("missing");
      csv.forEach(
          line -> {
            String missing = line.get("missing");
            long row = missing.isEmpty() ? rows[0]++ : -1;
            if (wanted.contains(line.get("audio"))) {
              places.put(line.get("audio"), new Place(shard, row, missing));
            }
          });
    }
    if (matrix.dimension() != dimension || matrix.rows() != rows[0]) {
      throw new Refusal(Refusal.Kind.BAD_FORMAT, "its matrix does not fit its table");
    }
  }

  boolean has(String audio) {
    return places.containsKey(audio);
  }

  /** Why this audio, which is there, has no vector; empty where it has one. */
  String missing(String audio) {
    return places.get(audio).missing();
  }

  /**
   * Copies the vector of audio that has one.
   *
   * @param into of the encoder's dimension
   */
  void read(String audio, float[] into) throws IOException {
    Place place = places.get(audio);
    EmbeddingMatrix matrix = open.get(place.shard());
    if (matrix == null) {
      matrix = EmbeddingMatrix.open(place.shard().resolve(EmbeddingMatrix.FILE));
      open.put(place.shard(), matrix);
    }
    matrix.read(place.row(), into, 0);
  }

  /** Keeps a shard: from now on it outlives the process. */
  void add(List<Made> made) throws IOException {
    if (made.isEmpty()) {
      return;
    }
    String name =
        SourceHashes.combine(made.stream().map(Made::audio).toArray(String[]::new))
            .substring(0, NAME_DIGITS);
    Path shard = folder.resolve(name);
    List<float[]> vectors = new ArrayList<>();
    try (AttemptFolder attempt = AttemptFolder.begin(folder)) {
      try (CsvOutput csv =
          CsvOutput.create(attempt.path().resolve(TABLE), List.of("audio", "missing"))) {
        for (Made each : made) {
          csv.row(each.audio(), each.missing());
          long row = each.vector().isPresent() ? vectors.size() : -1;
          each.vector().ifPresent(vectors::add);
          places.put(each.audio(), new Place(shard, row, each.missing()));
        }
      }
      write(vectors, attempt.path().resolve(EmbeddingMatrix.FILE));
      Durable.syncFolder(attempt.path());
      // Where another attempt was faster, its shard has the same audio.
      Durable.publish(attempt.path(), shard);
    }
  }

  private void write(List<float[]> vectors, Path file) throws IOException {
    ByteBuffer row = ByteBuffer.allocate(Float.BYTES * dimension).order(ByteOrder.LITTLE_ENDIAN);
    try (OutputStream out = Files.newOutputStream(file)) {
      NpyHeader.writeFloat32(out, vectors.size(), dimension);
      for (float[] each : vectors) {
        row.asFloatBuffer().put(each, 0, dimension);
        out.write(row.array());
      }
    }
  }
}
