package org.speechrate.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.labels.LabelFacts;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;

class GivenLabelsTest {
  @TempDir Path workspace;
  @TempDir Path output;
  @TempDir Path outside;

  @BeforeEach
  void makeLabels() throws IOException {
    Files.createDirectory(workspace.resolve("labels"));
    write("train", "sample_id,cps\na,10\nb,12.5\n");
    write("dev", "sample_id,cps\nc,11\n");
    write("test", "sample_id,cps\nd,14.5\n");
  }

  private void write(String split, String content) throws IOException {
    Files.writeString(workspace.resolve("labels/" + split + "_cps.csv"), content);
  }

  private LabelFacts copy() throws IOException {
    return GivenLabels.in("labels", Workspace.open(workspace, List.of()))
        .copyTo(output, StageMonitor.silent());
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Refusal.Kind kind) {
    return assertThatThrownBy(this::copy)
        .isInstanceOf(Refusal.class)
        .hasFieldOrPropertyWithValue("kind", kind);
  }

  /** If this fails, the stage's output has changed: raise LabelActivitiesImpl.VERSION. */
  @Test
  void carriesAllColumnsOfThePythonSystem() throws IOException {
    write(
        "train",
        """
        audio_path,text,cps,speaker_id,chapter_id,audio_id
        raw/84/1/84-1-0000.flac,"GO, NOW",14.554579673776663,84,1,84-1-0000
        """);
    copy();

    assertThat(output.resolve("train_cps.csv"))
        .hasContent(
            """
            audio_path,text,cps,speaker_id,chapter_id,audio_id
            raw/84/1/84-1-0000.flac,"GO, NOW",14.554579673776663,84,1,84-1-0000
            """);
    assertThat(LabelActivitiesImpl.VERSION).isEqualTo(1);
  }

  @Test
  void carriesFurtherColumnsAsTheyAre() throws IOException {
    write("train", "\uFEFFage,sample_id, cps ,voice\r\n 07 ,a,1e1,\"x, y\"\r\n");
    copy();

    assertThat(output.resolve("train_cps.csv"))
        .hasContent(
            """
            audio_path,text,cps,speaker_id,chapter_id,audio_id,age,sample_id,voice
            "",,10,,,a," 07 ",a,"x, y"
            """);
  }

  @Test
  void countsAndAverages() throws IOException {
    // (10 + 12.5 + 11 + 14.5) / 4 = 48 / 4
    assertThat(copy())
        .isEqualTo(new LabelFacts(new TreeMap<>(Map.of("train", 2L, "dev", 1L, "test", 1L)), 12));
  }

  @Test
  void takesTheAudioIdWhereItIsTheFilesName() throws IOException {
    write("train", "audio_path,cps,audio_id\nraw\\84\\84-1-0000.flac,10,84-1-0000\n");
    copy();

    assertThat(output.resolve("train_cps.csv")).content().contains(",84-1-0000\n");
  }

  @Test
  void takesTheFilesNameWhereTheAudioIdIsOnlyANumber() throws IOException {
    write("train", "audio_path,cps,audio_id\nC:\\raw\\84-1-0000.flac,10,0000\n");
    copy();

    assertThat(output.resolve("train_cps.csv")).content().endsWith("10,,,84-1-0000\n");
  }

  @Test
  void prefersTheSampleIdToAnAudioIdThatIsNotTheFilesName() throws IOException {
    write("train", "sample_id,audio_id,cps\n84-1-0000,0000,10\n");
    copy();

    assertThat(output.resolve("train_cps.csv")).content().contains(",10,,,84-1-0000,");
  }

  @Test
  void namesEachCpsThatIsNoNumberAboveZero() throws IOException {
    write("train", "sample_id,cps\na,0\nb,nan\nc,\nd,\"9,62\"\n");

    assertRefused(Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "labels.directory \"labels\": 4 problems:"
                + " train_cps.csv line 2 (a): cps must be a number above 0, got \"0\";"
                + " train_cps.csv line 3 (b): cps must be a number above 0, got \"nan\";"
                + " train_cps.csv line 4 (c): cps must be a number above 0, got \"\";"
                + " train_cps.csv line 5 (d): cps must be a number above 0, got \"9,62\";"
                + " write letters per second with a decimal point, or take the row away");
  }

