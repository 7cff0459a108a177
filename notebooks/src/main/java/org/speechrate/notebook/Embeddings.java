package org.speechrate.notebook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.speechrate.pipeline.Counts;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Embeddings of one's own recordings, as {@link Speechrate#embed(String, String)} makes them. */
public final class Embeddings {
  private static final String VECTORS = "x.npy";
  private static final String IDS = "ids.csv";

  /** Where a .npy file of version 1 tells how long its header is. */
  private static final int HEADER_LENGTH = 8;

  private static final int HEADER = 10;
  private static final int ALIGNMENT = 64;

  private static final long MOST_BYTES = 1L << 30;

  /** {@code <speaker>-<chapter>-<utterance>}. */
  private static final Pattern LIBRISPEECH = Pattern.compile("(\\d+)-\\d+-\\d+");

  private final float[][] matrix;
  private final Table table;
  private final Table missing;
  private final Map<String, Integer> rows = new LinkedHashMap<>();

  /**
   * @param matrix a row for each of the table's
   */
  private Embeddings(float[][] matrix, Table table, Table missing) {
    this.matrix = matrix;
    this.table = table;
    this.missing = missing;
    for (Row row : table) {
      rows.put(row.getString("sample_id"), row.getRowNumber());
    }
  }

  /** What {@code embeddings convert --to matrix} has made of audio. */
  static Embeddings read(Path folder) throws IOException {
    Table ids = RunTables.read(folder.resolve(IDS), "ids", Map.of("sample_id", ColumnType.STRING));
    Map<String, String> paths = new LinkedHashMap<>();
    for (Row row :
        RunTables.read(
            folder.resolve("recordings.csv"),
            "recordings",
            Map.of("sample_id", ColumnType.STRING, "path", ColumnType.STRING))) {
      paths.put(row.getString("sample_id"), row.getString("path"));
    }
    // All types, as Tablesaw loses a column whose type it has to guess where there are no rows.
    Table lost =
        RunTables.read(
            folder.resolve("missing.csv"),
            "missing",
            Map.of(
                "sample_id",
                ColumnType.STRING,
                "split",
                ColumnType.STRING,
                "reason",
                ColumnType.STRING));
    List<String> present = ids.stringColumn("sample_id").asList();
    boolean libriSpeech = paths.keySet().stream().allMatch(id -> LIBRISPEECH.matcher(id).matches());
    StringColumn speakers = StringColumn.create("speaker");
    present.forEach(id -> speakers.append(speaker(id, paths.get(id), libriSpeech)));
    StringColumn lostIds = lost.stringColumn("sample_id");
    return new Embeddings(
        vectors(folder.resolve(VECTORS), present.size()),
        Table.create(
            "embeddings",
            StringColumn.create("sample_id", present),
            speakers,
            StringColumn.create("path", present.stream().map(paths::get))),
        Table.create(
            "missing",
            lostIds,
            StringColumn.create("path", lostIds.asList().stream().map(paths::get)),
            lost.stringColumn("reason")));
  }

  private static String speaker(String id, String path, boolean libriSpeech) {
    Matcher named = LIBRISPEECH.matcher(id);
    if (libriSpeech && named.matches()) {
      return named.group(1);
    }
    int end = path.indexOf('/');
    return end < 0 ? null : path.substring(0, end);
  }

  private static float[][] vectors(Path npy, int n) throws IOException {
    if (Files.size(npy) > MOST_BYTES) {
      throw new NotebookException(
          String.format(
              Locale.ROOT,
              "%,d embeddings are too many for a notebook; give fewer recordings, or convert them with"
                  + " deploy/speechrate embeddings convert",
              n));
    }
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
    file.position(HEADER + file.getShort(HEADER_LENGTH));
    float[][] vectors = new float[n][file.remaining() / Float.BYTES / n];
    for (float[] vector : vectors) {
      file.asFloatBuffer().get(vector);
      file.position(file.position() + Float.BYTES * vector.length);
    }
    return vectors;
  }

