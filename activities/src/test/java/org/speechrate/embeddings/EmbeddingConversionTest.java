package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AllowedHosts;

class EmbeddingConversionTest {
  /** Of what is read and written; audio is only read. */
  private static final List<Source> KINDS =
      Stream.of(Source.values())
          .filter(kind -> kind != Source.AUTO && kind != Source.AUDIO)
          .toList();

  @TempDir Path folder;

  private FakeChroma chroma;
  private Path matrix;

  @AfterEach
  void stop() {
    chroma.close();
  }

  @BeforeEach
  void makeMatrix() throws IOException {
    chroma = new FakeChroma();
    matrix = Files.createDirectory(folder.resolve("given"));
    // Values that only their bits tell apart, or that text would cut.
    Files.write(
        matrix.resolve("x.npy"),
        Npy.float32("(3, 2)", 1f, -0f, Float.MIN_VALUE, 0.1f, Float.MAX_VALUE, -1f));
    Files.writeString(
        matrix.resolve("ids.csv"),
        "sample_id,split,label\na-1,train,84\né-2,dev,\"a, b\"\nc_3,test,\n");
  }

  /** Where ChromaDB's collection is named as a folder would be. */
  private EmbeddingsSpec spec(Source kind, Path path) {
    return switch (kind) {
      case MATRIX ->
          new EmbeddingsSpec(
              kind,
              Optional.of(path.resolve("x.npy").toString()),
              Optional.of(path.resolve("ids.csv").toString()));
      case CHROMA -> target(kind, path);
      default -> new EmbeddingsSpec(Source.AUTO, text(path), none());
    };
  }

  private EmbeddingsSpec target(Source kind, Path path) {
    return kind == Source.CHROMA
        ? new EmbeddingsSpec(
            kind,
            none(),
            none(),
            Optional.of(chroma.url().toString()),
            Optional.of(path.getFileName().toString()),
            none())
        : new EmbeddingsSpec(kind, text(path), none());
  }

  private static Optional<String> text(Path path) {
    return Optional.of(path.toString());
  }

  private static Optional<String> none() {
    return Optional.empty();
  }

  private EmbeddingConversion conversion(
      EmbeddingsSpec from, Source to, Path made, String split, boolean replace) {
    return new EmbeddingConversion(
        from,
        target(to, made),
        Optional.of(split).filter(each -> !each.isEmpty()),
        replace,
        AllowedHosts.LOOPBACK,
        Optional.empty());
  }

  private EmbeddingConversion.Result convert(Source from, Path path, Source to, Path made)
      throws IOException {
    return conversion(spec(from, path), to, made, "train", false).run(StageMonitor.silent());
  }

