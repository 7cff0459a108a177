package org.speechrate.deploy;

import static org.speechrate.deploy.GoodInputs.ARK;
import static org.speechrate.deploy.GoodInputs.DICT;
import static org.speechrate.deploy.GoodInputs.DIMENSION;
import static org.speechrate.deploy.GoodInputs.IDS;
import static org.speechrate.deploy.GoodInputs.NPZ;
import static org.speechrate.deploy.GoodInputs.ROWS;
import static org.speechrate.deploy.GoodInputs.SCP;
import static org.speechrate.deploy.GoodInputs.VECTORS;
import static org.speechrate.deploy.GoodInputs.X;
import static org.speechrate.deploy.GoodInputs.embeddings;
import static org.speechrate.deploy.GoodInputs.npy;
import static org.speechrate.deploy.GoodInputs.pickled;
import static org.speechrate.deploy.GoodInputs.withMatrix;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.speechrate.deploy.BrokenInputs.Recipe;

/** Broken embeddings of each kind. */
final class BrokenEmbeddings {
  private static final String BY_MATRIX = withMatrix("");
  private static final String BY_DICT = embeddings("\"path\": \"my/embeddings_npy\"");
  private static final String BY_NPZ = embeddings("\"path\": \"my/embs.npz\"");
  private static final String BY_FOLDER = embeddings("\"path\": \"my/vectors\"");
  private static final String BY_ARK = embeddings("\"path\": \"my/kaldi/embeddings.ark\"");
  private static final String BY_SCP = embeddings("\"path\": \"my/kaldi/embeddings.scp\"");

  private static final String COLLECTIONS =
      "/api/v2/tenants/default_tenant/databases/default_database/collections";
  private static final String HEARTBEAT = "{\"nanosecond heartbeat\": 1}";

  private final Map<String, Recipe> recipes = new LinkedHashMap<>();

  private BrokenEmbeddings() {
    anyKind();
    numpyDict();
    matrix();
    npz();
    npyDirectory();
    kaldi();
    chroma();
  }

  static Map<String, Recipe> all() {
    return new BrokenEmbeddings().recipes;
  }

  /** With something else in place of one file. */
  private void file(String what, String path, byte[] content, String input) {
    recipes.put(
        what,
        in -> {
          in.bytes(path, content);
          return input;
        });
  }

  private void text(String what, String path, String content, String input) {
    file(what, path, content.getBytes(StandardCharsets.UTF_8), input);
  }

  /** With other bytes in one file. */
  private void replaced(String what, String path, String bytes, String others, String input) {
    recipes.put(
        what,
        in -> {
          in.replace(path, bytes, others);
          return input;
        });
  }

  private void anyKind() {
    text("a file of no known kind", NPZ, "84-1-0000: 1 2 3\n", BY_NPZ);
    recipes.put(
        "an empty folder",
        in -> {
          in.delete(VECTORS);
          Files.createDirectory(in.file(VECTORS));
          return BY_FOLDER;
        });
    recipes.put("a matrix where no ids are named", in -> embeddings("\"path\": \"my/x.npy\""));
    recipes.put(
        "ids beside a file that has its own",
        in -> embeddings("\"path\": \"my/embs.npz\", \"ids\": \"my/ids.csv\""));
    recipes.put(
        "a folder for a kind that is a file",
        in -> embeddings("\"source\": \"npz\", \"path\": \"my/vectors\""));
    file("a value that is not finite", X, npy("<f4", "(8, 4)", withAt(9, Float.NaN)), BY_MATRIX);
    file("one vector for all", X, npyOf(new float[ROWS * DIMENSION]), BY_MATRIX);
  }

  private static byte[] npyOf(float[] values) {
    return npy("<f4", "(8, 4)", values);
  }

  private static float[] withAt(int index, float value) {
    float[] values = new float[ROWS * DIMENSION];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    values[index] = value;
    return values;
  }

  private void numpyDict() {
    file(
        "a pickle that runs a program",
        DICT,
        pickled("cos\nsystem\n(S'touch /tmp/owned'\ntR."),
        BY_DICT);
    file("a pickle of an object", DICT, pickled("(imy.encoder\nEmbedding\nb."), BY_DICT);
    file("a pickle of something else", DICT, pickled("N."), BY_DICT);
    recipes.put(
        "a pickle that is cut off",
        in -> {
          in.cut(DICT, (int) Files.size(in.file(DICT)) - 10);
          return BY_DICT;
        });
    replaced("a split of another name", DICT, "train", "eval_", BY_DICT);
    replaced("an item without its embedding", DICT, "embedding", "embeddinG", BY_DICT);
    recipes.put(
        "a matrix given as numpy-dict",
        in -> embeddings("\"source\": \"numpy-dict\", \"path\": \"my/x.npy\""));
    recipes.put(
        "a folder without numpy_embs.npy",
        in -> embeddings("\"source\": \"numpy-dict\", \"path\": \"my/vectors\""));
  }

