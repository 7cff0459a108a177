package org.speechrate.deploy;

import static org.speechrate.deploy.GoodInputs.AUDIO;
import static org.speechrate.deploy.GoodInputs.CHAPTER;
import static org.speechrate.deploy.GoodInputs.CORPUS;
import static org.speechrate.deploy.GoodInputs.DEV_LABELS;
import static org.speechrate.deploy.GoodInputs.ENCODER;
import static org.speechrate.deploy.GoodInputs.MANIFEST;
import static org.speechrate.deploy.GoodInputs.TRAIN_LABELS;
import static org.speechrate.deploy.GoodInputs.TRANSCRIPT;
import static org.speechrate.deploy.GoodInputs.corpus;
import static org.speechrate.deploy.GoodInputs.embeddings;
import static org.speechrate.deploy.GoodInputs.encoded;
import static org.speechrate.deploy.GoodInputs.withMatrix;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** The broken inputs of the troubleshooting page, by the words that it has for each. */
final class BrokenInputs {
  private static final String BY_FOLDERS = corpus("\"root\": \"my/LibriSpeech\"");
  private static final String BY_MANIFEST = corpus("\"manifest\": \"my/manifest.csv\"");
  private static final String BY_LABELS = withMatrix("");
  private static final String BY_ENCODER = encoded("\"encoder\": \"my/encoder\"");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TOO_LARGE = "99999999999999999999";

  private final Map<String, Recipe> recipes = new LinkedHashMap<>();

  /** Breaks one of the good inputs. */
  interface Recipe {
    /**
     * @return the input of a run that reads it
     */
    String breakOne(GoodInputs in) throws Exception;
  }

  private BrokenInputs() {
    input();
    paths();
    corpora();
    audio();
    manifest();
    labels();
    join();
    encoders();
    recipes.putAll(BrokenEmbeddings.all());
  }

  static Map<String, Recipe> all() {
    return Collections.unmodifiableMap(new BrokenInputs().recipes);
  }

  private void input(String what, String json) {
    recipes.put(what, in -> json);
  }

  private void training(String what, String fields) {
    input(what, "{\"training\": {" + fields + "}}");
  }

  private void input() {
    input("plain text", "epochs: 20");
    input("a comma too many", "{\"training\": {\"epochs\": 20,}}");
    input("a list", "[1]");
    input("a field twice", "{\"reuse\": true, \"reuse\": false}");
    input("a section misspelt", "{\"trainings\": {}}");
    training("a field misspelt", "\"epoch\": 3");
    input("a section that is no object", "{\"training\": 5}");
    training("a number in quotes", "\"epochs\": \"20\"");
    training("a fraction where a whole number belongs", "\"epochs\": 20.9");
    training("null", "\"epochs\": null");
    training("a number out of range", "\"epochs\": 0");
    training("a number too large for anything", "\"seed\": " + TOO_LARGE);
    training("a rate out of range", "\"learningRate\": 0");
    training("a width alone", "\"hidden\": 128");
    training("a width of 0 in the list", "\"hidden\": [128, 0]");
    training("an unknown word", "\"recipe\": \"fast\"");
    input("true in quotes", "{\"reuse\": \"true\"}");
    input("an empty text", embeddings("\"path\": \"\""));
    input(
        "a name that can be no folder of models",
        "{\"publishing\": {\"model\": \"../elsewhere\"}}");
    input("a margin for another gate", "{\"publishing\": {\"margin\": 0.05}}");
    input("a deadline that nobody waits for", "{\"publishing\": {\"approvalDeadlineHours\": 24}}");
    input("alsoWrite that is no .pt", "{\"publishing\": {\"alsoWrite\": \"models/best.bin\"}}");
    input(
        "alsoWrite of a network that the Python system has not",
        "{\"training\": {\"hidden\": [64, 8]}, \"publishing\": {\"alsoWrite\": \"best.pt\"}}");
    input("no labels and no corpus", "{\"embeddings\": {\"path\": \"my/embeddings_npy\"}}");
    input("no embeddings", "{\"labels\": {\"directory\": \"my/labels\"}}");
    input(
        "a split without its folder",
        corpus("\"root\": \"my/LibriSpeech\", \"splits\": {\"train\": \"a\", \"dev\": \"b\"}"));
    input(
        "one folder for two splits",
        corpus(
            "\"root\": \"my\", \"splits\": {\"train\": \"a\", \"dev\": \"b\", \"test\": \"a\"}"));
    input(
        "a path for a split",
        corpus(
            "\"root\": \"my\", \"splits\": {\"train\": \"a/b\", \"dev\": \"c\", \"test\": \"d\"}"));
    input(
        "splits beside a manifest",
        corpus("\"manifest\": \"my/manifest.csv\", \"splits\": {\"train\": \"a\"}"));
    input("a matrix without ids", embeddings("\"source\": \"matrix\", \"path\": \"my/x.npy\""));
    input(
        "ids beside a kind that has its own",
        embeddings("\"source\": \"npz\", \"path\": \"my/embs.npz\", \"ids\": \"my/ids.csv\""));
    input(
        "a URL beside a kind of file",
        embeddings(
            "\"source\": \"npz\", \"path\": \"my/embs.npz\", \"url\": \"http://127.0.0.1:8000\""));
    input(
        "a path beside chroma",
        embeddings(
            "\"source\": \"chroma\", \"url\": \"http://127.0.0.1:8000\", \"path\": \"my/x.npy\""));
    input("chroma without its URL", embeddings("\"source\": \"chroma\""));
    input("a password in the URL", embeddings("\"url\": \"http://me:secret@127.0.0.1:8000\""));
    input(
        "a collection's name that ChromaDB does not take",
        embeddings("\"url\": \"http://127.0.0.1:8000\", \"collection\": \"my embeddings\""));
    input(
        "the token instead of its variable",
        embeddings("\"url\": \"http://127.0.0.1:8000\", \"tokenFrom\": \"ck-4f5e6\""));
  }