  /** Of the recordings that have an embedding, the rows of {@link #matrix()}. */
  public List<String> ids() {
    return List.copyOf(rows.keySet());
  }

  /** How many values each has. */
  public int dimension() {
    return matrix[0].length;
  }

  /** [recordings][dimension], in the order of {@link #ids()}. */
  public float[][] matrix() {
    float[][] copy = new float[matrix.length][];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = matrix[i].clone();
    }
    return copy;
  }

  /**
   * Of one recording.
   *
   * @throws NotebookException if it has none
   */
  public float[] vector(String id) {
    return matrix[row(id)].clone();
  }

  private int row(String id) {
    Integer row = rows.get(id);
    if (row == null) {
      throw new NotebookException(
          "no embedding of \"" + id + "\"; ids() lists those that have one, missing() the others");
    }
    return row;
  }

  /**
   * Columns sample_id (the file's name without ending), speaker (of LibriSpeech's ids the first
   * number, else the first folder of the path; missing where there is neither), path (in the folder
   * of the recordings); one row per embedding, in the order of {@link #ids()}.
   */
  public Table table() {
    return table.copy();
  }

  /** Recordings without embedding: columns sample_id, path, reason. */
  public Table missing() {
    return missing.copy();
  }

  /**
   * The recordings that are most similar to one, the nearest first: columns sample_id, cosine (the
   * similarity, 1 where they are the same), speaker, path.
   *
   * @param n how many, at most
   * @throws NotebookException if this one has no embedding
   */
  public Table nearest(String id, int n) {
    int self = row(id);
    double[] cosines = Stream.of(matrix).mapToDouble(each -> cosine(matrix[self], each)).toArray();
    Table others =
        table
            .copy()
            .insertColumn(1, DoubleColumn.create("cosine", cosines))
            .dropRows(self)
            .sortDescendingOn("cosine")
            .setName("nearest to " + id);
    return others.first(Math.max(0, Math.min(n, others.rowCount())));
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      ofA += (double) a[i] * a[i];
      ofB += (double) b[i] * b[i];
    }
    return ofA > 0 && ofB > 0 ? product / Math.sqrt(ofA * ofB) : 0;
  }

  /**
   * Writes {@code x.npy} (float32) and {@code ids.csv}, which runs take as {@code embeddings.path}
   * and numpy and pandas open. What is there under these names is replaced.
   *
   * @param folder is made where it is not there
   */
  public void save(Path folder) {
    String header =
        String.format(
            Locale.ROOT,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
            matrix.length,
            dimension());
    header += " ".repeat(ALIGNMENT - 1 - (HEADER + header.length()) % ALIGNMENT) + "\n";
    ByteBuffer npy =
        ByteBuffer.allocate(HEADER + header.length() + Float.BYTES * matrix.length * dimension())
            .order(ByteOrder.LITTLE_ENDIAN);
    npy.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) header.length());
    npy.put(header.getBytes(StandardCharsets.US_ASCII));
    for (float[] vector : matrix) {
      for (float value : vector) {
        npy.putFloat(value);
      }
    }
    StringBuilder ids = new StringBuilder("sample_id\n");
    rows.keySet().forEach(id -> ids.append('"').append(id.replace("\"", "\"\"")).append("\"\n"));
    try {
      Files.createDirectories(folder);
      write(folder.resolve(VECTORS), npy.array());
      write(folder.resolve(IDS), ids.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new NotebookException("cannot save embeddings in " + folder + ": " + e.getMessage(), e);
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path part = file.resolveSibling("." + file.getFileName() + ".part");
    Files.write(part, bytes);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** How many there are. */
  @Override
  public String toString() {
    int lost = missing.rowCount();
    return Counts.of(matrix.length, "embedding")
        + " of "
        + Counts.of(dimension(), "value")
        + (lost == 0
            ? ""
            : "; " + Counts.of(lost, "recording") + (lost == 1 ? " has none" : " have none"));
  }
}