  /** Id, split, label and the bits of the values, in the order of the ids. */
  private List<String> rows(Source kind, Path path) throws IOException {
    TreeSet<String> rows = new TreeSet<>();
    EmbeddingSource source = EmbeddingSource.of(spec(kind, path), AllowedHosts.LOOPBACK);
    assertThat(source.word())
        .isEqualTo(kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
    source.copyTo(
        (shown, idsShown, count, dimension) ->
            new EmbeddingSink.Rows() {
              @Override
              public void add(
                  String named,
                  String place,
                  String sampleId,
                  String split,
                  String label,
                  float[] values) {
                StringBuilder row = new StringBuilder(sampleId + "|" + split + "|" + label);
                for (float value : values) {
                  row.append('|').append(Integer.toHexString(Float.floatToRawIntBits(value)));
                }
                rows.add(row.toString());
              }

              @Override
              public EmbeddingFacts finish(String word) {
                return new EmbeddingFacts(word, rows.size(), dimension);
              }

              @Override
              public void close() {}
            },
        StageMonitor.silent());
    return new ArrayList<>(rows);
  }

  static Stream<Arguments> pairs() {
    return KINDS.stream().flatMap(from -> KINDS.stream().map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void keepsEveryBitBetweenAnyTwoKinds(Source from, Source to) throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    EmbeddingConversion.Result toFirst = convert(Source.MATRIX, matrix, from, first);
    EmbeddingConversion.Result toSecond = convert(from, first, to, second);

    assertThat(toFirst.facts()).isEqualTo(new EmbeddingFacts("matrix", 3, 2));
    assertThat(toSecond.facts().embeddings()).isEqualTo(3);
    boolean labels =
        keeps(from, EmbeddingTarget.Extra.LABEL) && keeps(to, EmbeddingTarget.Extra.LABEL);
    boolean splits = keeps(from, EmbeddingTarget.Extra.SPLIT);
    List<String> expected = new ArrayList<>();
    for (String row :
        List.of(
            "a-1|train|84|3f800000|80000000",
            "c_3|test||7f7fffff|bf800000",
            "é-2|dev|a, b|1|3dcccccd")) {
      String[] fields = row.split("\\|", -1);
      String split = !keeps(to, EmbeddingTarget.Extra.SPLIT) ? "" : splits ? fields[1] : "train";
      expected.add(
          String.join("|", fields[0], split, labels ? fields[2] : "", fields[3], fields[4]));
    }
    assertThat(rows(to, second)).containsExactlyElementsOf(expected);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(each -> each.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(named(Source.MATRIX, "given", from, to));
    }
    assertThat(chroma.collections.keySet())
        .containsExactlyInAnyOrderElementsOf(
            named(Source.CHROMA, "", from, to).stream().filter(name -> !name.isEmpty()).toList());
  }

  /** What lies where such a kind lies: in the folder, or on the server. */
  private static List<String> named(Source kind, String given, Source first, Source second) {
    List<String> names = new ArrayList<>(List.of(given));
    if ((first == Source.CHROMA) == (kind == Source.CHROMA)) {
      names.add("first");
    }
    if ((second == Source.CHROMA) == (kind == Source.CHROMA)) {
      names.add("second");
    }
    return names;
  }

  private static boolean keeps(Source kind, EmbeddingTarget.Extra extra) {
    return (kind == Source.CHROMA ? ChromaTarget.KEEPS : EmbeddingTarget.of(kind).keeps())
        .contains(extra);
  }

  @Test
  void keepsPathsWhereBothKindsHaveThem() throws IOException {
    chroma.add(
        "given", "x", Map.of("file_path", "C:\\raw\\b.wav", "split", "dev", "label", 7), 1, 2);
    chroma.add("given", "train_0", Map.of("split", "train"), 3, 4);
    Path dict = folder.resolve("dict.npy");
    Path there = folder.resolve("there");

    assertThat(convert(Source.CHROMA, folder.resolve("given"), Source.NUMPY_DICT, dict).lost())
        .containsExactly("ChromaDB's ids, documents and other metadata");
    assertThat(convert(Source.NUMPY_DICT, dict, Source.CHROMA, there).lost()).isEmpty();

    assertThat(chroma.collections.get("there"))
        .containsExactly(
            new FakeChroma.Entry(
                "train_0",
                List.of(3f, 4f),
                Map.of("file_path", "train_0.flac", "split", "train", "label", "")),
            new FakeChroma.Entry(
                "dev_0",
                List.of(1f, 2f),
                Map.of("file_path", "C:\\raw\\b.wav", "split", "dev", "label", "7")));
  }

  @Test
  void refusesATargetWithinTheFolderThatIsConverted() throws IOException {
    Path given = folder.resolve("tree");
    convert(Source.MATRIX, matrix, Source.NPY_DIRECTORY, given);
    Path made = given.resolve("sub.npz");

    assertThatThrownBy(() -> convert(Source.NPY_DIRECTORY, given, Source.NPZ, made))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "\"" + made + "\": lies in the folder that is converted; choose a place outside it");
    assertThat(made).doesNotExist();
  }

  @Test
  void replacesACollectionOnlyWhereAskedAndOnlyByAWholeOne() throws IOException {
    Path made = folder.resolve("made");
    chroma.add("made", "precious", null, 5, 6);
    List<FakeChroma.Entry> precious = List.copyOf(chroma.collections.get("made"));
    String server = "TO \"" + chroma.url() + "\"";

    assertThatThrownBy(() -> convert(Source.MATRIX, matrix, Source.CHROMA, made))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            server
                + ", collection made: is there already; choose another name, or replace it with"
                + " --force");

    EmbeddingConversion replacing =
        conversion(spec(Source.MATRIX, matrix), Source.CHROMA, made, "train", true);
    chroma.taken = "made";
    assertThatThrownBy(() -> replacing.run(StageMonitor.silent()))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            Pattern.quote(server + ": it answers 500: UNIQUE constraint failed; ")
                + "the collection made is now made_replaced_[0-9a-f]{8}, rename it");
    assertThat(chroma.collections).hasSize(1).containsValue(precious);

    chroma.taken = "";
    chroma.collections.clear();
    chroma.collections.put("made", new ArrayList<>(precious));
    chroma.largestBatch = 0;
    assertThatThrownBy(() -> replacing.run(StageMonitor.silent())).isInstanceOf(Refusal.class);
    assertThat(chroma.collections).containsExactly(Map.entry("made", precious));

