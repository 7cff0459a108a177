package org.speechrate.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.pipeline.RunSpecReader;

/** What a user types into the Temporal UI. */
class RunSpecFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
            "{}",
            "{\"labels\": {\"directory\": \"l\"}, \"embeddings\": {\"source\": \"matrix\","
                + " \"path\": \"e\", \"ids\": \"i\"}, \"dataset\": {\"onMissing\": \"drop\","
                + " \"onSpeakerOverlap\": \"warn\", \"speakerFrom\": \"s\"}}",
            "{\"corpus\": {\"root\": \"r\", \"durations\": \"milliseconds\", \"splits\": {\"train\":"
                + " \"a\", \"dev\": \"b\", \"test\": \"c\"}}, \"embeddings\": {\"path\": \"e\"}}",
            "{\"training\": {\"recipe\": \"reference\", \"hidden\": [256, 64], \"epochs\": 4,"
                + " \"learningRate\": 1e-3, \"seed\": 7, \"device\": \"gpu\"}, \"publishing\":"
                + " {\"model\": \"wide\", \"gate\": \"always\"}, \"reuse\": false}",
            "{\"training\": {\"epochs\": 1e999, \"hidden\": [" + "9".repeat(400) + "]}}",
            "{\"reuse\": null, \"reuse\": 1} []",
            "{\"labels\": {\"directory\": \"\\ud800\"}}",
            "{\"\\u202e\\u2028\": [[[[]]]]}",
            "[".repeat(2000))
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Hostile.read("", () -> RunSpecReader.read(new String(content, StandardCharsets.UTF_8)));
  }
}
