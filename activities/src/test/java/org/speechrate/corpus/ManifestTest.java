package org.speechrate.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.corpus.CorpusSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;

class ManifestTest {
  private static final Path AUDIO = Path.of("src/test/resources/corpus");

  @TempDir Path workspace;
  @TempDir Path outside;

  @BeforeEach
  void makeAudio() throws IOException {
    Files.createDirectories(workspace.resolve("my/audio"));
    for (String name : List.of("tone.flac", "lame.mp3", "vorbis.ogg")) {
      Files.copy(AUDIO.resolve(name), workspace.resolve("my/audio").resolve(name));
    }
    Files.copy(AUDIO.resolve("lame.mp3"), workspace.resolve("my/audio/mp3.wav"));
  }

  private CorpusScan read(String manifest) throws IOException {
    return read(manifest, Optional.empty());
  }

  private CorpusScan read(String manifest, Optional<String> root) throws IOException {
    return read(manifest, root, false);
  }

  private CorpusScan read(String manifest, Optional<String> root, boolean dropDamaged)
      throws IOException {
    Files.writeString(workspace.resolve("my/list"), manifest);
    CorpusSpec spec =
        new CorpusSpec(
            root,
            Optional.of("my/list"),
            new TreeMap<>(),
            CorpusSpec.Durations.EXACT,
            Optional.empty());
    return new CorpusReader(
            Workspace.open(workspace, List.of()),
            new AudioHeaderMemory(workspace.resolve("data/headers.json")),
            StageMonitor.silent())
        .read(spec, dropDamaged);
  }

  private AbstractThrowableAssert<?, ?> assertRefused(String manifest) {
    return assertThatThrownBy(() -> read(manifest)).isInstanceOf(Refusal.class);
  }

  @Test
  void listsRowsOfACsv() throws IOException {
    CorpusScan scan =
        read(
            """
            split,text,path,speaker,note
            validation,"HE SAID, ""GO\""",audio/mp3.wav,ann,x
            test,DO,audio/vorbis.ogg,bob,
            train,YOU HEAR,audio/tone.flac,cy,
            """);

    double seconds = 1234 / 16_000.0;
    assertThat(scan.utterances())
        .containsExactly(
            new Utterance("tone", "train", "cy", "my/audio/tone.flac", seconds, "YOU HEAR"),
            new Utterance("mp3", "dev", "ann", "my/audio/mp3.wav", seconds, "HE SAID, \"GO\""),
            new Utterance("vorbis", "test", "bob", "my/audio/vorbis.ogg", seconds, "DO"));
  }

  @Test
  void readsPathsOfWindows() throws IOException {
    Files.copy(AUDIO.resolve("tone.flac"), workspace.resolve("my/audio/odd\\name.flac"));

    CorpusScan scan =
        read(
            """
            split,text,path
            train,GO,audio\\tone.flac
            dev,GO,audio/odd\\name.flac
            test,GO,audio/vorbis.ogg
            """);

    assertThat(scan.utterances())
        .extracting(Utterance::path)
        .containsExactlyInAnyOrder(
            "my/audio/tone.flac", "my/audio/odd\\name.flac", "my/audio/vorbis.ogg");
    assertRefused("split,text,path\ntrain,GO,audio\\none.flac\n")
        .hasMessageContaining("\"my/audio\\none.flac\" does not exist");
  }

  @Test
  void listsRowsOfATsvWithIdsAndARoot() throws IOException {
    CorpusScan scan =
        read(
            "sample_id\tpath\ttext\tspeaker_id\tsplit\n"
                + "a\ttone.flac\tGO, NOW\t1\ttrain\n"
                + "b\ttone.flac\tGO\t2\tdev\n"
                + "c\t"
                + workspace.resolve("my/audio/lame.mp3")
                + "\tGO\t3\ttest\n",
            Optional.of("my/audio/"));

    assertThat(scan.utterances()).extracting(Utterance::sampleId).containsExactly("a", "b", "c");
    assertThat(scan.utterances())
        .extracting(Utterance::path)
        .containsExactly(
            "my/audio/tone.flac",
            "my/audio/tone.flac",
            workspace.resolve("my/audio/lame.mp3").toString());
    assertThat(scan.utterances().get(0).text()).isEqualTo("GO, NOW");
  }

  @Test
  void dealsOutSpeakersWhereThereIsNoSplit() throws IOException {
    StringBuilder manifest = new StringBuilder("sample_id,path,text,speaker_id\n");
    for (int i = 0; i < 60; i++) {
      manifest.append(String.format("u%d,audio/tone.flac,GO,s%d%n", i, i % 20));
    }

    List<Utterance> utterances = read(manifest.toString()).utterances();

    // 20 speakers of 3 utterances: a tenth, 2 speakers, is dev, another tenth test
    assertThat(utterances).filteredOn(each -> each.split().equals("dev")).hasSize(6);
    assertThat(utterances).filteredOn(each -> each.split().equals("test")).hasSize(6);
    assertThat(utterances.stream().map(each -> each.speakerId() + each.split()).distinct())
        .hasSize(20);
  }

