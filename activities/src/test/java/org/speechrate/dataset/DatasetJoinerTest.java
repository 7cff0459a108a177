package org.speechrate.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.dataset.DatasetSpec.OnMissing;
import org.speechrate.pipeline.dataset.DatasetSpec.OnSpeakerOverlap;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.Splits;

class DatasetJoinerTest {
  private static final DatasetSpec STRICT =
      new DatasetSpec(OnMissing.FAIL, OnSpeakerOverlap.FAIL, Optional.empty());
  private static final DatasetSpec DROP =
      new DatasetSpec(OnMissing.DROP, OnSpeakerOverlap.FAIL, Optional.empty());
  private static final DatasetSpec WARN =
      new DatasetSpec(OnMissing.FAIL, OnSpeakerOverlap.WARN, Optional.empty());

  private final List<Label> labels =
      new ArrayList<>(
          List.of(
              label("61-1-0000", "test"),
              label("84-1-0001", "train"),
              label("84-1-0000", "train"),
              label("174-1-0000", "dev")));
  private final List<Embedding> embeddings =
      new ArrayList<>(
          List.of(
              new Embedding(0, "174-1-0000", "dev"),
              new Embedding(1, "84-1-0001", "train"),
              new Embedding(2, "61-1-0000", ""),
              new Embedding(3, "84-1-0000", "train")));

  private static Label label(String id, String split) {
    return new Label(id, split, "11.5", "");
  }

  @TempDir Path folder;

  /** As ids.csv has it. */
  private record Embedding(int row, String sampleId, String split) {}

  /** Writes both sides as their stages do, and joins them. */
  private DatasetFacts join(DatasetSpec spec) throws IOException {
    return join(spec, Optional.empty());
  }

  private DatasetFacts join(DatasetSpec spec, Optional<Long> shuffled) throws IOException {
    for (String split : Splits.NAMES) {
      StringBuilder csv = new StringBuilder("audio_id,speaker_id,cps\n");
      for (Label each : labels) {
        if (each.split().equals(split)) {
          csv.append(String.join(",", each.sampleId(), each.speakerId(), each.cps())).append('\n');
        }
      }
      Files.writeString(folder.resolve(split + "_cps.csv"), csv);
    }
    StringBuilder ids = new StringBuilder("sample_id,split,label\n");
    for (Embedding each : embeddings) {
      ids.append(String.join(",", each.sampleId(), each.split(), "")).append('\n');
    }
    Files.writeString(folder.resolve("ids.csv"), ids);
    return new DatasetJoiner(
            folder, folder.resolve("ids.csv"), spec, shuffled, StageMonitor.silent())
        .write(256, folder);
  }

  private List<String> speakers() throws IOException {
    List<String> speakers = new ArrayList<>();
    SampleTable.forEach(folder.resolve("samples.csv"), sample -> speakers.add(sample.speakerId()));
    return speakers;
  }

  /** If this fails, the stage's output has changed: raise DatasetActivitiesImpl.VERSION. */
  @Test
  void writesSamplesInTheOrderOfSplitsAndIds() throws IOException {
    labels.add(label("84-1-0002", "train"));
    embeddings.add(new Embedding(4, "84-1-0003", "train"));
    DatasetFacts facts = join(DROP);

    assertThat(folder.resolve("samples.csv"))
        .hasContent(
            """
            row,sample_id,split,speaker_id,cps
            3,84-1-0000,train,84,11.5
            1,84-1-0001,train,84,11.5
            0,174-1-0000,dev,174,11.5
            2,61-1-0000,test,61,11.5
            """);
    assertThat(folder.resolve("dropped.csv"))
        .hasContent(
            """
            sample_id,split,missing
            84-1-0002,train,embedding
            84-1-0003,train,label
            """);
    assertThat(facts)
        .isEqualTo(
            new DatasetFacts(
                new TreeMap<>(Map.of("train", 2L, "dev", 1L, "test", 1L)),
                new TreeMap<>(Map.of("train", 1L, "dev", 1L, "test", 1L)),
                1,
                1,
                256,
                "no speaker is in two splits (1 train, 1 dev, 1 test)"));
    assertThat(facts.summary())
        .isEqualTo(
            "2 train / 1 dev / 1 test, dropped 1 label without embedding and 1 embedding without"
                + " label; no speaker is in two splits (1 train, 1 dev, 1 test)");
    assertThat(DatasetActivitiesImpl.VERSION).isEqualTo(1);
  }

