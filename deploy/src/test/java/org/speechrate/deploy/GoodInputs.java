package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.speechrate.encoder.EncoderDescriptor;
import org.speechrate.store.Durable;

/**
 * A folder {@code my} with eight utterances as everything that a run can read, for tests that break
 * one of them. Closing it ends the servers that it started.
 */
final class GoodInputs implements AutoCloseable {
  static final String X = "my/x.npy";
  static final String IDS = "my/ids.csv";
  static final String DICT = "my/embeddings_npy/numpy_embs.npy";
  static final String NPZ = "my/embs.npz";
  static final String VECTORS = "my/vectors";
  static final String ARK = "my/kaldi/embeddings.ark";
  static final String SCP = "my/kaldi/embeddings.scp";
  static final String MANIFEST = "my/manifest.csv";
  static final String CORPUS = "my/LibriSpeech";
  static final String CHAPTER = CORPUS + "/train-clean-100/84/1";
  static final String AUDIO = CHAPTER + "/84-1-0000.flac";
  static final String TRANSCRIPT = CHAPTER + "/84-1.trans.txt";
  static final String TRAIN_LABELS = "my/labels/train_cps.csv";
  static final String DEV_LABELS = "my/labels/dev_cps.csv";

  static final String ENCODER = "my/encoder";

  static final int ROWS = 8;
  static final int DIMENSION = 4;

  private static final Map<String, List<String>> IDS_OF =
      Map.of(
          "train", List.of("84-1-0000", "84-1-0001", "84-1-0002", "84-1-0003"),
          "dev", List.of("174-1-0000", "174-1-0001"),
          "test", List.of("61-1-0000", "61-1-0001"));

  private static final Map<String, String> FOLDER_OF =
      Map.of("train", "train-clean-100", "dev", "dev-clean", "test", "test-clean");

  private final Path root;
  private final Deque<HttpServer> servers = new ArrayDeque<>();

  private GoodInputs(Path root) {
    this.root = root;
  }

  /** Made below this folder, which is a workspace. */
  static GoodInputs make(Path root) throws IOException {
    GoodInputs good = new GoodInputs(root);
    good.labelsAndMatrix();
    good.corpus();
    good.encoder();
    for (String kind : List.of("numpy-dict", "npz", "npy-directory", "kaldi")) {
      good.convert(kind);
    }
    return good;
  }

  /** A copy below another folder; what an earlier one left there is gone. */
  GoodInputs copyTo(Path other) throws IOException {
    Durable.deleteFolder(other.resolve("my"));
    Sample.copy(root.resolve("my"), other.resolve("my"));
    return new GoodInputs(other);
  }

  private void labelsAndMatrix() throws IOException {
    StringBuilder ids = new StringBuilder("sample_id,split\n");
    float[] values = new float[ROWS * DIMENSION];
    int row = 0;
    for (String split : List.of("train", "dev", "test")) {
      StringBuilder labels = new StringBuilder("sample_id,cps,speaker_id\n");
      for (String id : IDS_OF.get(split)) {
        labels.append(id + "," + (10 + row) + "," + id.substring(0, id.indexOf('-')) + "\n");
        ids.append(id + "," + split + "\n");
        for (int i = 0; i < DIMENSION; i++) {
          values[row * DIMENSION + i] = row + i / 4f;
        }
        row++;
      }
      text("my/labels/" + split + "_cps.csv", labels.toString());
    }
    text(IDS, ids.toString());
    bytes(X, npy("<f4", "(8, 4)", values));
  }

  private void corpus() throws IOException {
    byte[] flac = speech("9010/1/9010-1-0009");
    StringBuilder manifest = new StringBuilder("path,text,speaker,split\n");
    for (String split : List.of("train", "dev", "test")) {
      List<String> ids = IDS_OF.get(split);
      String speaker = ids.get(0).substring(0, ids.get(0).indexOf('-'));
      String chapter = FOLDER_OF.get(split) + "/" + speaker + "/1/";
      StringBuilder transcript = new StringBuilder();
      for (String id : ids) {
        bytes(CORPUS + "/" + chapter + id + ".flac", flac);
        transcript.append(id + " GO ON NOW AND TAKE THE LONG ROAD HOME\n");
        manifest.append(
            "LibriSpeech/" + chapter + id + ".flac,GO ON NOW AND TAKE THE LONG ROAD HOME,");
        manifest.append(speaker + "," + split + "\n");
      }
      text(CORPUS + "/" + chapter + speaker + "-1.trans.txt", transcript.toString());
    }
    text(MANIFEST, manifest.toString());
  }

