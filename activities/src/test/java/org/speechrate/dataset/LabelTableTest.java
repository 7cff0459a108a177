package org.speechrate.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

class LabelTableTest {
  @TempDir Path folder;

  @BeforeEach
  void makeLabels() throws IOException {
    write("train", ",,10,84,1,a,anna\n,,11,84,1,b,anna\n");
    write("dev", ",,12,174,1,c,ben\n");
    write("test", ",,13,61,1,d,\n");
  }

  private void write(String split, String rows) throws IOException {
    Files.writeString(
        folder.resolve(split + "_cps.csv"),
        "audio_path,text,cps,speaker_id,chapter_id,audio_id,voice\n" + rows);
  }

  private List<Label> read(Optional<String> speakerFrom) throws IOException {
    List<Label> labels = new ArrayList<>();
    LabelTable.forEach(folder, speakerFrom, labels::add);
    return labels;
  }

  @Test
  void readsAllSplitsWithTheirSpeakers() throws IOException {
    assertThat(read(Optional.empty()))
        .containsExactly(
            new Label("a", "train", "10", "84"),
            new Label("b", "train", "11", "84"),
            new Label("c", "dev", "12", "174"),
            new Label("d", "test", "13", "61"));
  }

  @Test
  void takesTheSpeakerFromTheColumnThatIsNamed() throws IOException {
    write("test", ",,13,61,1,d,dora\n");

    assertThat(read(Optional.of("voice")))
        .extracting(Label::speakerId)
        .containsExactly("anna", "anna", "ben", "dora");
  }

  @Test
  void refusesAColumnThatIsEmptySomewhere() {
    assertThatThrownBy(() -> read(Optional.of("voice")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "dataset.speakerFrom: column \"voice\" must name a speaker for every label, it is empty"
                + " for d");
  }

  @Test
  void refusesAColumnThatIsAbsentAndListsThoseThatAreThere() {
    assertThatThrownBy(() -> read(Optional.of("reader")))
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.MISSING_COLUMN)
        .hasMessage(
            "dataset.speakerFrom: the labels (train_cps.csv) have no column \"reader\", they have:"
                + " audio_path, text, cps, speaker_id, chapter_id, audio_id, voice");
  }
}
