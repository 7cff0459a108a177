package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.speechrate.pipeline.probe.ProbeSpec;

class ProbeSpecReaderTest {
  @Test
  void defaultsAreFilledIn() {
    ProbeSpec spec =
        ProbeSpecReader.read(
            "{\"labels\": {\"directory\": \"l\"}, \"probe\": {\"layers\": \"a.npz\"},"
                + " \"training\": {\"seed\": 5}}");

    assertThat(spec.layers()).isEqualTo("a.npz");
    assertThat(spec.seeds()).isEqualTo(3);
    assertThat(spec.control()).isTrue();
    assertThat(spec.rounds()).isEqualTo(2000);
    assertThat(spec.run().labels().directory()).contains("l");
    assertThat(spec.training(2)).isEqualTo(spec.run().training().withSeed(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | probe.layers is needed: a folder with a folder or .npy file for each layer, or an .npz"
            + " with an array for each",
        "{\"probe\": 3} | probe must be an object, got 3",
        "{\"probe\": {\"layers\": \"a\"}} | labels.directory, corpus.root or corpus.manifest is needed"
            + " where one of corpus, labels and embeddings is given: labels are read from the first"
            + " or made from the others",
        "{\"probe\": {\"layers\": \"a\", \"seed\": 1}} | probe.seed is not a known field; known here:"
            + " layers, seeds, control, rounds",
        "{\"probe\": {\"layers\": \"a\", \"seeds\": 0}} | probe.seeds must be a whole number from 1 to"
            + " 20, got 0",
        "{\"probe\": {\"layers\": \"a\", \"rounds\": 1e9}} | probe.rounds must be a whole number from 0"
            + " to 100000, got 1.0E9",
        "{\"probe\": {\"layers\": \"a\", \"control\": 1}} | probe.control must be true or false, got 1",
        "{\"probe\": {\"layers\": \"a\"}, \"embeddings\": {}} | embeddings has no meaning in a probe,"
            + " whose embeddings are probe.layers",
        "{\"probe\": {\"layers\": \"a\"}, \"publishing\": {}} | publishing has no meaning in a probe,"
            + " which publishes nothing",
        "{\"probe\": {\"layers\": \"a\"}, \"evaluation\": {}} | evaluation has no meaning in a probe,"
            + " whose bootstrap rounds are probe.rounds"
      })
  void whatIsWrongIsSaidInOneLine(String input, String line) {
    assertThatThrownBy(() -> ProbeSpecReader.read(input))
        .isInstanceOf(Refusal.class)
        .hasMessage(line);
  }
}
