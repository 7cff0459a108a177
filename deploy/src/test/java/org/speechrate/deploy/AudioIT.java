package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunHandle;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.Stage;

/** From recordings to a model: real dev server, real worker, real graphs. */
@Timeout(300)
class AudioIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int RATE_HZ = 16_000;
  private static TestWorkspace test;

  /** By sample_id, and what a manifest says of it. */
  private static final Map<String, String> ROWS = new TreeMap<>();

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.running();
    command(
        Exit.DONE,
        "encoders",
        "add",
        "tiny",
        GoodInputs.graph().toString(),
        "--family",
        "wespeaker");
    Files.createDirectories(test.root().resolve("my"));
    int seed = 0;
    for (String speaker : List.of("a", "b", "c", "d")) {
      String split = speaker.equals("c") ? "dev" : speaker.equals("d") ? "test" : "train";
      for (int i = 0; i < 3; i++) {
        String id = speaker + i;
        // The first of each speaker is as from a phone: stereo, 44.1 kHz.
        sound(id, noise(2 * 44_100, seed++), i == 0 ? 44_100 : RATE_HZ, i == 0 ? 2 : 1);
        ROWS.put(id, id + ".wav,SOME WORDS " + "X".repeat(i + 1) + "," + speaker + "," + split);
      }
    }
  }

  @AfterAll
  static void stop() throws IOException {
    test.close();
  }

  @Test
  void theSamplesAudioBecomesAModelThatBeatsTheMean() throws Exception {
    RunResult first = test.client().train(JSON.createObjectNode(), "audio").result();

    assertThat(first.stage(Stage.EMBEDDINGS).text())
        .startsWith("264 embeddings of 256 values (audio by ");
    assertThat(first.evaluation().get("test").n()).isEqualTo(44);
    assertThat(first.evaluation().get("test").mse())
        .isLessThan(first.evaluation().get("test").baselineMse());

    RunResult again = test.client().train(JSON.createObjectNode(), "audio").result();
    assertThat(again.stage(Stage.EMBEDDINGS).state().name()).isEqualTo("REUSED");
    assertThat(again.stage(Stage.TRAINING).state().name()).isEqualTo("REUSED");

    // What the stage left is a matrix, and so becomes the file of the Python system.
    String stage = first.stage(Stage.EMBEDDINGS).artifact().orElseThrow().uri();
    Path dict = test.root().resolve("made/numpy_embs.npy");
    Files.createDirectories(dict.getParent());
    assertThat(
            command(
                Exit.DONE,
                "embeddings",
                "convert",
                test.root().resolve(stage).toString(),
                dict.toString(),
                "--to",
                "numpy-dict"))
        .contains("converted 264 embeddings of 256 values");
    assertThat(dict).isNotEmptyFile();
  }

  @Test
  void aKillInTheMiddleCostsOneShardAndNoBit() throws Exception {
    try (TestWorkspace own = TestWorkspace.withSample(List.of())) {
      own.startServer();
      try (ChaosWorker worker = new ChaosWorker(own.root(), own.server().address())) {
        Files.createDirectories(own.root().resolve("data/logs"));
        worker.start();
        RunHandle run = own.client().train(JSON.createObjectNode(), "killed");
        await().atMost(Duration.ofMinutes(2)).until(() -> !shards(own.root()).isEmpty());
        worker.kill();
        Map<Path, FileTime> kept = shards(own.root());

        worker.start();
        RunResult result = run.result(Duration.ofMinutes(3));

        assertThat(shards(own.root())).containsAllEntriesOf(kept).hasSizeGreaterThan(kept.size());
        assertThat(result.stage(Stage.EMBEDDINGS).artifact().orElseThrow().sha256())
            .isEqualTo(
                test.client()
                    .train(JSON.createObjectNode(), "undisturbed")
                    .result()
                    .stage(Stage.EMBEDDINGS)
                    .artifact()
                    .orElseThrow()
                    .sha256());
      }
    }
  }

  @Test
  void silenceAndTooShortCountAsMissingAndANewSpeakerIsEncodedAlone() throws Exception {
    Map<String, String> rows = withoutB();
    sound("silence", new short[2 * RATE_HZ], RATE_HZ, 1);
    sound("tenth", noise(RATE_HZ / 10, 99), RATE_HZ, 1);
    rows.put("silence", "silence.wav,NOTHING,a,train");
    rows.put("tenth", "tenth.wav,NO,a,train");
    manifest("some.csv", rows);

    assertThat(train(Exit.RUN_FAILED, "some.csv", "tiny", "fail").at("/error/message").asText())
        .matches(
            "2 of 11 labels have no embedding: silence \\(is silent\\), tenth \\(lasts 0\\.10 s, [^)]+\\);"
                + " dataset.onMissing: drop leaves them out");
    JsonNode dropped = train(Exit.DONE, "some.csv", "tiny", "drop");
    assertThat(dropped.at("/evaluation/train/n").asInt()).isEqualTo(3);
    assertThat(dropped.at("/stages/2/text").asText())
        .startsWith("9 embeddings of 256 values (audio by ")
        .contains("; 2 have none: ");
    Path encoded = test.root().resolve("data/encoded/" + identity("tiny"));
    List<Path> before = folders(encoded);

    rows.putAll(ROWS);
    manifest("more.csv", rows);
    assertThat(train(Exit.DONE, "more.csv", "tiny", "drop").at("/evaluation/train/n").asInt())
        .isEqualTo(6);

    List<Path> after = new ArrayList<>(folders(encoded));
    after.removeAll(before);
    assertThat(after).hasSize(1);
    assertThat(Files.readAllLines(after.get(0).resolve("audio.csv"))).hasSize(1 + 3);
  }

  /** A wrong byte in its middle, which its header does not tell. */
  @Test
  void aDamagedFileCountsAsMissingUntilItIsRepaired() throws Exception {
    byte[] whole = GoodInputs.speech("9004/1/9004-1-0000");
    byte[] wrong = whole.clone();
    wrong[whole.length / 2] ^= 0x10;
    Path file = Files.write(test.root().resolve("my/damaged.flac"), wrong);
    Map<String, String> rows = withoutB();
    rows.put("damaged", "damaged.flac,GO ON NOW,a,train");
    manifest("damaged.csv", rows);
    String damage =
        "my/damaged.flac is damaged at \\S+ s \\(FFmpeg: .+\\); copy or encode it again";

    assertThat(train(Exit.RUN_FAILED, "damaged.csv", "tiny", "fail").at("/error/message").asText())
        .matches(
            "1 of 10 labels have no embedding: damaged \\(is damaged: "
                + damage
                + "\\); dataset.onMissing: drop leaves them out");
    JsonNode dropped = train(Exit.DONE, "damaged.csv", "tiny", "drop");
    assertThat(dropped.at("/stages/2/state").asText()).isEqualTo("reused");
    assertThat(dropped.at("/stages/2/text").asText())
        .startsWith("9 embeddings of 256 values (audio by ")
        .containsPattern("; 1 has none, 1 damaged: damaged is damaged: " + damage);
    assertThat(output(dropped, 2, "missing.csv"))
        .hasSize(2)
        .last()
        .asString()
        .matches("damaged,train,is damaged: " + damage);
    assertThat(output(dropped, 3, "dropped.csv"))
        .containsExactly("sample_id,split,missing", "damaged,train,embedding");

    Files.write(file, whole);
    JsonNode repaired = train(Exit.DONE, "damaged.csv", "tiny", "fail");
    assertThat(repaired.at("/stages/0/state").asText()).as("known by the same").isEqualTo("reused");
    assertThat(repaired.at("/stages/2/text").asText())
        .startsWith("10 embeddings of 256 values (audio by ")
        .doesNotContain("none");
  }

  /** Which its header tells, so that no stage but the first sees it. */
  @Test
  void aFileCutOffIsLeftOutUntilItIsRepaired() throws Exception {
    byte[] whole = GoodInputs.speech("9004/1/9004-1-0000");
    Path file = test.root().resolve("my/cut.flac");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    Map<String, String> rows = withoutB();
    rows.put("cut", "cut.flac,GO ON NOW,a,train");
    manifest("cut.csv", rows);
    String damage = "is cut off: .+";

    assertThat(train(Exit.RUN_FAILED, "cut.csv", "tiny", "fail").at("/error/message").asText())
        .matches(
            "corpus.manifest \"my/cut.csv\": my/cut.flac "
                + damage
                + "; copy or encode it again; dataset.onMissing: drop leaves them out");
    JsonNode dropped = train(Exit.DONE, "cut.csv", "tiny", "drop");
    assertThat(dropped.at("/stages/0/text").asText())
        .matches("9 utterances of 3 speakers, .+; 1 damaged file left out: my/cut.flac " + damage);
    assertThat(output(dropped, 0, "damaged.csv"))
        .hasSize(2)
        .last()
        .asString()
        .matches("cut,train,a,my/cut.flac,GO ON NOW,\"?" + damage);
    assertThat(dropped.at("/evaluation/train/n").asInt()).isEqualTo(3);
    JsonNode again = train(Exit.DONE, "cut.csv", "tiny", "drop");
    assertThat(again.at("/stages/0/state").asText()).isEqualTo("reused");
    assertThat(again.at("/stages/0/text")).isEqualTo(dropped.at("/stages/0/text"));

    Files.write(file, whole);
    JsonNode repaired = train(Exit.DONE, "cut.csv", "tiny", "drop");
    assertThat(repaired.at("/stages/0/text").asText()).startsWith("10 utterances of 3 speakers, ");
    assertThat(repaired.at("/evaluation/train/n").asInt()).isEqualTo(4);
  }

  /** The manifest's rows, but for a speaker whom a test encodes later. */
  private static Map<String, String> withoutB() {
    Map<String, String> rows = new TreeMap<>(ROWS);
    rows.keySet().removeIf(id -> id.startsWith("b"));
    return rows;
  }

  private static List<String> output(JsonNode result, int stage, String file) throws IOException {
    return Files.readAllLines(
        test.root()
            .resolve(result.at("/stages/" + stage + "/artifact/uri").asText())
            .resolve(file));
  }

  @Test
  void whatAnEncoderOrAFileLacksIsSaidInOneLine() throws Exception {
    manifest("good.csv", ROWS);
    Path tiny = test.root().resolve("models/encoders/tiny");
    Map<String, JsonNode> wrong =
        Map.of(
            "dimension", JSON.getNodeFactory().numberNode(192),
            "input", JSON.getNodeFactory().textNode("mel"),
            "output", JSON.getNodeFactory().textNode("vectors"));
    for (Map.Entry<String, JsonNode> each : wrong.entrySet()) {
      Path other = test.root().resolve("models/encoders/other");
      Files.createDirectories(other);
      for (Path file : files(tiny)) {
        Files.copy(
            file,
            other.resolve(file.getFileName()),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
      Path file = other.resolve("encoder.json");
      ObjectNode descriptor = (ObjectNode) JSON.readTree(file.toFile());
      String right = descriptor.get(each.getKey()).asText();
      descriptor.set(each.getKey(), each.getValue());
      Files.writeString(file, descriptor.toString());

      assertThat(train(Exit.RUN_FAILED, "good.csv", "other", "drop").at("/error/message").asText())
          .contains(right, each.getValue().asText())
          .hasLineCount(1);
      assertThat(command(Exit.WRONG_INPUT, "encoders", "check", "other")).contains(right);
    }
  }

  @Test
  void commandsListCheckAndConvert() throws Exception {
    assertThat(command(Exit.DONE, "encoders", "list")).containsPattern("(?m)^tiny +.* 256 ");
    assertThat(command(Exit.DONE, "encoders", "check", "tiny"))
        .containsPattern("(?m)^graph +.*feats.*embs")
        .containsPattern("(?m)^dimension +256$")
        .containsPattern("(?m)^identity +[0-9a-f]{64}$")
        .containsPattern("(?m)^encoded +.* s: length \\d");
    assertThat(command(Exit.WRONG_INPUT, "encoders", "check", "none"))
        .contains("encoder \"none\": there is no folder ");

    Path made = test.root().resolve("converted.npz");
    assertThat(
            command(
                Exit.DONE,
                "embeddings",
                "convert",
                test.root().resolve("my/a1.wav").toString(),
                made.toString(),
                "--to",
                "npz",
                "--encoder",
                "tiny"))
        .contains("converted 1 embedding of 256 values (audio by ");
    assertThat(made).isNotEmptyFile();
    assertThat(
            command(
                Exit.WRONG_INPUT, "embeddings", "convert", "x", made.toString(), "--to", "audio"))
        .contains("--to must name a kind: ");
    assertThat(command(Exit.DONE, "models", "list")).doesNotContain("encoders");
  }

  private static String identity(String encoder) throws Exception {
    return command(Exit.DONE, "encoders", "check", encoder)
        .lines()
        .filter(line -> line.startsWith("identity"))
        .map(line -> line.replaceAll("\\S+ +", ""))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode train(int exit, String manifest, String encoder, String onMissing)
      throws Exception {
    TerminalCapture terminal = new TerminalCapture(false);
    int ended =
        SpeechrateCommand.run(
            terminal.terminal(),
            "train",
            "--wait",
            "--json",
            "--set",
            "corpus.manifest=my/" + manifest,
            "--set",
            "embeddings.encoder=" + encoder,
            "--set",
            "dataset.onMissing=" + onMissing,
            "--set",
            "training.epochs=2",
            "--set",
            "evaluation.bootstrap=0",
            "--set",
            "publishing.gate=always",
            "--workspace",
            test.root().toString());
    assertThat(ended).as(terminal.out() + terminal.err()).isEqualTo(exit);
    return JSON.readTree(terminal.out());
  }

  /** What it says on both streams. */
  private static String command(int exit, String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--workspace";
    all[words.length + 1] = test.root().toString();
    assertThat(SpeechrateCommand.run(terminal.terminal(), all))
        .as(Arrays.toString(words) + terminal.err())
        .isEqualTo(exit);
    return terminal.out() + terminal.err();
  }

  /** Of all encoders, whole ones alone, and when they were made. */
  private static Map<Path, FileTime> shards(Path root) throws IOException {
    Map<Path, FileTime> shards = new TreeMap<>();
    for (Path encoder : folders(root.resolve("data/encoded"))) {
      for (Path shard : folders(encoder)) {
        shards.put(shard, Files.getLastModifiedTime(shard.resolve("x.npy")));
      }
    }
    return shards;
  }

  private static List<Path> folders(Path folder) throws IOException {
    return list(folder).stream()
        .filter(Files::isDirectory)
        .filter(each -> !each.getFileName().toString().startsWith("."))
        .toList();
  }

  private static List<Path> files(Path folder) throws IOException {
    return list(folder).stream().filter(Files::isRegularFile).toList();
  }

  private static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }

  private static void manifest(String name, Map<String, String> rows) throws IOException {
    Files.writeString(
        test.root().resolve("my").resolve(name),
        "path,text,speaker,split\n" + String.join("\n", rows.values()) + "\n");
  }

  private static short[] noise(int samples, long seed) {
    Random random = new Random(seed);
    short[] noise = new short[samples];
    for (int i = 0; i < samples; i++) {
      noise[i] = (short) (4000 * random.nextGaussian() * Math.sin(i / (1500.0 + 100 * seed)));
    }
    return noise;
  }

  private static void sound(String name, short[] samples, int rateHz, int channels)
      throws IOException {
    byte[] bytes = new byte[Short.BYTES * samples.length];
    for (int i = 0; i < samples.length; i++) {
      bytes[2 * i] = (byte) samples[i];
      bytes[2 * i + 1] = (byte) (samples[i] >> 8);
    }
    AudioFormat format = new AudioFormat(rateHz, Short.SIZE, channels, true, false);
    AudioSystem.write(
        new AudioInputStream(
            new ByteArrayInputStream(bytes), format, samples.length / (long) channels),
        AudioFileFormat.Type.WAVE,
        test.root().resolve("my/" + name + ".wav").toFile());
  }
}
