package org.speechrate.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusFacts;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.pipeline.corpus.CorpusSpec.Durations;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;

class LibriSpeechWalkerTest {
  @TempDir Path workspace;
  @TempDir Path outside;

  @BeforeEach
  void makeCorpus() throws IOException {
    chapter("raw/tr/LibriSpeech/tr", "84", "1", "84-1-0000 GO\n84-1-0001 DO YOU HEAR\n");
    chapter("raw/de/LibriSpeech/de", "174", "2", "174-2-0000 BUT IN LESS\r\n");
    chapter("raw/te/LibriSpeech/te", "61", "3", "61-3-0000 HE BEGAN, \"SO\"\n");
  }

  /** A transcript, and 2 seconds of audio for each of its lines. */
  private Path chapter(String subset, String speaker, String chapter, String lines)
      throws IOException {
    Path folder =
        Files.createDirectories(workspace.resolve(subset).resolve(speaker).resolve(chapter));
    Files.writeString(folder.resolve(speaker + "-" + chapter + ".trans.txt"), lines);
    for (String line : lines.lines().toList()) {
      Files.write(
          folder.resolve(line.substring(0, line.indexOf(' ')) + ".flac"), Flac.of(16_000, 32_000));
    }
    return folder;
  }

  private CorpusScan walk() throws IOException {
    return walk("raw", "tr");
  }

  private CorpusScan walk(String root, String trainSubset) throws IOException {
    return walk(root, trainSubset, false);
  }

