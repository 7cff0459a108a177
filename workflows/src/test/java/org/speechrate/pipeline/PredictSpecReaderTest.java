package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.predict.PredictSpec;
import org.speechrate.pipeline.predict.PredictSpec.Format;

class PredictSpecReaderTest {
  @Test
  void nothingPredictsForTheSampleWithTheChampion() {
    PredictSpec spec = PredictSpecReader.read("");

    assertThat(spec.model()).isEqualTo("speech-rate");
    assertThat(spec.out()).isEmpty();
    assertThat(spec.format()).isEqualTo(Format.CSV);
    assertThat(spec.embeddings().path()).contains("data/sample/embeddings_npy");
    assertThat(spec.reuse()).isTrue();
  }

  @Test
  void takesAnySourceAndBothFormats() {
    PredictSpec spec =
        PredictSpecReader.read(
            "{\"predict\": {\"model\": \"wide@v.1\", \"out\": \"my/cps.npy\"}, \"reuse\": false,"
                + " \"embeddings\": {\"source\": \"chroma\", \"url\": \"http://127.0.0.1:1\"}}");

    assertThat(spec.model()).isEqualTo("wide@v.1");
    assertThat(spec.format()).isEqualTo(Format.NPY);
    assertThat(spec.embeddings().source()).isEqualTo(EmbeddingsSpec.Source.CHROMA);
    assertThat(spec.reuse()).isFalse();
    assertThat(PredictSpecReader.read("{\"predict\": {\"out\": \"a.csv\"}}").format())
        .isEqualTo(Format.CSV);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "a/b/c",
        "a@b@c",
        "",
        "a b",
        ".hidden",
        "a@",
        "models/../../etc",
        "a\\u202eb"
      })
  void refusesWhatIsNoModelsName(String model) {
    assertThatThrownBy(
            () -> PredictSpecReader.read("{\"predict\": {\"model\": \"" + model + "\"}}"))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("predict.model must be ");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> PredictSpecReader.read("{\"predict\": {\"out\": \"cps.parquet\"}}"))
        .hasMessage(
            "predict.out must be a file that ends with .csv (sample_id, split, cps) or .npy (float32"
                + " alone), got \"cps.parquet\"");
    assertThatThrownBy(() -> PredictSpecReader.read("{\"predict\": {\"modle\": \"a\"}}"))
        .hasMessage("predict.modle is not a known field; known here: model, out");
    assertThatThrownBy(() -> PredictSpecReader.read("{\"training\": {}}"))
        .hasMessage("training is not a known field; known here: predict, embeddings, reuse");
    assertThatThrownBy(() -> PredictSpecReader.read("{\"embeddings\": {\"source\": \"npz\"}}"))
        .hasMessageStartingWith("embeddings.path is needed");
    assertThatThrownBy(() -> PredictSpecReader.read("{\"embeddings\": {\"encoder\": \"e\"}}"))
        .hasMessage(
            "embeddings.source \"audio\" encodes a run's corpus, and a prediction has none; make the"
                + " embeddings first, with `embeddings convert --encoder`");
  }
}