  private void paths() {
    input(
        "a path that is not there",
        "{\"labels\": {\"directory\": \"my/label\"}, \"embeddings\": {\"path\": \"my/x.npy\"}}");
    input(
        "a path outside the workspace",
        "{\"labels\": {\"directory\": \"/etc\"}, \"embeddings\": {\"path\": \"my/x.npy\"}}");
    recipes.put(
        "a link that leads outside",
        in -> {
          in.delete("my/labels");
          Files.createSymbolicLink(in.file("my/labels"), Path.of("/etc"));
          return BY_LABELS;
        });
  }

  private void corpora() {
    input("a file instead of the folder", corpus("\"root\": \"my/x.npy\""));
    recipes.put(
        "a subset that is not there",
        in -> {
          in.delete(CORPUS + "/dev-clean");
          return BY_FOLDERS;
        });
    recipes.put(
        "a subset without audio",
        in -> {
          in.delete(CORPUS + "/dev-clean/174");
          return BY_FOLDERS;
        });
    recipes.put(
        "no transcript",
        in -> {
          in.delete(TRANSCRIPT);
          return BY_FOLDERS;
        });
    recipes.put(
        "a line of a transcript without text",
        in -> {
          in.append(TRANSCRIPT, "84-1-0004\n");
          return BY_FOLDERS;
        });
    recipes.put(
        "audio without a line in its transcript",
        in -> {
          in.text(TRANSCRIPT, "84-1-0000 GO ON\n84-1-0001 GO ON\n84-1-0002 GO ON\n");
          return BY_FOLDERS;
        });
    recipes.put(
        "a line of a transcript without audio",
        in -> {
          in.delete(AUDIO);
          return BY_FOLDERS;
        });
    recipes.put(
        "a line of a transcript twice",
        in -> {
          in.append(TRANSCRIPT, "84-1-0000 GO ON\n");
          return BY_FOLDERS;
        });
    recipes.put(
        "a transcript in Latin-1",
        in -> {
          in.bytes(TRANSCRIPT, "84-1-0000 CAF\u00c9\n".getBytes(StandardCharsets.ISO_8859_1));
          return BY_FOLDERS;
        });
    recipes.put(
        "one utterance in two subsets",
        in -> {
          Sample.copy(in.file(CORPUS + "/train-clean-100/84"), in.file(CORPUS + "/dev-clean/84"));
          return BY_FOLDERS;
        });
    recipes.put(
        "a text without letters",
        in -> {
          in.replace(
              TRANSCRIPT, "84-1-0000 GO ON NOW AND TAKE THE LONG ROAD HOME", "84-1-0000 ...");
          return BY_FOLDERS;
        });
    recipes.put(
        "the text of another recording",
        in -> {
          in.replace(TRANSCRIPT, "84-1-0000 ", "84-1-0000 " + "AND SO ON ".repeat(50));
          return BY_FOLDERS;
        });
  }

  private void audio(String what, BrokenFile file) {
    recipes.put(
        what,
        in -> {
          in.bytes(AUDIO, file.content(in));
          return BY_FOLDERS;
        });
  }

  private interface BrokenFile {
    byte[] content(GoodInputs in) throws Exception;
  }

