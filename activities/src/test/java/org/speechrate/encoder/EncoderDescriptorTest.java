package org.speechrate.encoder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class EncoderDescriptorTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ge2e", "wespeaker"})
  void aFamilysIsReadAsItWasWritten(String family) throws IOException {
    EncoderDescriptor written = EncoderDescriptor.ofFamily(family, "mine", "a.onnx");
    written.write(folder);

    assertThat(EncoderDescriptor.read(folder)).isEqualTo(written);
  }

  @Test
  void theSamplesIsThatOfItsFamily() throws IOException {
    assertThat(EncoderDescriptor.read(Sounds.GE2E))
        .isEqualTo(EncoderDescriptor.ofFamily("ge2e", "ge2e", "ge2e.onnx"));
  }

  @Test
  void anotherFamilyIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> EncoderDescriptor.ofFamily("x-vector", "mine", "a.onnx"))
        .isInstanceOf(Refusal.class)
        .hasMessage("no family \"x-vector\"; there are ge2e and wespeaker");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "format" : 1                | "format" : 2              | format must be 1, got 2
          "dimension" : 256           | "dimension" : 0           | dimension must be 1 to 65536, got 0
          "dimension" : 256           | "dimension" : 256.5       | dimension: Cannot coerce
          "dimension" : 256           | "dimension" : "256"       | dimension: Cannot coerce
          "dimension" : 256           | "dimension" : null        | dimension: Cannot map
          "bins" : 40                 | "bins" : 99999            | features.bins must be 1 to 1024, got 99999
          "kind" : "mel-power"        | "kind" : "mfcc"           | features.kind: Cannot deserialize
          "sampleRateHz" : 16000      | "sampleRateHz" : 11025    | loudness.trimSilences works at
          "windowMillis" : 25.0       | "windowMillis" : 25.1     | features.windowMillis must be an even
          "minimumSeconds" : 0.25     | "minimumSeconds" : 601    | minimumSeconds must be 0.01 to 600, got 601
          "perSecond" : 1.3           | "perSecond" : 0.1         | windows.perSecond must make a window begin each 1 to 160 frames, not each 1000
          "file" : "ge2e.onnx"        | "file" : "../ge2e.onnx"   | file must be the name of a file in the same folder that ends in .onnx, got "../ge2e.onnx"
          "name" : "ge2e"             | "name" : " "              | name, input, output must not be empty
          "unitLength" : true,        |                           | unitLength is missing
          "unitLength" : true         | "unitLength" : "yes"      | unitLength: Cannot coerce
          "unitLength" : true         | "unitLength" : true, "unit" : 1 | "unit" is no field; there are dimension,
          "unitLength" : true         | "name" : "a"              | Duplicate field 'name'
          "format" : 1,               | "format" : 1 :            | is no JSON
          """)
  void whatBreaksARuleIsOneLine(String right, String wrong, String line) throws IOException {
    String json = Files.readString(Sounds.GE2E.resolve(EncoderDescriptor.FILE));
    assertThat(json).contains(right);
    Files.writeString(
        folder.resolve(EncoderDescriptor.FILE), json.replace(right, wrong == null ? "" : wrong));

    assertThatThrownBy(() -> EncoderDescriptor.read(folder))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(folder.resolve(EncoderDescriptor.FILE) + ": ")
        .hasMessageContaining(line)
        .hasMessageNotContaining("\n");
  }

  @Test
  void anAbsentOneIsRefusedWithItsCure() {
    assertThatThrownBy(() -> EncoderDescriptor.read(folder))
        .isInstanceOf(Refusal.class)
        .hasMessageEndingWith(
            "encoder.json: does not exist; speechrate encoders add writes one beside an ONNX file");
  }

  @Test
  void nullIsRefused() {
    assertThatThrownBy(() -> EncoderDescriptor.parse("null".getBytes(UTF_8)))
        .isInstanceOf(Refusal.class)
        .hasMessage("must be a JSON object, is null");
  }
}