  private void matrix() {
    text("text instead of a matrix", X, "84-1-0000,1,2,3,4\n", BY_MATRIX);
    recipes.put(
        "a matrix that is cut off",
        in -> {
          in.cut(X, (int) Files.size(in.file(X)) - 20);
          return BY_MATRIX;
        });
    file(
        "whole numbers",
        X,
        npy("{'descr': '<i8', 'fortran_order': False, 'shape': (8, 4), }", new byte[256]),
        BY_MATRIX);
    file("three dimensions", X, npy("<f4", "(8, 2, 2)", new float[32]), BY_MATRIX);
    file(
        "a matrix in Fortran order",
        X,
        npy("{'descr': '<f4', 'fortran_order': True, 'shape': (8, 4), }", new byte[128]),
        BY_MATRIX);
    file("no rows", X, npy("<f4", "(0, 4)"), BY_MATRIX);
    file("a width that nothing has", X, npy("<f4", "(1, 99999999)"), BY_MATRIX);
    text("fewer ids than rows", IDS, "sample_id\n84-1-0000\n", BY_MATRIX);
    text("ids without the column sample_id", IDS, "id\n84-1-0000\n", BY_MATRIX);
    replaced("an id twice", IDS, "84-1-0001", "84-1-0000", BY_MATRIX);
    replaced("an empty id", IDS, "84-1-0001", "", BY_MATRIX);
    replaced("an id of an unknown split", IDS, "dev", "eval", BY_MATRIX);
  }