  private void audio() {
    audio("an empty file", in -> new byte[0]);
    audio("a web page instead of audio", in -> "<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8));
    audio("FLAC cut off", in -> Arrays.copyOf(Files.readAllBytes(in.file(AUDIO)), 60));
    audio(
        "FLAC cut off within its header",
        in -> Arrays.copyOf(Files.readAllBytes(in.file(AUDIO)), 20));
    audio("WAV cut off", in -> Arrays.copyOf(GoodInputs.golden("pcm_16.wav"), 300));
    audio("WAV that is AVI", in -> "RIFF\4\0\0\0AVI LIST".getBytes(StandardCharsets.US_ASCII));
    audio("MP3 cut off", in -> Arrays.copyOf(GoodInputs.golden("lame.mp3"), 500));
    audio("Ogg cut off", in -> Arrays.copyOf(GoodInputs.golden("vorbis.ogg"), 3500));
    audio(
        "Ogg damaged",
        in -> {
          byte[] content = GoodInputs.golden("vorbis.ogg");
          content[content.length - 1] ^= 1;
          return content;
        });
    audio(
        "Ogg of another codec",
        in ->
            new String(GoodInputs.golden("vorbis.ogg"), StandardCharsets.ISO_8859_1)
                .replace("vorbis", "speex ")
                .getBytes(StandardCharsets.ISO_8859_1));
    recipes.put(
        "nothing but damaged audio in a split, with drop",
        in -> {
          in.bytes(CORPUS + "/dev-clean/174/1/174-1-0000.flac", new byte[0]);
          in.cut(CORPUS + "/dev-clean/174/1/174-1-0001.flac", 20);
          return BY_FOLDERS.replaceFirst("}$", ", \"dataset\": {\"onMissing\": \"drop\"}}");
        });
  }

  private void manifest(String what, String content) {
    recipes.put(
        what,
        in -> {
          in.text(MANIFEST, content);
          return BY_MANIFEST;
        });
  }

  private void row(String what, String row) {
    recipes.put(
        what,
        in -> {
          in.append(MANIFEST, row + "\n");
          return BY_MANIFEST;
        });
  }

  private void manifest() {
    manifest("no column path", "file,text\na.flac,GO ON\n");
    recipes.put(
        "no row of a split",
        in -> {
          in.replace(MANIFEST, ",dev\n", ",train\n");
          return BY_MANIFEST;
        });
    row("a row without path", ",GO ON,84,train");
    row("a row without text", "a.flac,,84,train");
    row("an unknown split", "a.flac,GO ON,84,eval");
    row("an audio file that is not there", "a.flac,GO ON,84,train");
    row("a folder instead of an audio file", "LibriSpeech,GO ON,84,train");
    row("a file outside the workspace", "/etc/passwd,GO ON,84,train");
    row("one sample_id for two files", "more/84-1-0000.wav,GO ON,84,train");
    recipes.put(
        "audio of a manifest that is cut off",
        in -> {
          in.cut(AUDIO, 60);
          return BY_MANIFEST;
        });
    recipes.put(
        "a folder instead of the manifest", in -> corpus("\"manifest\": \"my/LibriSpeech\""));
  }

  private void labels(String what, String content) {
    recipes.put(
        what,
        in -> {
          in.text(DEV_LABELS, content);
          return BY_LABELS;
        });
  }

  private void labels() {
    input(
        "a file instead of the labels' folder",
        "{\"labels\": {\"directory\": \"my/ids.csv\"}, \"embeddings\": {\"path\": \"my/x.npy\"}}");
    recipes.put(
        "no file of a split",
        in -> {
          in.delete(DEV_LABELS);
          return BY_LABELS;
        });
    labels("an empty table", "");
    labels("a header alone", "sample_id,cps\n");
    labels("no column cps", "sample_id,rate\n174-1-0000,11\n");
    labels("no column that names the utterance", "file,cps\n174-1-0000,11\n");
    labels("semicolons", "sample_id;cps\n174-1-0000;11\n");
    labels("a column twice", "sample_id,cps,cps\n174-1-0000,11,12\n");
    labels("a row with a field too many", "sample_id,cps\n174-1-0000,11,5\n");
    labels("a quote that is not closed", "sample_id,cps\n\"174-1-0000,11\n");
    labels("text behind a quote", "sample_id,cps\n\"174\"-1-0000,11\n");
    labels("a table of 2 MB in one row", "sample_id,cps\n\"" + "x".repeat(2 << 20));
    recipes.put(
        "a table in UTF-16",
        in -> {
          in.bytes(DEV_LABELS, "sample_id,cps\n".getBytes(StandardCharsets.UTF_16));
          return BY_LABELS;
        });
    labels("a row without sample_id", "sample_id,cps\n,11\n");
    labels("no cps", "sample_id,cps\n174-1-0000,\n174-1-0001,nan\n");
    labels("a comma for the decimal point", "sample_id,cps\n174-1-0000,\"11,5\"\n");
    labels("words a minute", "sample_id,cps\n174-1-0000,160\n");
    labels("an utterance twice", "sample_id,cps\n174-1-0000,11\n174-1-0000,12\n");
    labels("an utterance in two splits", "sample_id,cps\n84-1-0000,11\n");
  }

  private void join() {
    labels(
        "labels without embeddings",
        "sample_id,cps\n174-1-0000,11\n174-1-0001,12\n174-1-0002,13\n");
    labels("embeddings without labels", "sample_id,cps\n174-1-0000,11\n");
    recipes.put(
        "nothing left of a split",
        in -> {
          in.text(DEV_LABELS, "sample_id,cps\n174-1-0009,11\n");
          return withMatrix(", \"dataset\": {\"onMissing\": \"drop\"}");
        });
    recipes.put(
        "another split than the embedding's",
        in -> {
          in.replace(TRAIN_LABELS, "84-1-0003,13,84\n", "");
          in.append(DEV_LABELS, "84-1-0003,13,84\n");
          return BY_LABELS;
        });
    recipes.put(
        "a speaker in two splits",
        in -> {
          in.replace(DEV_LABELS, ",174\n", ",84\n");
          return BY_LABELS;
        });
    input(
        "a column for the speaker that is not there",
        withMatrix(", \"dataset\": {\"speakerFrom\": \"voice\"}"));
    recipes.put(
        "a label without speaker",
        in -> {
          in.replace(DEV_LABELS, "174-1-0000,14,174", "174-1-0000,14,");
          return withMatrix(", \"dataset\": {\"speakerFrom\": \"speaker_id\"}");
        });
  }

  private void encoders() {
    input("audio without an encoder", encoded("\"source\": \"audio\""));
    input(
        "an encoder without a corpus",
        "{\"labels\": {\"directory\": \"my/labels\"}, \"embeddings\": {\"encoder\": \"my/encoder\"}}");
    input("a path beside an encoder", encoded("\"encoder\": \"mine\", \"path\": \"my/x.npy\""));
    input("an encoder that is not there", encoded("\"encoder\": \"mine\""));
    recipes.put(
        "an encoder's folder without encoder.json",
        in -> {
          in.delete(ENCODER + "/encoder.json");
          return BY_ENCODER;
        });
    recipes.put(
        "a file that is no ONNX graph",
        in -> {
          Path file = in.file(ENCODER + "/encoder.json");
          in.text(ENCODER + "/" + JSON.readTree(file.toFile()).get("file").asText(), "graph");
          return BY_ENCODER;
        });
    encoder("a graph of another dimension", "dimension", 192);
    encoder("a graph without that input", "input", "mel");
    recipes.put(
        "silence",
        in -> {
          in.bytes(AUDIO, silence());
          anotherVoice(in);
          return BY_ENCODER;
        });
    recipes.put(
        "audio damaged in its middle",
        in -> {
          byte[] content = GoodInputs.speech("9004/1/9004-1-0000");
          Arrays.fill(content, content.length / 3, content.length / 2, (byte) 0);
          in.bytes(AUDIO, content);
          anotherVoice(in);
          return BY_ENCODER;
        });
  }

  private void encoder(String what, String field, Object value) {
    recipes.put(
        what,
        in -> {
          Path file = in.file(ENCODER + "/encoder.json");
          ObjectNode descriptor = (ObjectNode) JSON.readTree(file.toFile());
          descriptor.putPOJO(field, value);
          in.text(ENCODER + "/encoder.json", descriptor.toString());
          return BY_ENCODER;
        });
  }

  /** The good ones are all the same, which is refused too. */
  private static void anotherVoice(GoodInputs in) throws IOException {
    in.bytes(CHAPTER + "/84-1-0001.flac", GoodInputs.speech("9004/1/9004-1-0001"));
  }

  /** Two seconds, 16 kHz, mono. */
  private static byte[] silence() throws IOException {
    AudioFormat format = new AudioFormat(16_000, Short.SIZE, 1, true, false);
    ByteArrayOutputStream wav = new ByteArrayOutputStream();
    AudioSystem.write(
        new AudioInputStream(new ByteArrayInputStream(new byte[64_000]), format, 32_000),
        AudioFileFormat.Type.WAVE,
        wav);
    return wav.toByteArray();
  }

  /** What only a worker finds. */
  static Map<String, Recipe> ofTraining() {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    recipes.put(
        "a GPU that is not there", in -> withMatrix(", \"training\": {\"device\": \"gpu\"}"));
    recipes.put(
        "embeddings far too large",
        in -> {
          float[] values = new float[GoodInputs.ROWS * GoodInputs.DIMENSION];
          for (int i = 0; i < values.length; i++) {
            values[i] = i * 1e36f;
          }
          in.bytes(GoodInputs.X, GoodInputs.npy("<f4", "(8, 4)", values));
          return withMatrix(", \"training\": {\"recipe\": \"reference\"}");
        });
    return recipes;
  }
}