    chroma.largestBatch = 2;
    replacing.run(StageMonitor.silent());
    assertThat(chroma.collections).containsOnlyKeys("made");
    assertThat(chroma.collections.get("made"))
        .extracting(FakeChroma.Entry::id)
        .containsExactly("train_0", "dev_0", "test_0");
  }

  /** As after kill -9 between the two renames of --force. */
  @Test
  void neverDeletesWhatMayBeTheOnlyCopy() throws IOException {
    Path others = Files.createDirectories(folder.resolve(".attempt-of-something-else"));
    Path replaced = Files.createDirectories(folder.resolve("made.replaced-0"));
    Path unfinished = Files.createDirectories(folder.resolve(".speechrate-converting-0/staged"));

    convert(Source.MATRIX, matrix, Source.KALDI, folder.resolve("made"));

    assertThat(others).exists();
    assertThat(replaced).exists();
    assertThat(unfinished.getParent()).doesNotExist();
  }

  @Test
  void saysWhatIsNotKept() throws IOException {
    assertThat(convert(Source.MATRIX, matrix, Source.MATRIX, folder.resolve("m")).lost()).isEmpty();
    assertThat(convert(Source.MATRIX, matrix, Source.NPZ, folder.resolve("z")).lost())
        .containsExactly("the labels");
    assertThat(convert(Source.MATRIX, matrix, Source.KALDI, folder.resolve("k")).lost())
        .containsExactly("the splits", "the labels");
    Path dict = folder.resolve("dict.npy");
    convert(Source.MATRIX, matrix, Source.NUMPY_DICT, dict);
    assertThat(convert(Source.NUMPY_DICT, dict, Source.MATRIX, folder.resolve("n")).lost())
        .containsExactly("the folders of file_path");
    byte[] twice = Npy.of("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", new byte[8]);
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.write(tree.resolve("a.npy"), twice);
    Files.write(tree.resolve("b.npy"), Npy.float32("(1,)", 1));
    assertThat(convert(Source.NPY_DIRECTORY, tree, Source.MATRIX, folder.resolve("o")).lost())
        .containsExactly("what float64 has beyond float32");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"AUTO", "AUDIO"})
  void leavesNothingOfWhatIsRefused(Source kind) throws IOException {
    Files.writeString(matrix.resolve("ids.csv"), "sample_id\na\nb\na\n");

    assertThatThrownBy(() -> convert(Source.MATRIX, matrix, kind, folder.resolve("made")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.DUPLICATE_ID);
    assertNothingIsMade();
  }

  private void assertNothingIsMade() {
    assertThat(folder).isDirectoryNotContaining("regex:.*made|.*converting.*|.*replaced.*");
    assertThat(chroma.collections).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"KALDI", "CHROMA"})
  void stopsAndTidiesUpWhereAsked(Source kind) {
    StageMonitor stopped =
        (StageMonitor)
            java.lang.reflect.Proxy.newProxyInstance(
                StageMonitor.class.getClassLoader(),
                new Class<?>[] {StageMonitor.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("stopRequested")) {
                    return true;
                  }
                  throw new CancellationException();
                });

    assertThatThrownBy(
            () ->
                conversion(
                        spec(Source.MATRIX, matrix), kind, folder.resolve("made"), "train", false)
                    .run(stopped))
        .isInstanceOf(CancellationException.class);
    assertNothingIsMade();
  }

  @Test
  void replacesOnlyWhereAskedAndOnlyEmbeddings() throws IOException {
    Path made = folder.resolve("made");
    convert(Source.MATRIX, matrix, Source.KALDI, made);
    assertThatThrownBy(() -> convert(Source.MATRIX, matrix, Source.KALDI, made))
        .hasMessage(
            "\"%s\": is there already; choose another name, or replace it with --force", made);

    EmbeddingConversion again =
        conversion(spec(Source.MATRIX, matrix), Source.KALDI, made, "", true);
    Files.writeString(made.resolve("embeddings.ark"), "old");
    again.run(StageMonitor.silent());
    assertThat(rows(Source.KALDI, made)).hasSize(3);

    Files.writeString(made.resolve("thesis.tex"), "precious");
    assertThatThrownBy(() -> again.run(StageMonitor.silent()))
        .hasMessage(
            "\"%s\": holds thesis.tex, which is no part of such embeddings, and is not replaced;"
                + " choose another name",
            made);
    assertThat(made.resolve("thesis.tex")).exists();

    assertThatThrownBy(
            () ->
                conversion(spec(Source.MATRIX, matrix), Source.MATRIX, matrix, "", true)
                    .run(StageMonitor.silent()))
        .hasMessage("\"%s\": holds what is converted; choose another name", matrix);
    assertThatThrownBy(
            () -> convert(Source.MATRIX, matrix, Source.NPZ, folder.resolve("gone/made.npz")))
        .hasMessage("\"%s\": its folder does not exist; make it", folder.resolve("gone/made.npz"));
  }

  @Test
  void refusesIdsThatTheKindCannotHold() throws IOException {
    Files.writeString(matrix.resolve("ids.csv"), "sample_id\na\nb/1\nc 3\n");

    for (Source kind :
        List.of(Source.NUMPY_DICT, Source.NPY_DIRECTORY, Source.KALDI, Source.CHROMA)) {
      assertThatThrownBy(() -> convert(Source.MATRIX, matrix, kind, folder.resolve("made")))
          .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
          .hasMessageContaining(kind == Source.KALDI ? "sample_id \"c 3\"" : "sample_id \"b/1\"")
          .hasMessageEndingWith("; rename it, or convert to matrix");
    }
  }

  @Test
  void asksForASplitWhereTheKindNeedsOne() throws IOException {
    Files.writeString(matrix.resolve("ids.csv"), "sample_id\na\nb\nc\n");

    for (Source kind : List.of(Source.NUMPY_DICT, Source.CHROMA)) {
      EmbeddingConversion conversion =
          conversion(spec(Source.MATRIX, matrix), kind, folder.resolve("made"), "", false);
      assertThatThrownBy(() -> conversion.run(StageMonitor.silent()))
          .hasMessage(
              "%s needs a split for each embedding, a has none; give one with --split",
              kind == Source.CHROMA ? "chroma" : "numpy-dict");
    }
  }
}
