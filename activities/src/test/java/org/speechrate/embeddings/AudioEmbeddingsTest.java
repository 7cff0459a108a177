package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.encoder.UtteranceEncoder;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.SilentMonitor;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AllowedHosts;
import org.speechrate.store.Durable;

class AudioEmbeddingsTest {
  private static final int RATE_HZ = 16_000;
  private static final Path FLAC =
      Path.of(
          "../data/sample/corpus/train-clean-100/LibriSpeech/train-clean-100/9010/1/9010-1-0009.flac");

  @TempDir private Path folder;
  private Path encoder;
  private Path encoded;

  @BeforeEach
  void encoder() throws IOException {
    encoder = TinyEncoder.copyTo(folder.resolve("encoder"));
    encoded = folder.resolve("encoded");
  }

  /** Which utterances were encoded, as the stage says how far it is. */
  private static final class Heard extends SilentMonitor {
    private final List<String> encoded = new ArrayList<>();
    private int most = Integer.MAX_VALUE;

    @Override
    public void progress(String text, long done, long total) {
      if (text.startsWith("encoded ")) {
        encoded.add(text);
        if (encoded.size() >= most) {
          throw new CancellationException("ended in the middle");
        }
      }
    }
  }

  @Test
  void eachUtteranceGetsARowAndWhatHasNoSpeechAReason() throws Exception {
    corpus(speech("a-1", 1), speech("a-2", 2), wav("b-1", new short[RATE_HZ]), shortOne("b-2"));

    EmbeddingFacts facts = stage(StageMonitor.silent());

    assertThat(facts.embeddings()).isEqualTo(2);
    assertThat(facts.dimension()).isEqualTo(TinyEncoder.DIMENSION);
    assertThat(facts.summary())
        .startsWith("2 embeddings of " + TinyEncoder.DIMENSION + " values (audio by ")
        .contains("; 2 have none: b-1 is silent, b-2 lasts 0.01 s, this encoder needs at least ");
    assertThat(out("ids.csv"))
        .content()
        .isEqualTo("sample_id,split,label\na-1,train,a\na-2,train,a\n");
    List<String> missing = Files.readAllLines(out("missing.csv"));
    assertThat(missing).hasSize(3).startsWith("sample_id,split,reason", "b-1,train,is silent");
    assertThat(missing.get(2)).startsWith("b-2,train,\"lasts 0.01 s, ");
    float[] row = new float[TinyEncoder.DIMENSION];
    EmbeddingMatrix.open(out("x.npy")).read(1, row, 0);
    assertThat(row).isNotEqualTo(new float[TinyEncoder.DIMENSION]);
  }

  @Test
  void aNewSpeakerIsEncodedAndNobodyElse() throws Exception {
    String first = speech("a-1", 1);
    String second = speech("a-2", 2);
    corpus(first, second);
    stage(StageMonitor.silent());
    float[] before = row(1);
    corpus(first, second, speech("b-1", 3));

    Heard heard = new Heard();
    stage(heard);

    assertThat(heard.encoded).hasSize(1);
    assertThat(heard.encoded.get(0))
        .matches("encoded 3 of 3 utterances, \\d+\\.\\d{3} of real time");
    assertThat(row(1)).isEqualTo(before);
  }

  @Test
  void theSameAudioIsEncodedOnceWhateverItsName() throws Exception {
    corpus(speech("a-1", 1), speech("a-2", 1), speech("a-3", 2));
    Heard heard = new Heard();

    assertThat(stage(heard).embeddings()).isEqualTo(3);

    assertThat(heard.encoded).hasSize(2);
    assertThat(row(0)).isEqualTo(row(1)).isNotEqualTo(row(2));
  }

  @Test
  void otherAudioUnderTheSameNameIsEncodedAgain() throws Exception {
    corpus(speech("a-1", 1), speech("a-2", 2));
    stage(StageMonitor.silent());
    float[] before = row(0);

    corpus(speech("a-1", 7), speech("a-2", 2));
    stage(StageMonitor.silent());

    assertThat(row(0)).isNotEqualTo(before);
  }