  @Test
  void identityFollowsRowsAndAudioAndNotTheOrderOfColumns() throws IOException {
    String rows = "path,text,split\naudio/tone.flac,A,train\naudio/lame.mp3,B,dev\n";
    String last = "audio/vorbis.ogg,C,test\n";
    String before = read(rows + last).identity();

    assertThat(
            read("""
                text,path,split
                A,audio/tone.flac,train
                B,audio/lame.mp3,dev
                C,audio/vorbis.ogg,test
                """)
                .identity())
        .isEqualTo(before);
    assertThat(read(rows + last.replace("C", "D")).identity()).isNotEqualTo(before);
    Files.copy(
        AUDIO.resolve("opus.opus"),
        workspace.resolve("my/audio/vorbis.ogg"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(read(rows + last).identity()).isNotEqualTo(before);
  }

  @Test
  void namesEveryBadRow() {
    assertRefused(
            """
            path,text,split
            audio/tone.flac,,train
            audio/tone.flac,GO,eval
            audio/none.flac,GO,dev
            ../../etc/passwd,GO,test
            audio,GO,test
            audio/tone.flac,GO,test
            audio/tone.flac,GO,train
            """)
        .hasMessageStartingWith("corpus.manifest \"my/list\": 6 problems: line 2 has no text;")
        .hasMessageContaining(
            "line 3: split must be train, dev (or validation, valid, val) or test, got \"eval\"")
        .hasMessageContaining("line 4: \"my/audio/none.flac\" does not exist in the workspace")
        .hasMessageContaining("line 5: \"my/../../etc/passwd\" is outside the workspace")
        .hasMessageContaining("line 6: \"audio\" is no file")
        .hasMessageContaining(
            "sample_id tone is there twice: line 7 (audio/tone.flac) and line 8 (audio/tone.flac)");
  }

  @Test
  void refusesALinkThatLeadsOutside() throws IOException {
    Path secret = Files.copy(AUDIO.resolve("tone.flac"), outside.resolve("secret.flac"));
    Files.createSymbolicLink(workspace.resolve("my/audio/link.flac"), secret);

    assertRefused("path,text,split\naudio/link.flac,GO,train\n")
        .hasMessageContaining("line 2: \"my/audio/link.flac\" is a link that leads outside");
  }

  @Test
  void refusesATableWithoutItsColumnsOrSplits() {
    assertRefused("audio,text\na,b\n")
        .hasMessage("my/list: column \"path\" is missing, there are: audio, text");
    assertRefused("path,text,split\naudio/tone.flac,GO,train\naudio/lame.mp3,GO,test\n")
        .hasMessage(
            "corpus.manifest \"my/list\": has no row of dev; name train, dev or test in the column"
                + " split");
  }

  @Test
  void refusesAudioThatIsBroken() throws IOException {
    Files.writeString(workspace.resolve("my/audio/tone.flac"), "what");

    String rows =
        """
        path,text,split
        audio/tone.flac,A,train
        audio/lame.mp3,B,dev
        audio/vorbis.ogg,C,test
        """;
    assertRefused(rows)
        .hasMessage(
            "corpus.manifest \"my/list\": my/audio/tone.flac is neither FLAC, WAV, MP3, Ogg Vorbis"
                + " nor Ogg Opus: it begins with 77686174; copy or encode it again;"
                + " dataset.onMissing: drop leaves them out");

    CorpusScan dropped = read(rows + "audio/mp3.wav,D,train\n", Optional.empty(), true);
    assertThat(dropped.utterances())
        .extracting(Utterance::sampleId)
        .containsExactly("mp3", "lame", "vorbis");
    assertThat(dropped.damaged())
        .extracting(each -> each.found().sampleId())
        .containsExactly("tone");
  }

  @Test
  void audioOfNoSampleIsBroken() throws IOException {
    AudioFormat format = new AudioFormat(16_000, 16, 1, true, false);
    try (AudioInputStream none =
        new AudioInputStream(new ByteArrayInputStream(new byte[0]), format, 0)) {
      AudioSystem.write(
          none, AudioFileFormat.Type.WAVE, workspace.resolve("my/audio/none.wav").toFile());
    }

    assertRefused(
            """
            path,text,split
            audio/none.wav,A,train
            audio/lame.mp3,B,dev
            audio/vorbis.ogg,C,test
            """)
        .hasMessage(
            "corpus.manifest \"my/list\": my/audio/none.wav holds no audio; copy or encode it again;"
                + " dataset.onMissing: drop leaves them out");
  }
}