  private static byte[] zip(Object... namesAndContents) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) namesAndContents[i]));
        zip.write((byte[]) namesAndContents[i + 1]);
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void npz() {
    byte[] x = npyOf(withAt(0, 1));
    byte[] ids = npy("{'descr': '<U1', 'fortran_order': False, 'shape': (8,), }", new byte[32]);
    recipes.put(
        "an npz that is cut off",
        in -> {
          in.cut(NPZ, (int) Files.size(in.file(NPZ)) - 10);
          return BY_NPZ;
        });
    recipes.put(
        "a damaged array",
        in -> {
          byte[] content = Files.readAllBytes(in.file(NPZ));
          String text = new String(content, StandardCharsets.ISO_8859_1);
          content[text.indexOf("NUMPY", text.indexOf("x.npy")) + 140] ^= 1;
          in.bytes(NPZ, content);
          return BY_NPZ;
        });
    file("no ids", NPZ, zip("x.npy", x), BY_NPZ);
    file("a file that is no array", NPZ, zip("x.npy", x, "readme.txt", new byte[3]), BY_NPZ);
    file("a name that leads out of the file", NPZ, zip("../x.npy", x), BY_NPZ);
    file(
        "ids that are numbers",
        NPZ,
        zip(
            "x.npy",
            x,
            "ids.npy",
            npy("{'descr': '<i8', 'fortran_order': False, 'shape': (8,), }", new byte[64])),
        BY_NPZ);
    file(
        "ids of another number",
        NPZ,
        zip("x.npy", npy("<f4", "(1, 4)", 1, 2, 3, 4), "ids.npy", ids),
        BY_NPZ);
    file(
        "one vector as x",
        NPZ,
        zip("x.npy", npy("<f4", "(4,)", 1, 2, 3, 4), "ids.npy", ids),
        BY_NPZ);
    file("an npz that unpacks to far more", NPZ, zip("x.npy", new byte[70 << 20]), BY_NPZ);
  }

  private void npyDirectory() {
    String file = VECTORS + "/84-1-0001.npy";
    file("a vector of three dimensions", file, npy("<f4", "(1, 2, 2)", new float[4]), BY_FOLDER);
    file("a vector that is cut off", file, npy("<f4", "(4,)", 1, 2, 3), BY_FOLDER);
    file("a vector with more behind it", file, npy("<f4", "(4,)", 1, 2, 3, 4, 5), BY_FOLDER);
    file("a vector of another width", file, npy("<f4", "(3,)", 1, 2, 3), BY_FOLDER);
    file(
        "one name in two folders",
        VECTORS + "/more/84-1-0001.npy",
        npy("<f4", "(4,)", 1, 2, 3, 4),
        BY_FOLDER);
    recipes.put(
        "a link to a folder above",
        in -> {
          Files.createSymbolicLink(in.file(VECTORS + "/up"), in.file(VECTORS));
          return BY_FOLDER;
        });
    recipes.put(
        "a file where a folder belongs",
        in -> embeddings("\"source\": \"npy-directory\", \"path\": \"my/x.npy\""));
  }

  private void kaldi() {
    recipes.put(
        "an ark that is cut off",
        in -> {
          in.cut(ARK, (int) Files.size(in.file(ARK)) - 10);
          return BY_ARK;
        });
    text("a matrix in an ark", ARK, "84-1-0000  [\n  1 2\n  3 4 ]\n", BY_ARK);
    text("a word for a number", ARK, "84-1-0000  [ 1 2 x 4 ]\n", BY_ARK);
    replaced("whole numbers in an ark", ARK, "\0BFV ", "\0BIV ", BY_ARK);
    text("a line without an archive", SCP, "84-1-0000\n", BY_SCP);
    text("a command", SCP, "84-1-0000 copy-vector ark:a.ark - |\n", BY_SCP);
    text("a range", SCP, "84-1-0000 embeddings.ark:10[0:3]\n", BY_SCP);
    text("an archive that is not there", SCP, "84-1-0000 gone.ark:10\n", BY_SCP);
    text("an offset behind the end", SCP, "84-1-0000 embeddings.ark:4096\n", BY_SCP);
    recipes.put(
        "a matrix given as kaldi",
        in -> embeddings("\"source\": \"kaldi\", \"path\": \"my/x.npy\""));
  }

  private void chroma() {
    recipes.put(
        "no server there",
        in -> {
          String url = in.server(404, Map.of());
          in.close();
          return chroma(url);
        });
    recipes.put("a host that is not allowed", in -> chroma("http://chroma.example:8000"));
    recipes.put("another server", in -> chroma(in.server(404, Map.of())));
    recipes.put(
        "a ChromaDB that is too old",
        in -> chroma(in.server(404, Map.of("/api/v1/heartbeat", HEARTBEAT))));
    recipes.put("a server that wants a token", in -> chroma(in.server(401, Map.of())));
    recipes.put(
        "a variable that is not there",
        in -> chroma(in.server(401, Map.of()), "tokenFrom", "NO_SUCH_TOKEN"));
    recipes.put(
        "a token that is not taken", in -> chroma(in.server(403, Map.of()), "tokenFrom", "PATH"));
    recipes.put("a redirect", in -> chroma(in.server(302, Map.of())));
    recipes.put("a server in trouble", in -> chroma(in.server(503, Map.of())));
    recipes.put(
        "a collection that is not there",
        in ->
            chroma(
                in.server(
                    404,
                    Map.of(
                        "/api/v2/heartbeat",
                        HEARTBEAT,
                        COLLECTIONS,
                        "[{\"name\": \"speed_embeddings\"}]")),
                "collection",
                "speed"));
    recipes.put(
        "no collection at all",
        in -> chroma(in.server(404, Map.of("/api/v2/heartbeat", HEARTBEAT, COLLECTIONS, "[]"))));
    recipes.put(
        "an empty collection", in -> chroma(in.server(404, collection("0", "{\"ids\": []}"))));
    recipes.put(
        "a record without embedding",
        in ->
            chroma(
                in.server(
                    404,
                    collection(
                        "1",
                        "{\"ids\": [\"a\"], \"embeddings\": [null], \"metadatas\": [null]}"))));
    recipes.put(
        "a record of another width",
        in ->
            chroma(
                in.server(
                    404,
                    collection(
                        "1", "{\"ids\": [\"a\"], \"embeddings\": [[1]], \"metadatas\": [null]}"))));
    recipes.put(
        "an answer that is no list", in -> chroma(in.server(404, collection("1", "{\"ids\": 5}"))));
  }

  private static Map<String, String> collection(String count, String page) {
    return Map.of(
        "/api/v2/heartbeat",
        HEARTBEAT,
        COLLECTIONS + "/speed_embeddings",
        "{\"id\": \"c-1\", \"dimension\": 2}",
        COLLECTIONS + "/c-1/count",
        count,
        COLLECTIONS + "/c-1/get",
        page);
  }

  private static String chroma(String url) {
    return embeddings("\"url\": \"" + url + "\"");
  }

  private static String chroma(String url, String field, String value) {
    return embeddings("\"url\": \"" + url + "\", \"" + field + "\": \"" + value + "\"");
  }
}
