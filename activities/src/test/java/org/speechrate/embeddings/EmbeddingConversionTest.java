package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
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

class EmbeddingConversionTest {
  private static final List<Source> KINDS =
      Stream.of(Source.values()).filter(kind -> kind != Source.AUTO).toList();

  @TempDir Path folder;

  private Path matrix;

  @BeforeEach
  void makeMatrix() throws IOException {
    matrix = Files.createDirectory(folder.resolve("given"));
    // Values that only their bits tell apart, or that text would cut.
    Files.write(
        matrix.resolve("x.npy"),
        Npy.float32("(3, 2)", 1f, -0f, Float.MIN_VALUE, 0.1f, Float.MAX_VALUE, -1f));
    Files.writeString(
        matrix.resolve("ids.csv"),
        "sample_id,split,label\na-1,train,84\né-2,dev,\"a, b\"\nc_3,test,\n");
  }

  private static EmbeddingsSpec spec(Source kind, Path path) {
    return kind == Source.MATRIX
        ? new EmbeddingsSpec(
            kind,
            Optional.of(path.resolve("x.npy").toString()),
            Optional.of(path.resolve("ids.csv").toString()))
        : new EmbeddingsSpec(
            Source.AUTO,
            Optional.of((kind == Source.KALDI ? path.resolve("embeddings.scp") : path).toString()),
            Optional.empty());
  }

  private EmbeddingConversion.Result convert(Source from, Path path, Source to, Path made)
      throws IOException {
    return new EmbeddingConversion(spec(from, path), made, to, Optional.of("train"), false)
        .run(StageMonitor.silent());
  }

  /** Id, split, label and the bits of the values, in the order of the ids. */
  private static List<String> rows(Source kind, Path path) throws IOException {
    TreeSet<String> rows = new TreeSet<>();
    EmbeddingSource source = new SourceFiles(SourceFiles.ANY).source(spec(kind, path));
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
          .containsExactlyInAnyOrder("given", "first", "second");
    }
  }

  private static boolean keeps(Source kind, EmbeddingTarget.Extra extra) {
    return EmbeddingTarget.of(kind).keeps().contains(extra);
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
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
  void leavesNothingOfWhatIsRefused(Source kind) throws IOException {
    Files.writeString(matrix.resolve("ids.csv"), "sample_id\na\nb\na\n");

    assertThatThrownBy(() -> convert(Source.MATRIX, matrix, kind, folder.resolve("made")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.DUPLICATE_ID);
    assertThat(folder).isDirectoryNotContaining("regex:.*made|.*attempt.*");
  }

  @Test
  void stopsAndTidiesUpWhereAsked() {
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
                new EmbeddingConversion(
                        spec(Source.MATRIX, matrix),
                        folder.resolve("made"),
                        Source.KALDI,
                        Optional.empty(),
                        false)
                    .run(stopped))
        .isInstanceOf(CancellationException.class);
    assertThat(folder).isDirectoryNotContaining("regex:.*made|.*attempt.*");
  }

  @Test
  void replacesOnlyWhereAskedAndOnlyEmbeddings() throws IOException {
    Path made = folder.resolve("made");
    convert(Source.MATRIX, matrix, Source.KALDI, made);
    assertThatThrownBy(() -> convert(Source.MATRIX, matrix, Source.KALDI, made))
        .hasMessage(
            "\"%s\": is there already; choose another name, or replace it with --force", made);

    EmbeddingConversion again =
        new EmbeddingConversion(
            spec(Source.MATRIX, matrix), made, Source.KALDI, Optional.empty(), true);
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
                new EmbeddingConversion(
                        spec(Source.MATRIX, matrix), matrix, Source.MATRIX, Optional.empty(), true)
                    .run(StageMonitor.silent()))
        .hasMessage("\"%s\": holds what is converted; choose another name", matrix);
    assertThatThrownBy(
            () -> convert(Source.MATRIX, matrix, Source.NPZ, folder.resolve("gone/made.npz")))
        .hasMessage("\"%s\": its folder does not exist; make it", folder.resolve("gone/made.npz"));
  }

  @Test
  void refusesIdsThatTheKindCannotHold() throws IOException {
    Files.writeString(matrix.resolve("ids.csv"), "sample_id\na\nb/1\nc 3\n");

    for (Source kind : List.of(Source.NUMPY_DICT, Source.NPY_DIRECTORY, Source.KALDI)) {
      assertThatThrownBy(() -> convert(Source.MATRIX, matrix, kind, folder.resolve("made")))
          .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
          .hasMessageContaining(kind == Source.KALDI ? "sample_id \"c 3\"" : "sample_id \"b/1\"")
          .hasMessageEndingWith("; rename it, or convert to matrix");
    }
  }

  @Test
  void asksForASplitWhereTheKindNeedsOne() throws IOException {
    Files.writeString(matrix.resolve("ids.csv"), "sample_id\na\nb\nc\n");

    assertThatThrownBy(
            () ->
                new EmbeddingConversion(
                        spec(Source.MATRIX, matrix),
                        folder.resolve("made"),
                        Source.NUMPY_DICT,
                        Optional.empty(),
                        false)
                    .run(StageMonitor.silent()))
        .hasMessage(
            "numpy-dict needs a split for each embedding, a has none; give one with --split");
  }
}