  /** A shard is full with 900 s; as the table says that each has them, each is a shard. */
  @Test
  void anEndInTheMiddleCostsTheShardInHand() throws Exception {
    String[] rows = new String[6];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = speech("a-" + i, i).replace(",1,", ",900,");
    }
    corpus(rows);
    Heard ended = new Heard();
    ended.most = 4;
    assertThatThrownBy(() -> stage(ended)).isInstanceOf(CancellationException.class);
    assertThat(shards()).hasSize(3);

    Heard next = new Heard();
    stage(next);

    assertThat(next.encoded).hasSize(3);
    assertThat(next.encoded.get(0)).startsWith("encoded 4 of 6 utterances");
    Path interrupted = Files.move(out(""), folder.resolve("interrupted"));
    Durable.deleteFolder(encoded);
    stage(StageMonitor.silent());
    assertThat(out("x.npy")).hasSameBinaryContentAs(interrupted.resolve("x.npy"));
  }

  @Test
  void aDamagedShardIsMadeAgain() throws Exception {
    corpus(speech("a-1", 1), speech("a-2", 2));
    stage(StageMonitor.silent());
    float[] before = row(1);
    Path vectors = shards().get(0).resolve("x.npy");
    Files.write(vectors, java.util.Arrays.copyOf(Files.readAllBytes(vectors), 200));

    Heard heard = new Heard();
    stage(heard);

    assertThat(heard.encoded).hasSize(2);
    assertThat(row(1)).isEqualTo(before);
  }

  @Test
  void aDamagedFileIsMissingAndTheOthersAreThere() throws Exception {
    String damaged = speech("a-2", 2);
    corpus(speech("a-1", 1), damaged, speech("a-3", 3), wav("b-1", new short[RATE_HZ]));
    Files.writeString(folder.resolve("a-2.wav"), "no audio\n");

    EmbeddingFacts facts = stage(StageMonitor.silent());

    assertThat(facts.summary())
        .contains("; 2 have none, 1 damaged: a-2 is damaged: a-2.wav is neither FLAC, ")
        .endsWith("; copy or encode it again, b-1 is silent)");
    assertThat(Files.readAllLines(out("missing.csv")))
        .hasSize(3)
        .element(1)
        .asString()
        .startsWith("a-2,train,\"is damaged: a-2.wav is neither FLAC, ")
        .endsWith("; copy or encode it again\"");
    assertThat(out("ids.csv"))
        .content()
        .isEqualTo("sample_id,split,label\na-1,train,a\na-3,train,a\n");
  }

  /** A FLAC is known by its size and the MD5 in its header, which a wrong byte does not change. */
  @Test
  void aRepairedFileIsNoLongerDamagedThoughItIsKnownByTheSame() throws Exception {
    byte[] whole = Files.readAllBytes(FLAC);
    byte[] wrong = whole.clone();
    wrong[whole.length / 2] ^= 0x10;
    Path file = Files.write(folder.resolve("a-2.flac"), wrong);
    corpus(speech("a-1", 1), speech("a-3", 3), "a-2,train,a,a-2.flac,1,TEXT");

    Map<String, String> identity = source().identify(StageMonitor.silent());
    Map<String, String> damaged = source().encode(StageMonitor.silent());
    assertThat(damaged)
        .containsAllEntriesOf(identity)
        .containsOnlyKeys("utterances", "encoder", "damaged");
    assertThat(source().encode(StageMonitor.silent())).isEqualTo(damaged);
    assertThat(stage(StageMonitor.silent()).embeddings()).isEqualTo(2);

    Files.write(file, whole);
    assertThat(source().encode(StageMonitor.silent())).isEqualTo(identity);
    assertThat(stage(StageMonitor.silent()).embeddings()).isEqualTo(3);
  }

  @Test
  void ofCopiesThatAreKnownByTheSameAWholeOneCounts() throws Exception {
    byte[] wrong = Files.readAllBytes(FLAC);
    wrong[wrong.length / 2] ^= 0x10;
    Files.write(folder.resolve("a-2.flac"), wrong);
    Files.copy(FLAC, folder.resolve("a-3.flac"));
    corpus(speech("a-1", 1), "a-2,train,a,a-2.flac,1,TEXT", "a-3,train,a,a-3.flac,1,TEXT");

    assertThat(stage(StageMonitor.silent()).embeddings()).isEqualTo(3);
    assertThat(row(1)).isEqualTo(row(2));
  }

  @Test
  void aFileThatIsGoneEndsTheAttemptWhichIsTriedAgain() throws Exception {
    corpus(speech("a-1", 1), speech("a-2", 2));
    AudioEmbeddings source = source();
    source.identify(StageMonitor.silent());
    Files.delete(folder.resolve("a-2.wav"));

    assertThatThrownBy(() -> source.encode(StageMonitor.silent()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read a-2.wav: ");
  }

  @Test
  void withoutAnyEmbeddingThereIsNothingToWrite() throws Exception {
    corpus(wav("a-1", new short[RATE_HZ]), shortOne("a-2"));

    assertThatThrownBy(() -> stage(StageMonitor.silent()))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith(
            "corpus: none of 2 utterances gave an embedding: a-1 is silent, a-2 lasts 0.01 s, ");
  }

  @Test
  void aCommandTakesAFolderOfAudioWhateverItsDepth() throws Exception {
    Files.createDirectories(folder.resolve("my/deep"));
    speech("my/b", 1);
    speech("my/deep/a", 2);
    Files.writeString(folder.resolve("my/notes.txt"), "not audio");
    Files.writeString(folder.resolve("my/page.mp3"), "<!DOCTYPE html>");
    Path out = Files.createDirectory(folder.resolve("of-files"));

    EmbeddingFacts facts = ofFiles("my", Optional.empty()).copyTo(out, StageMonitor.silent());

    assertThat(facts.embeddings()).isEqualTo(2);
    assertThat(facts.summary()).contains("; 1 has none, 1 damaged: page is damaged: page.mp3 is ");
    assertThat(out.resolve("ids.csv")).content().isEqualTo("sample_id,split,label\nb,,\na,,\n");
    assertThat(out.resolve("recordings.csv"))
        .content()
        .isEqualTo("sample_id,path\nb,b.wav\na,deep/a.wav\npage,page.mp3\n");
    assertThat(out.resolve("missing.csv"))
        .content()
        .startsWith("sample_id,split,reason\npage,,\"is damaged: page.mp3 is ");
    assertThat(encoded).doesNotExist();
    assertThatThrownBy(() -> ofFiles("encoder", Optional.empty()))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining(
            ": has no .flac, .wav, .mp3, .ogg or .opus file in its tree, it has: ");
  }

  @Test
  void whereTwoFilesHaveOneNameTheirFoldersTellThemApart() throws Exception {
    Files.createDirectories(folder.resolve("my/anna"));
    Files.createDirectories(folder.resolve("my/ben"));
    speech("my/anna/001", 1);
    speech("my/ben/001", 2);
    Path out = Files.createDirectory(folder.resolve("of-files"));

    ofFiles("my", Optional.empty()).copyTo(out, StageMonitor.silent());

    assertThat(out.resolve("ids.csv"))
        .content()
        .isEqualTo("sample_id,split,label\nanna-001,,\nben-001,,\n");
  }

  @Test
  void whatACommandHasEncodedARunDoesNotEncodeAgain() throws Exception {
    Files.createDirectories(folder.resolve("my"));
    speech("my/a-1", 1);
    Path out = Files.createDirectory(folder.resolve("of-files"));
    ofFiles("my", Optional.of(encoded)).copyTo(out, StageMonitor.silent());
    corpus(speech("a-1", 1), speech("a-2", 2));

    Heard heard = new Heard();
    stage(heard);

    assertThat(heard.encoded).hasSize(1);
    assertThat(row(0)).isNotEqualTo(row(1));
    assertThat(out("x.npy").resolveSibling("recordings.csv")).doesNotExist();
  }

  @Test
  void aMatrixOfRecordingsTellsTheirPathsAndIsReplacedAsAWhole() throws Exception {
    Files.createDirectories(folder.resolve("my/deep"));
    speech("my/deep/a", 1);
    wav("my/silent", new short[RATE_HZ]);
    Path out = folder.resolve("matrix");
    EmbeddingConversion conversion =
        new EmbeddingConversion(
            EmbeddingsSpec.ofAudio(
                Optional.of(folder.resolve("my").toString()), encoder.toString()),
            new EmbeddingsSpec(Source.MATRIX, Optional.of(out.toString()), Optional.empty()),
            Optional.empty(),
            true,
            AllowedHosts.LOOPBACK,
            Optional.of(encoded));

    assertThat(conversion.run(StageMonitor.silent()).lost()).isEmpty();
    Heard again = new Heard();
    conversion.run(again);

    assertThat(again.encoded).isEmpty();
    assertThat(out.toFile().list())
        .containsExactlyInAnyOrder("x.npy", "ids.csv", "missing.csv", "recordings.csv");
    assertThat(out.resolve("recordings.csv")).content().contains("\na,deep/a.wav\n");
    assertThat(out.resolve("missing.csv")).content().contains("\nsilent,,is silent\n");
  }

  private AudioEmbeddings ofFiles(String path, Optional<Path> encodedFolder) throws IOException {
    return AudioEmbeddings.ofFiles(
        folder.resolve(path).toString(), encoder, SourceFiles.ANY, encodedFolder);
  }

  private EmbeddingFacts stage(StageMonitor monitor) throws IOException {
    Durable.deleteFolder(out(""));
    Files.createDirectory(out(""));
    return source().copyTo(out(""), monitor);
  }

  private AudioEmbeddings source() throws IOException {
    return AudioEmbeddings.ofCorpus(
        folder.resolve("utterances.csv"), encoder, folder::resolve, encoded);
  }

  private Path out(String file) {
    return folder.resolve("out").resolve(file);
  }

  private float[] row(int row) throws IOException {
    float[] values = new float[TinyEncoder.DIMENSION];
    EmbeddingMatrix.open(out("x.npy")).read(row, values, 0);
    return values;
  }

  private List<Path> shards() throws IOException {
    try (Stream<Path> shards = Files.list(encoded.resolve(UtteranceEncoder.identity(encoder)))) {
      return shards.toList();
    }
  }

  private void corpus(String... rows) throws IOException {
    Files.writeString(
        folder.resolve("utterances.csv"),
        "sample_id,split,speaker_id,path,seconds,text\n" + String.join("\n", rows) + "\n");
  }

  /** A second that is loud, and its row. */
  private String speech(String name, long seed) throws IOException {
    Random random = new Random(seed);
    short[] samples = new short[RATE_HZ];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (8000 * random.nextGaussian() * Math.sin(i / 1500.0));
    }
    return wav(name, samples);
  }

  private String shortOne(String name) throws IOException {
    short[] samples = new short[RATE_HZ / 100];
    java.util.Arrays.fill(samples, (short) 1000);
    return wav(name, samples);
  }

  private String wav(String name, short[] samples) throws IOException {
    ByteBuffer wav =
        ByteBuffer.allocate(44 + Short.BYTES * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    wav.putInt(36 + Short.BYTES * samples.length);
    wav.put("WAVEfmt ".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    wav.putInt(16).putShort((short) 1).putShort((short) 1); // PCM, mono
    wav.putInt(RATE_HZ).putInt(Short.BYTES * RATE_HZ).putShort((short) 2).putShort((short) 16);
    wav.put("data".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    wav.putInt(Short.BYTES * samples.length);
    for (short sample : samples) {
      wav.putShort(sample);
    }
    Files.write(folder.resolve(name + ".wav"), wav.array());
    return String.format("%s,train,%s,%s.wav,1,TEXT", name, name.substring(0, 1), name);
  }
}