  @Test
  void refusesAnIdThatIsThereTwice() throws IOException {
    write("train", "sample_id,cps\na,10\nb,11\na,12\n");

    assertRefused(Refusal.Kind.DUPLICATE_ID)
        .hasMessage(
            "labels.directory \"labels\": a is there twice: train_cps.csv line 2 and"
                + " train_cps.csv line 4; keep one of each");
  }

  @Test
  void refusesAnIdThatIsInTwoSplits() throws IOException {
    write("test", "sample_id,cps\nd,10\nb,11\n");

    assertRefused(Refusal.Kind.SPLIT_OVERLAP)
        .hasMessage(
            "labels.directory \"labels\": b is there twice: train_cps.csv line 3 and"
                + " test_cps.csv line 3; keep one of each");
  }

  @Test
  void refusesARowWithoutId() throws IOException {
    write("dev", "sample_id,cps\n,10\n");

    assertRefused(Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "labels.directory \"labels\": dev_cps.csv line 2 has no sample_id; name its utterance");
  }

  @Test
  void refusesAMissingColumnAndListsThoseThatAreThere() throws IOException {
    write("dev", "sample_id;cps\nc;11\n");

    assertRefused(Refusal.Kind.MISSING_COLUMN)
        .hasMessage(
            "labels/dev_cps.csv: column \"cps\" is missing, there are: sample_id;cps;"
                + " separate the columns by commas");
  }

  @Test
  void refusesLabelsThatNameNoUtterance() throws IOException {
    write("dev", "file,cps\nc,11\n");

    assertRefused(Refusal.Kind.MISSING_COLUMN)
        .hasMessage("labels/dev_cps.csv: column \"sample_id\" is missing, there are: file, cps");
  }

  @Test
  void refusesAMissingFileAndListsWhatIsThere() throws IOException {
    Files.delete(workspace.resolve("labels/dev_cps.csv"));

    assertRefused(Refusal.Kind.UNREADABLE_FILE)
        .hasMessage(
            "labels.directory: \"labels\" has no dev_cps.csv; it holds: test_cps.csv,"
                + " train_cps.csv");
  }

  @Test
  void refusesASplitWithoutRows() throws IOException {
    write("dev", "sample_id,cps\n");

    assertRefused(Refusal.Kind.TOO_FEW_ROWS)
        .hasMessage(
            "labels/dev_cps.csv: has no row below its header; give it a row for each utterance");
  }

  @Test
  void refusesALinkThatLeadsOutOfTheReadableRoots() throws IOException {
    Path file = workspace.resolve("labels/dev_cps.csv");
    Files.delete(file);
    Files.createSymbolicLink(
        file, Files.writeString(outside.resolve("secret.csv"), "sample_id,cps\nc,11\n"));

    assertRefused(Refusal.Kind.PATH_NOT_ALLOWED);
  }

  @Test
  void refusesRatesThatNobodySpeaks() throws IOException {
    write("train", "sample_id,cps\nk,0.0999\nl,0.1\nm,100\nn,720\n");

    assertRefused(Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "labels.directory \"labels\": 2 problems:"
                + " train_cps.csv line 2 (k): cps must be 0.1 to 100, got 0.0999;"
                + " train_cps.csv line 5 (n): cps must be 0.1 to 100, got 720;"
                + " is the column letters per second? Fast speech is about 30");
  }

  @Test
  void showsOfABinaryFileNoMoreThanALine() throws IOException {
    write("dev", "\u0000\u0001".repeat(5_000));

    assertRefused(Refusal.Kind.MISSING_COLUMN)
        .hasMessage(
            "labels/dev_cps.csv: column \"cps\" is missing, there are: " + "?".repeat(80) + "…");
  }

  @Test
  void clipsIdsAndValues() throws IOException {
    write("dev", "sample_id,cps\n" + "i".repeat(5_000) + "," + "9".repeat(5_000) + "\n");

    assertRefused(Refusal.Kind.BAD_VALUE)
        .hasMessage(
            "labels.directory \"labels\": dev_cps.csv line 2 ("
                + "i".repeat(80)
                + "…): cps must be a number above 0, got \""
                + "9".repeat(80)
                + "…\"; write letters per second with a decimal point, or take the row away");
  }
}