  private CorpusScan walk(String root, String trainSubset, boolean dropDamaged) throws IOException {
    CorpusSpec spec =
        new CorpusSpec(
            Optional.of(root),
            Optional.empty(),
            new TreeMap<>(Map.of("train", trainSubset, "dev", "de", "test", "te")),
            Durations.EXACT,
            Optional.of(3));
    return new CorpusReader(
            Workspace.open(workspace, List.of()),
            new AudioHeaderMemory(workspace.resolve("data/headers.json")),
            StageMonitor.silent())
        .read(spec, dropDamaged);
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Refusal.Kind kind) {
    return assertThatThrownBy(this::walk)
        .isInstanceOf(Refusal.class)
        .hasFieldOrPropertyWithValue("kind", kind)
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("\n"));
  }

  /** If this fails, the stage's output has changed: raise CorpusActivitiesImpl.VERSION. */
  @Test
  void listsUtterancesInTheOrderOfSplitsAndIds() throws IOException {
    CorpusFacts facts = CorpusTable.write(walk(), outside);

    assertThat(outside.resolve("utterances.csv"))
        .hasContent(
            """
            sample_id,split,speaker_id,path,seconds,text
            84-1-0000,train,84,raw/tr/LibriSpeech/tr/84/1/84-1-0000.flac,2,GO
            84-1-0001,train,84,raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac,2,DO YOU HEAR
            174-2-0000,dev,174,raw/de/LibriSpeech/de/174/2/174-2-0000.flac,2,BUT IN LESS
            61-3-0000,test,61,raw/te/LibriSpeech/te/61/3/61-3-0000.flac,2,"HE BEGAN, ""SO\"""
            """);
    assertThat(outside.resolve("damaged.csv")).doesNotExist();
    assertThat(CorpusActivitiesImpl.VERSION).isEqualTo(1);
    assertThat(facts).isEqualTo(new CorpusFacts(4, 3, 8.0, Optional.empty())); // 4 × 2 s
  }

  @Test
  void findsSubsetsInAnyOfTheThreeLayouts() throws IOException {
    chapter("flat/LibriSpeech/tr", "84", "1", "84-1-0000 GO\n");
    chapter("flat/de", "174", "2", "174-2-0000 BUT\n");
    chapter("flat/te/LibriSpeech/te", "61", "3", "61-3-0000 HE\n");

    assertThat(walk("flat/", "tr").utterances())
        .extracting(Utterance::path)
        .containsExactly(
            "flat/LibriSpeech/tr/84/1/84-1-0000.flac",
            "flat/de/174/2/174-2-0000.flac",
            "flat/te/LibriSpeech/te/61/3/61-3-0000.flac");
  }

  @Test
  void ignoresFilesThatAreNobodysData() throws IOException {
    Files.writeString(workspace.resolve("raw/tr/LibriSpeech/tr/README.TXT"), "x");
    Files.writeString(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/._84-1-0000.flac"), "x");
    Files.writeString(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/notes.txt"), "x");

    assertThat(walk().utterances()).hasSize(4);
  }

  @Test
  void identityFollowsAudioAndTextAndNothingElse() throws IOException {
    String before = walk().identity();
    Path folder = workspace.resolve("raw/tr/LibriSpeech/tr/84/1");

    Files.write(folder.resolve("84-1-0000.flac"), Flac.of(16_000, 32_000));
    assertThat(walk().identity()).as("the same bytes, written later").isEqualTo(before);

    Files.write(folder.resolve("84-1-0000.flac"), Flac.of(16_000, 32_000, 0, 8));
    String otherAudio = walk().identity();
    assertThat(otherAudio).isNotEqualTo(before);

    Files.writeString(folder.resolve("84-1.trans.txt"), "84-1-0000 GO ON\n84-1-0001 DO\n");
    assertThat(walk().identity()).isNotEqualTo(otherAudio);
  }

  @Test
  void takesAudioOfAnyFormatUnderAnyEnding() throws IOException {
    chapter("raw/tr/LibriSpeech/tr", "85", "1", "");
    Path folder = workspace.resolve("raw/tr/LibriSpeech/tr/85/1");
    Files.writeString(
        folder.resolve("85-1.trans.txt"), "85-1-0 A\n85-1-1 B\n85-1-2 C\n85-1-3 D\n85-1-4 E\n");
    Path audio = Path.of("src/test/resources/corpus");
    Files.copy(audio.resolve("lame.mp3"), folder.resolve("85-1-0.flac"));
    Files.copy(audio.resolve("tags.mp3"), folder.resolve("85-1-1.WAV"));
    Files.copy(audio.resolve("vorbis.ogg"), folder.resolve("85-1-2.ogg"));
    Files.copy(audio.resolve("opus.opus"), folder.resolve("85-1-3.opus"));
    Files.copy(audio.resolve("tone.flac"), folder.resolve("85-1-4.Mp3"));

    assertThat(walk().utterances())
        .filteredOn(each -> each.speakerId().equals("85"))
        .extracting(Utterance::seconds)
        .containsOnly(1234 / 16_000.0)
        .hasSize(5);
  }

  @Test
  void refusesTwoFilesOfOneUtterance() throws IOException {
    Files.write(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0000.wav"), new byte[0]);

    assertRefused(Refusal.Kind.DUPLICATE_ID)
        .hasMessage(
            "corpus.root \"raw\": sample_id 84-1-0000 is there twice:"
                + " raw/tr/LibriSpeech/tr/84/1/84-1-0000.flac and"
                + " raw/tr/LibriSpeech/tr/84/1/84-1-0000.wav; keep one of each");
  }

  @Test
  void refusesAMissingSubsetAndListsWhatIsThere() {
    assertThatThrownBy(() -> walk("raw", "train-clean-100"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "corpus.root \"raw\": corpus.splits.train \"train-clean-100\" is neither at"
                + " raw/train-clean-100/LibriSpeech/train-clean-100 nor at"
                + " raw/LibriSpeech/train-clean-100 nor at raw/train-clean-100;"
                + " folders in raw: de, te, tr");
  }

  @Test
  void refusesASubsetThatIsAPath() {
    assertThatThrownBy(() -> walk("raw", "../raw"))
        .hasMessage("corpus.splits.train must be the name of one folder, got \"../raw\"");
  }

  @Test
  void refusesATranscriptLineWithoutAudio() throws IOException {
    Files.delete(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac"));

    assertRefused(Refusal.Kind.MISSING_SAMPLE)
        .hasMessage(
            "corpus.root \"raw\": raw/tr/LibriSpeech/tr/84/1/84-1.trans.txt has a line for"
                + " 84-1-0001, but no audio file of this name is beside it; add the file, or take"
                + " the line away");
  }

  @Test
  void refusesAudioWithoutATranscriptLine() throws IOException {
    Files.write(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0002.flac"), Flac.of(16_000, 1));

    assertRefused(Refusal.Kind.MISSING_SAMPLE)
        .hasMessage(
            "corpus.root \"raw\": raw/tr/LibriSpeech/tr/84/1/84-1-0002.flac has no line in"
                + " 84-1.trans.txt; add the line, or take the file away");
  }

  @Test
  void refusesAMissingTranscript() throws IOException {
    Files.delete(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1.trans.txt"));

    assertRefused(Refusal.Kind.UNREADABLE_FILE)
        .hasMessage(
            "corpus.root \"raw\": raw/tr/LibriSpeech/tr/84/1/84-1.trans.txt is missing, beside 2"
                + " audio files; write it: \"<sample_id> <TEXT>\" for each of them");
  }

  @Test
  void namesEveryBrokenFile() throws IOException {
    Files.write(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0000.flac"), new byte[0]);
    Files.writeString(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac"), "None");

    assertRefused(Refusal.Kind.UNREADABLE_FILE)
        .hasMessage(
            "corpus.root \"raw\": 2 problems:"
                + " raw/tr/LibriSpeech/tr/84/1/84-1-0000.flac is empty;"
                + " raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac is neither FLAC, WAV, MP3, Ogg"
                + " Vorbis nor Ogg Opus: it begins with 4e6f6e65; copy or encode it again;"
                + " dataset.onMissing: drop leaves them out");
  }

  @Test
  void leavesDamagedAudioOutUntilItIsRepaired() throws IOException {
    String whole = walk().identity();
    assertThat(walk("raw", "tr", true).identity()).as("nothing to drop").isEqualTo(whole);
    Path file = workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac");
    Files.write(file, new byte[0]);

    CorpusScan scan = walk("raw", "tr", true);
    CorpusFacts facts = CorpusTable.write(scan, outside);

    assertThat(scan.utterances())
        .extracting(Utterance::sampleId)
        .containsExactly("84-1-0000", "174-2-0000", "61-3-0000");
    assertThat(outside.resolve("damaged.csv"))
        .hasContent(
            """
            sample_id,split,speaker_id,path,text,reason
            84-1-0001,train,84,raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac,DO YOU HEAR,is empty
            """);
    assertThat(facts.summary())
        .isEqualTo(
            "3 utterances of 3 speakers, 0.0 hours; 1 damaged file left out:"
                + " raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac is empty");

    assertThat(walk("raw", "tr", true).identity()).isEqualTo(scan.identity()).isNotEqualTo(whole);
    Files.writeString(file, "None");
    assertThat(walk("raw", "tr", true).identity()).isNotEqualTo(scan.identity());
    Files.write(file, Flac.of(16_000, 32_000));
    assertThat(walk("raw", "tr", true).identity()).isEqualTo(whole);
  }

  @Test
  void namesThreeOfManyDamagedFiles() throws IOException {
    chapter("raw/tr/LibriSpeech/tr", "85", "1", "85-1-0 A\n85-1-1 B\n85-1-2 C\n85-1-3 D\n");
    for (int i = 0; i < 4; i++) {
      Files.write(workspace.resolve("raw/tr/LibriSpeech/tr/85/1/85-1-" + i + ".flac"), new byte[0]);
    }

    assertThat(CorpusTable.write(walk("raw", "tr", true), outside).damaged().orElseThrow())
        .startsWith("4 damaged files left out: raw/tr/LibriSpeech/tr/85/1/85-1-0.flac is empty, ")
        .endsWith("85-1-2.flac is empty and 1 more");
  }

  @Test
  void refusesASplitOfDamagedAudioAlone() throws IOException {
    Files.write(workspace.resolve("raw/de/LibriSpeech/de/174/2/174-2-0000.flac"), new byte[0]);
    Files.write(workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac"), new byte[0]);

    assertThatThrownBy(() -> walk("raw", "tr", true))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "corpus.root \"raw\": all audio of split dev is damaged:"
                + " raw/de/LibriSpeech/de/174/2/174-2-0000.flac is empty; copy or encode it again");
  }

  /** Damage is what the content tells: these are as before, and said beside nothing of damage. */
  @Test
  void refusesWhatIsNotDamagedThoughDamageIsLeftOut() throws IOException {
    Path folder = workspace.resolve("raw/tr/LibriSpeech/tr/84/1");
    Files.write(folder.resolve("84-1-0000.flac"), new byte[0]);
    Files.delete(folder.resolve("84-1-0001.flac"));

    assertThatThrownBy(() -> walk("raw", "tr", true))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "corpus.root \"raw\": raw/tr/LibriSpeech/tr/84/1/84-1.trans.txt has a line for"
                + " 84-1-0001, but no audio file of this name is beside it; add the file, or take"
                + " the line away");
  }

  @Test
  void refusesAnIdThatIsThereTwice() throws IOException {
    chapter("raw/de/LibriSpeech/de", "9", "9", "84-1-0000 GO\n");

    assertRefused(Refusal.Kind.DUPLICATE_ID)
        .hasMessage(
            "corpus.root \"raw\": sample_id 84-1-0000 is there twice:"
                + " raw/tr/LibriSpeech/tr/84/1/84-1-0000.flac and"
                + " raw/de/LibriSpeech/de/9/9/84-1-0000.flac; keep one of each");
  }

  @Test
  void refusesMalformedAndRepeatedLines() throws IOException {
    Files.writeString(
        workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1.trans.txt"),
        "84-1-0000 GO\n84-1-0001\n84-1-0000 AGAIN\n");

    assertThatThrownBy(this::walk)
        .hasMessageContaining(
            "84-1.trans.txt line 2 must be \"<sample_id> <TEXT>\", got \"84-1-0001\"")
        .hasMessageContaining("84-1.trans.txt line 3 has \"84-1-0000\" again")
        .hasMessageEndingWith(
            "; write the line anew; keep one of each; add the line, or take the file away");
  }

  @Test
  void refusesATranscriptThatIsNotUtf8() throws IOException {
    Files.write(
        workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1.trans.txt"),
        "84-1-0000 É\n".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(this::walk)
        .hasMessageContaining("84-1.trans.txt is not UTF-8")
        .hasMessageContaining("; save it as UTF-8");
  }

  @Test
  void refusesAnEmptySubset() throws IOException {
    Files.createDirectories(workspace.resolve("raw/empty/7/8"));

    assertThatThrownBy(() -> walk("raw", "empty"))
        .hasMessage(
            "corpus.root \"raw\": raw/empty, the folder of split train, holds no audio in"
                + " <speaker>/<chapter>/; name another folder in corpus.splits");
  }

  @Test
  void refusesALinkThatLeadsOutOfTheReadableRoots() throws IOException {
    Path secret = Files.write(outside.resolve("secret.flac"), Flac.of(16_000, 1));
    Path link = workspace.resolve("raw/tr/LibriSpeech/tr/84/1/84-1-0001.flac");
    Files.delete(link);
    Files.createSymbolicLink(link, secret);

    assertRefused(Refusal.Kind.PATH_NOT_ALLOWED).hasMessageContaining("corpus.root");
  }

  @Test
  void followsALinkThatStaysInside() throws IOException {
    Path data = workspace.resolve("elsewhere");
    Files.move(workspace.resolve("raw/tr"), data);
    Files.createSymbolicLink(workspace.resolve("raw/tr"), data);

    assertThat(walk().utterances().get(0).path())
        .isEqualTo("raw/tr/LibriSpeech/tr/84/1/84-1-0000.flac");
  }
}
