package org.speechrate.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.labels.LabelFacts;

class CorpusLabelsTest {
  private static final String HEADER = "sample_id,split,speaker_id,path,seconds,text\n";

  @TempDir Path folder;

  private LabelFacts write(String rows) throws IOException {
    Path utterances = Files.writeString(folder.resolve("utterances.csv"), HEADER + rows);
    return CorpusLabels.write(utterances, folder);
  }

  /** If this fails, the stage's output has changed: raise LabelActivitiesImpl.VERSION. */
  @Test
  void labelsEachSplit() throws IOException {
    LabelFacts facts =
        write(
            """
            84-1-0000,train,84,raw/84/1/84-1-0000.flac,2.5,HELLO WORLD
            84-1-0001,train,84,raw/84/1/84-1-0001.flac,0.5,"GO, ""NOW\"""
            174-2-0000,dev,174,raw/174/2/174-2-0000.flac,3,A
            61-3-0000,test,61,raw/61/3/61-3-0000.flac,1,IT'S 42
            """);

    assertThat(folder.resolve("train_cps.csv"))
        .hasContent(
            """
            audio_path,text,cps,speaker_id,chapter_id,audio_id
            raw/84/1/84-1-0000.flac,HELLO WORLD,4,84,1,84-1-0000
            raw/84/1/84-1-0001.flac,"GO, ""NOW\""",10,84,1,84-1-0001
            """);
    assertThat(folder.resolve("dev_cps.csv"))
        .hasContent(
            """
            audio_path,text,cps,speaker_id,chapter_id,audio_id
            raw/174/2/174-2-0000.flac,A,0.3333333333333333,174,2,174-2-0000
            """);
    assertThat(folder.resolve("test_cps.csv")).content().contains(",IT'S 42,5,61,3,");
    assertThat(LabelActivitiesImpl.VERSION).isEqualTo(1);
    // 10 / 2.5, 5 / 0.5, 1 / 3, 5 / 1: their sum 19 1/3 over 4
    assertThat(facts.meanCps()).isEqualTo((4 + 10 + 1 / 3.0 + 5) / 4);
    assertThat(facts.utterances())
        .isEqualTo(new TreeMap<>(Map.of("train", 2L, "dev", 1L, "test", 1L)));
  }

  @Test
  void namesUtterancesThatHaveNoRate() {
    assertThatThrownBy(
            () ->
                write(
                    """
                    a,train,84,raw/84/1/a.flac,0,GO
                    b,train,84,raw/84/1/b.flac,1,'
                    """))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "corpus: 2 problems: raw/84/1/a.flac: seconds must be above 0, got 0.0;"
                + " raw/84/1/b.flac: text must have a letter or digit, got \"'\"; repair its"
                + " transcript or its audio, or take both away");
  }

  @Test
  void refusesRatesThatNobodySpeaks() {
    assertThatThrownBy(
            () ->
                write(
                    """
                    a,train,84,raw/84/1/a.flac,0.01,GO
                    b,train,84,raw/84/1/b.flac,50,GO ON
                    c,train,84,raw/84/1/c.flac,25,A
                    """))
        .isInstanceOf(Refusal.class)
        // 2 / 0.01 = 200; 4 / 50 = 0.08; 1 / 25 = 0.04
        .hasMessage(
            "corpus: 3 problems: raw/84/1/a.flac: its 2 letters in 0.01 s make 200.00 letters/s,"
                + " cps must be 0.1 to 100; raw/84/1/b.flac: its 4 letters in 50 s make 0.08 letters/s,"
                + " cps must be 0.1 to 100; raw/84/1/c.flac: its 1 letter in 25 s make 0.04"
                + " letters/s, cps must be 0.1 to 100; do transcript and audio belong together?");
  }
}
