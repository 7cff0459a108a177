package org.speechrate.embeddings;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Json;
import org.speechrate.store.SourceHashes;
import org.speechrate.table.Problems;
import org.speechrate.table.SampleIds;

/**
 * A snapshot of the Python system's ChromaDB collection: ids {@code <split>_<i>}, metadata {@code
 * {file_path, label, split}}. The vectors lie in a file, and its rows are in the order of their
 * sample_ids, so that the same content gives the same bytes however it came into the collection.
 */
final class ChromaEmbeddings implements EmbeddingSource {
  static final String WORD = "chroma";

  private static final int BUFFER_BYTES = 1 << 20;

  private final String shown;
  private final ChromaClient.Collection collection;
  private final Path vectors;
  private final List<Row> rows;

  /**
   * @param index of its vector in the file
   * @param id ChromaDB's
   * @param filePath empty where the collection does not tell
   */
  private record Row(
      long index, String id, String filePath, String sampleId, String split, String label) {}

  private ChromaEmbeddings(
      String shown, ChromaClient.Collection collection, Path vectors, List<Row> rows) {
    this.shown = shown;
    this.collection = collection;
    this.vectors = vectors;
    this.rows = rows;
  }

  /**
   * Reads a whole collection.
   *
   * @param name empty for the Python system's
   * @param folder takes the vectors, as long as this is used
   * @throws IOException also if the collection changes meanwhile: the next attempt may find it at
   *     rest
   */
  static ChromaEmbeddings read(
      ChromaClient client, Optional<String> name, Path folder, StageMonitor monitor)
      throws IOException {
    monitor.progress("embeddings: asking ChromaDB", 0, 0);
    ChromaClient.Collection collection = client.find(name);
    String shown = client.shown() + ", collection " + collection.name();
    long count = client.count(collection);
    if (count > 0 && collection.dimension() < 1) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT, shown + ": has embeddings, but tells no dimension of them");
    }
    Path vectors = folder.resolve("vectors");
    List<Row> rows = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    try (OutputStream out =
        new BufferedOutputStream(Files.newOutputStream(vectors), BUFFER_BYTES)) {
      byte[] encoded = new byte[Float.BYTES * collection.dimension()];
      while (rows.size() < count) {
        ChromaPage page = client.page(collection, rows.size());
        for (int i = 0; i < page.ids().size(); i++) {
          String id = page.ids().get(i);
          if (!ids.add(id)) {
            throw changed(shown);
          }
          float[] vector = page.vectors().get(i);
          Row row = row(rows.size(), id, page.metadatas().get(i));
          requireDimension(shown, row, vector.length, collection.dimension());
          floats(encoded).put(vector);
          out.write(encoded);
          rows.add(row);
        }
        if (page.ids().isEmpty() || rows.size() > count) {
          throw changed(shown);
        }
        monitor.progress(
            String.format(Locale.ROOT, "embeddings: %,d of %,d embeddings", rows.size(), count),
            rows.size(),
            count);
      }
    }
    if (client.count(collection) != count) {
      throw changed(shown);
    }
    rows.sort(Comparator.comparing(Row::sampleId).thenComparing(Row::split));
    return new ChromaEmbeddings(shown, collection, vectors, rows);
  }

  /** The same for a command, which reads it when its rows are asked for. */
  static EmbeddingSource later(ChromaClient client, Optional<String> name) {
    return new EmbeddingSource() {
      @Override
      public String word() {
        return WORD;
      }

      @Override
      public Map<String, Path> files() {
        return Map.of();
      }

      @Override
      public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
        try (TemporaryFolder folder = TemporaryFolder.create()) {
          return read(client, name, folder.path(), monitor).copyTo(sink, monitor);
        }
      }
    };
  }

  private static Row row(long index, String id, ChromaPage.Metadata metadata) {
    String named = metadata.filePath().isBlank() ? id : metadata.filePath();
    return new Row(
        index,
        id,
        metadata.filePath().isBlank() ? "" : metadata.filePath(),
        SampleIds.stem(named),
        metadata.split(),
        metadata.label());
  }

  private static void requireDimension(String shown, Row row, int length, int dimension) {
    if (length != dimension) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s: %s (%s) has %s, the collection's have %d; compute all with one encoder",
                  shown,
                  named(row),
                  Problems.value(row.sampleId()),
                  length > dimension ? "more values" : Counts.of(length, "value"),
                  dimension)));
    }
  }

  private static IOException changed(String shown) {
    return new IOException(
        shown + ": it changed while it was read; it can be read when it is at rest");
  }

  private static String named(Row row) {
    return "id " + Problems.value(row.id());
  }

  @Override
  public String word() {
    return WORD;
  }

  /**
   * What the run says of the source: with the collection, and with the one that was passed over.
   */
  @Override
  public String described() {
    String passedOver =
        collection.others().isEmpty()
            ? ""
            : ", not " + String.join(", ", collection.others()) + ", which is there too";
    return word() + ": " + collection.name() + passedOver;
  }

  /** None: it is no file. */
  @Override
  public Map<String, Path> files() {
    return Map.of();
  }

  @Override
  public Map<String, String> inputs(SourceHashes hashes) throws IOException {
    DigestOutputStream digest =
        new DigestOutputStream(OutputStream.nullOutputStream(), Json.sha256());
    try (FileChannel channel = FileChannel.open(vectors);
        DataOutputStream out = new DataOutputStream(digest)) {
      byte[] encoded = encoded();
      for (Row row : rows) {
        for (String text : List.of(row.sampleId(), row.split(), row.label())) {
          byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
          out.writeInt(bytes.length);
          out.write(bytes);
        }
        fill(encoded, channel, row);
        out.write(encoded);
      }
    }
    return Map.of("embeddings", HexFormat.of().formatHex(digest.getMessageDigest().digest()));
  }

  @Override
  public EmbeddingFacts copyTo(EmbeddingSink sink, StageMonitor monitor) throws IOException {
    try (EmbeddingSink.Rows output = sink.open(shown, shown, rows.size(), collection.dimension());
        FileChannel channel = FileChannel.open(vectors)) {
      byte[] encoded = encoded();
      float[] values = new float[collection.dimension()];
      output.stored("float32");
      for (Row row : rows) {
        fill(encoded, channel, row);
        floats(encoded).get(values);
        String named = named(row);
        output.path(row.filePath());
        output.add(named, named, row.sampleId(), row.split(), row.label(), values);
      }
      return output.finish(described());
    }
  }

  private byte[] encoded() {
    return new byte[Float.BYTES * collection.dimension()];
  }

  private static FloatBuffer floats(byte[] encoded) {
    return ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  private static void fill(byte[] encoded, FileChannel channel, Row row) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(encoded);
    long begin = row.index() * encoded.length;
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, begin + buffer.position()) < 0) {
        throw new EOFException("the snapshot of the collection was cut off");
      }
    }
  }
}