  @Test
  void refusesWhatHasNoPartnerAndNamesTheCure() throws IOException {
    labels.add(label("84-1-0002", "train"));
    embeddings.add(new Embedding(4, "84-1-0003", "train"));
    embeddings.add(new Embedding(5, "84-1-0004", "train"));

    assertThatThrownBy(() -> join(STRICT))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.MISSING_SAMPLE)
        .hasMessage(
            "1 of 5 labels have no embedding: 84-1-0002; 2 of 6 embeddings have no label:"
                + " 84-1-0003, 84-1-0004; dataset.onMissing: drop leaves them out");
  }

  @Test
  void tellsWhyAnEncoderMadeNoEmbedding() throws IOException {
    labels.add(label("84-1-0002", "train"));
    labels.add(label("84-1-0003", "train"));
    Files.writeString(
        folder.resolve("missing.csv"), "sample_id,split,reason\n84-1-0003,train,is silent\n");

    assertThatThrownBy(() -> join(STRICT))
        .hasMessage(
            "2 of 6 labels have no embedding: 84-1-0002, 84-1-0003 (is silent); dataset.onMissing:"
                + " drop leaves them out");
    assertThat(join(DROP).droppedLabels()).isEqualTo(2);
  }

  @Test
  void showsAnIdOfEachSideWhereNoneIsInBoth() throws IOException {
    embeddings.clear();
    embeddings.add(new Embedding(0, "train_0_0", "train"));

    for (DatasetSpec spec : List.of(STRICT, DROP)) {
      assertThatThrownBy(() -> join(spec))
          .hasFieldOrPropertyWithValue("kind", Refusal.Kind.MISSING_SAMPLE)
          .hasMessage(
              "4 labels and 1 embedding have no sample_id in common: labels have \"84-1-0001\","
                  + " embeddings have \"train_0_0\"; sample_ids must be equal");
    }
  }

  @Test
  void namesTheFirstTenOfMany() throws IOException {
    for (int i = 10; i < 22; i++) {
      labels.add(label("84-1-" + i, "train"));
    }

    assertThatThrownBy(() -> join(STRICT))
        .hasMessage(
            "12 of 16 labels have no embedding: 84-1-10, 84-1-11, 84-1-12, 84-1-13, 84-1-14,"
                + " 84-1-15, 84-1-16, 84-1-17, 84-1-18, 84-1-19 and 2 more; dataset.onMissing: drop"
                + " leaves them out");
  }

  @Test
  void refusesAnEmbeddingOfAnotherSplit() throws IOException {
    embeddings.set(0, new Embedding(0, "174-1-0000", "test"));

    assertThatThrownBy(() -> join(DROP))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.SPLIT_OVERLAP)
        .hasMessage(
            "1 of 4 samples are in one split by their label and in another by their embedding:"
                + " 174-1-0000 (labels: dev, embeddings: test); make the two agree");
  }

  @Test
  void refusesASplitThatKeepsTooFewRows() throws IOException {
    embeddings.remove(1);

    assertThatThrownBy(() -> join(DROP))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.TOO_FEW_ROWS)
        .hasMessage(
            "split train must have at least 2 samples with label and embedding, it has 1 (1 label"
                + " without embedding and 0 embeddings without label were dropped)");
    embeddings.set(0, new Embedding(0, "84-1-0001", "train"));
    assertThatThrownBy(() -> join(DROP))
        .hasMessageStartingWith("split dev must have at least 1 sample with");
  }

  @Test
  void refusesASpeakerInTwoSplits() throws IOException {
    labels.add(label("84-2-0000", "test"));
    embeddings.add(new Embedding(4, "84-2-0000", "test"));

    assertThatThrownBy(() -> join(STRICT))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.SPLIT_OVERLAP)
        .hasMessage(
            "1 speaker is in two splits or more: 84 (train, test); scores on heard speakers flatter"
                + " a model: move them to one split, or set dataset.onSpeakerOverlap: warn");
    DatasetFacts facts = join(WARN);
    assertThat(facts.speakerCheck())
        .isEqualTo("warning: 1 speaker is in two splits or more: 84 (train, test)");
    assertThat(facts.speakers()).isEqualTo(Map.of("train", 1L, "dev", 1L, "test", 2L));
  }

  @Test
  void takesTheLabelsSpeakerWhereEveryLabelHasOne() throws IOException {
    labels.replaceAll(each -> new Label(each.sampleId(), each.split(), "1", "s-" + each.split()));

    join(STRICT);

    assertThat(speakers()).containsExactly("s-train", "s-train", "s-dev", "s-test");
  }

  @Test
  void takesTheIdsSpeakerWhereALabelHasNone() throws IOException {
    labels.set(0, new Label("61-1-0000", "test", "1", "somebody"));

    join(STRICT);

    assertThat(speakers()).containsExactly("84", "84", "174", "61");
  }

  @Test
  void saysThatNobodyCouldCheckWhereNoSpeakerIsKnown() throws IOException {
    labels.add(label("utterance-7", "train"));
    embeddings.add(new Embedding(4, "utterance-7", ""));
    DatasetFacts facts = join(STRICT);

    assertThat(speakers()).containsOnly("");
    assertThat(facts.speakers()).isEmpty();
    assertThat(facts.speakerCheck())
        .isEqualTo("speaker overlap was not checked: no speaker is known");
  }

  @Test
  void clipsIdsAndSpeakers() throws IOException {
    String id = "i".repeat(500);
    labels.add(new Label(id, "train", "11.5", ""));

    assertThatThrownBy(() -> join(STRICT))
        .hasMessage(
            "1 of 5 labels have no embedding: "
                + "i".repeat(80)
                + "…; dataset.onMissing: drop leaves them out");
    embeddings.add(new Embedding(4, id, "test"));
    assertThatThrownBy(() -> join(STRICT))
        .hasMessageContaining(": " + "i".repeat(80) + "… (labels: train, embeddings: test); make");
  }

  private List<String> cps(String split) throws IOException {
    List<String> cps = new ArrayList<>();
    SampleTable.forEach(
        folder.resolve("samples.csv"),
        sample -> {
          if (sample.split().equals(split)) {
            cps.add(sample.cps());
          }
        });
    return cps;
  }

  @Test
  void controlTaskHasTheSameLabelsInOtherPlaces() throws IOException {
    labels.clear();
    embeddings.clear();
    for (String split : Splits.NAMES) {
      for (int i = 0; i < 20; i++) {
        String id = String.format("%s-%02d", split, i);
        labels.add(new Label(id, split, split.length() + "." + (100 + i), ""));
        embeddings.add(new Embedding(embeddings.size(), id, split));
      }
    }
    join(STRICT);
    List<String> train = cps("train");
    List<String> test = cps("test");
    join(STRICT, Optional.of(7L));
    List<String> shuffled = cps("train");

    assertThat(shuffled).isNotEqualTo(train);
    assertThat(shuffled.stream().map(Double::valueOf))
        .containsExactlyInAnyOrderElementsOf(train.stream().map(Double::valueOf).toList());
    assertThat(cps("test").stream().map(Double::valueOf))
        .containsExactlyInAnyOrderElementsOf(test.stream().map(Double::valueOf).toList());
    join(STRICT, Optional.of(7L));
    assertThat(cps("train")).isEqualTo(shuffled);
    join(STRICT, Optional.of(8L));
    assertThat(cps("train")).isNotEqualTo(shuffled);
  }
}