  private void encoder() throws IOException {
    String graph = graph().getFileName().toString();
    bytes(ENCODER + "/" + graph, Files.readAllBytes(graph()));
    EncoderDescriptor.ofFamily("wespeaker", "shaped", graph).write(file(ENCODER));
  }

  /** An ONNX graph of WeSpeaker's shape, with weights drawn at random. */
  static Path graph() {
    return Tools.repository().resolve("activities/src/test/resources/encoder/shaped/shaped.onnx");
  }

  private void convert(String kind) throws IOException {
    Map<String, String> made =
        Map.of(
            "numpy-dict",
            "my/embeddings_npy",
            "npz",
            NPZ,
            "npy-directory",
            VECTORS,
            "kaldi",
            "my/kaldi");
    TerminalCapture terminal = new TerminalCapture(false);
    int exit =
        SpeechrateCommand.run(
            terminal.terminal(),
            "embeddings",
            "convert",
            file(X).toString(),
            file(made.get(kind)).toString(),
            "--to",
            kind,
            "--ids",
            file(IDS).toString());
    assertThat(exit).as(terminal.err()).isEqualTo(Exit.DONE);
  }

  /** A run's input with the labels, and these fields of its embeddings. */
  static String embeddings(String fields) {
    return "{\"labels\": {\"directory\": \"my/labels\"}, \"embeddings\": {" + fields + "}}";
  }

  /** A run's input with labels, matrix, and something more. */
  static String withMatrix(String more) {
    return "{\"labels\": {\"directory\": \"my/labels\"}, \"embeddings\": {\"path\": \"my/x.npy\","
        + " \"ids\": \"my/ids.csv\"}"
        + more
        + "}";
  }

  /** A run's input with these fields of its corpus. */
  static String corpus(String fields) {
    return "{\"corpus\": {" + fields + "}, \"embeddings\": {\"path\": \"my/embeddings_npy\"}}";
  }

  /** A run's input with the corpus, and these fields of its embeddings. */
  static String encoded(String fields) {
    return "{\"corpus\": {\"root\": \"my/LibriSpeech\"}, \"embeddings\": {" + fields + "}}";
  }

  Path root() {
    return root;
  }

  Path file(String path) {
    return root.resolve(path);
  }

  void text(String path, String content) throws IOException {
    bytes(path, content.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(String path, byte[] content) throws IOException {
    Files.createDirectories(file(path).getParent());
    Files.write(file(path), content);
  }

  void delete(String path) throws IOException {
    Durable.deleteFolder(file(path));
  }

  /** Leaves only the first bytes. */
  void cut(String path, int bytes) throws IOException {
    bytes(path, Arrays.copyOf(Files.readAllBytes(file(path)), bytes));
  }

  /** Bytes, one character each, wherever they are; they must be there. */
  void replace(String path, String bytes, String others) throws IOException {
    String content = Files.readString(file(path), StandardCharsets.ISO_8859_1);
    assertThat(content).contains(bytes);
    bytes(path, content.replace(bytes, others).getBytes(StandardCharsets.ISO_8859_1));
  }

  void append(String path, String more) throws IOException {
    text(path, Files.readString(file(path), StandardCharsets.UTF_8) + more);
  }

  /** An utterance of the sample's train split. */
  static byte[] speech(String name) throws IOException {
    return Files.readAllBytes(
        Tools.repository()
            .resolve("data/sample/corpus/train-clean-100/LibriSpeech/train-clean-100")
            .resolve(name + ".flac"));
  }

  /** Golden audio of the corpus' tests. */
  static byte[] golden(String name) throws IOException {
    return Files.readAllBytes(
        Tools.repository().resolve("activities/src/test/resources/corpus/" + name));
  }

  /** Version 1.0, C order. */
  static byte[] npy(String descr, String shape, float... values) {
    ByteBuffer data =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return npy(
        "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }",
        data.array());
  }

  /** Version 1.0 with this header. */
  static byte[] npy(String header, byte[] data) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.writeBytes(new byte[] {(byte) (header.length() + 1), 0});
    file.writeBytes((header + "\n").getBytes(StandardCharsets.US_ASCII));
    file.writeBytes(data);
    return file.toByteArray();
  }

  /** A pickle in numpy's envelope. */
  static byte[] pickled(String pickle) {
    return npy(
        "{'descr': '|O', 'fortran_order': False, 'shape': (), }",
        pickle.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The address of a server that answers these paths with 200, and what it is told with others. */
  String server(int otherwise, Map<String, String> answers) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String answer = answers.get(exchange.getRequestURI().getPath());
            byte[] body = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer == null ? otherwise : 200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
              out.write(body);
            }
          }
        });
    server.start();
    servers.push(server);
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    while (!servers.isEmpty()) {
      servers.pop().stop(0);
    }
  }
}
