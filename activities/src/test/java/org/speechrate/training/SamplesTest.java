package org.speechrate.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

/** Samples and their embeddings, as training and evaluation read them. */
class SamplesTest {
  @TempDir Path folder;

  @Test
  void readsSamplesWithQuotedIdsAndNoSpeaker() throws IOException {
    Path file = folder.resolve("samples.csv");
    Files.writeString(
        file, "row,sample_id,split,speaker_id,cps\n3,\"a,b\",train,,12.5\n0,c,test,s 1,9\n");
    assertThat(SampleTable.read(file))
        .isEqualTo(
            List.of(new Sample(3, "a,b", "train", "", 12.5), new Sample(0, "c", "test", "s 1", 9)));
  }

  @Test
  void refusesSamplesThatCannotBeUsed() throws IOException {
    Path file = folder.resolve("samples.csv");
    Files.writeString(file, "row,sample_id,split,cps\n");
    assertThatThrownBy(() -> SampleTable.read(file))
        .isInstanceOf(Refusal.class)
        .hasMessage(file + " needs a column speaker_id, it has [row, sample_id, split, cps]");
    for (String bad : List.of("0,a,train,,NaN", "-1,a,train,,12", "x,a,train,,12")) {
      Files.writeString(file, "row,sample_id,split,speaker_id,cps\n" + bad + "\n");
      String[] values = bad.split(",", -1);
      assertThatThrownBy(() -> SampleTable.read(file))
          .isInstanceOf(Refusal.class)
          .hasMessage(
              file
                  + ", sample a: row must be an integer of at least 0 and cps a finite number, got \""
                  + values[0]
                  + "\" and \""
                  + values[4]
                  + "\"");
    }
  }
}
