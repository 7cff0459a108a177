package org.speechrate.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

class SampleTableTest {
  @TempDir Path folder;

  private static List<Sample> read(Path file) throws IOException {
    List<Sample> samples = new ArrayList<>();
    SampleTable.forEach(file, samples::add);
    return samples;
  }

  @Test
  void readsSamplesWithQuotedIdsAndNoSpeaker() throws IOException {
    Path file = folder.resolve("samples.csv");
    Files.writeString(
        file, "row,sample_id,split,speaker_id,cps\n3,\"a,b\",train,,12.5\n0,c,test,s 1,9\n");
    assertThat(read(file))
        .isEqualTo(
            List.of(
                new Sample(3, "a,b", "train", "", "12.5"), new Sample(0, "c", "test", "s 1", "9")));
  }

  @Test
  void refusesSamplesThatCannotBeUsed() throws IOException {
    Path file = folder.resolve("samples.csv");
    Files.writeString(file, "row,sample_id,split,cps\n");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            file + ": column \"speaker_id\" is missing, there are: row, sample_id, split, cps");
    for (String bad : List.of("0,a,train,,NaN", "-1,a,train,,12", "x,a,train,,12")) {
      Files.writeString(file, "row,sample_id,split,speaker_id,cps\n" + bad + "\n");
      String[] values = bad.split(",", -1);
      assertThatThrownBy(() -> read(file))
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

  @Test
  void sortsMoreSamplesThanTheHeapShallHold() throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String split = List.of("dev", "test", "train").get(i % 3);
      samples.add(new Sample(i, "id-" + i * 7919 % 500 + "\u00e9", split, "s" + i, "1" + i));
    }
    List<Sample> inHeap = new ArrayList<>();
    try (SampleSorter sorter = new SampleSorter(folder)) {
      samples.forEach(sorter::add);
      sorter.forEach(inHeap::add);
    }
    List<Sample> merged = new ArrayList<>();
    try (SampleSorter sorter = new SampleSorter(folder, 5000)) {
      samples.forEach(sorter::add);
      try (var runs = Files.list(folder)) {
        assertThat(runs).as("runs of some 24 samples").hasSizeBetween(15, 25);
      }
      sorter.forEach(merged::add);
      List<Sample> again = new ArrayList<>();
      sorter.forEach(again::add);
      assertThat(again).isEqualTo(merged);
    }
    assertThat(inHeap).hasSize(500);
    assertThat(inHeap.stream().map(Sample::split).distinct())
        .containsExactly("train", "dev", "test");
    assertThat(inHeap.stream().filter(each -> each.split().equals("dev")).map(Sample::sampleId))
        .isSorted();
    assertThat(merged).isEqualTo(inHeap);
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
