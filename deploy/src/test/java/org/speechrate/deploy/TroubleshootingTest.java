package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.PredictSpecReader;
import org.speechrate.pipeline.ProbeSpecReader;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.store.Workspace;

/** Every line of the troubleshooting page is the one that its user gets. */
class TroubleshootingTest {
  private static final Map<String, Attempt> ATTEMPTS = attempts();

  @TempDir static Path folder;

  private static GoodInputs good;
  private static Map<String, String> page;

  /** Does something wrong. */
  interface Attempt {
    /**
     * @return the line that its user gets
     */
    String line(GoodInputs in) throws Exception;
  }

  @BeforeAll
  static void makeInputs() throws IOException {
    good = GoodInputs.make(Files.createDirectory(folder.resolve("good")).toRealPath());
    page = TroubleshootingPage.lines();
  }

  private static Map<String, Attempt> attempts() {
    Map<String, Attempt> all = new LinkedHashMap<>();
    BrokenInputs.all().forEach((what, recipe) -> all.put(what, in -> run(in, recipe.breakOne(in))));

    all.putAll(BrokenModels.all());
    all.put(
        "alsoWrite outside the workspace",
        in -> refused(() -> alsoWrite(in, "/python/models/regression_model.pt")));
    all.put(
        "alsoWrite among the versions",
        in -> refused(() -> alsoWrite(in, "models/speech-rate/regression_model.pt")));
    all.put(
        "predictions in another format",
        in -> refused(() -> PredictSpecReader.read("{\"predict\": {\"out\": \"my/cps.txt\"}}")));
    all.put("a probe without layers", in -> refused(() -> ProbeSpecReader.read("{}")));
    all.put(
        "a probe that publishes",
        in ->
            refused(
                () ->
                    ProbeSpecReader.read("{\"probe\": {\"layers\": \"my\"}, \"publishing\": {}}")));

    command(all, "a command misspelt", "trian");
    command(all, "an option that is not there", "train", "--epochs", "20");
    command(all, "--set without a value", "train", "--set", "training.epochs");
    command(all, "--set through a text", "train", "--set", "reuse=x", "--set", "reuse.a=1");
    command(all, "--input that is not there", "train", "--input", "gone.json");
    command(all, "--allow-read of nothing", "train", "--allow-read", "gone");
    command(all, "--allow-host with a scheme", "train", "--allow-host", "http://chroma.example");
    command(all, "a port that no machine has", "up", "--ui-port", "70000");
    command(all, "a workspace that is not there", "runs", "--workspace", "gone");
    command(all, "a run that is not there", "status", "train-7");
    command(all, "no server", "stop", "train-7");
    command(all, "a schedule without a time", "schedule", "create", "nightly");
    command(all, "a cron line too short", "schedule", "create", "nightly", "--cron", "0 4");
    command(
        all,
        "a time zone that is not there",
        "schedule",
        "create",
        "nightly",
        "--cron",
        "0 4 * * *",
        "--time-zone",
        "Vienna");
    command(all, "a time without its unit", "last-night", "--since", "12");
    command(all, "a notify address without http", "up", "--notify-url", "hooks.example/x");
    command(
        all,
        "a notify address of another machine",
        "up",
        "--notify-url",
        "https://hooks.example/secret");
    command(all, "--allow-write of nothing", "up", "--allow-write", "gone");
    all.put("a backup over another", in -> command(in, "backup", in.file("my/ids.csv").toString()));
    all.put("a backup that is not there", in -> command(in, "restore", "/home/me/gone.zip"));
    all.put(
        "a backup that is none", in -> command(in, "restore", in.file("my/embs.npz").toString()));
    all.put(
        "a port that is taken",
        in -> {
          try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return command(in, "up", "--ui-port", String.valueOf(taken.getLocalPort()));
          }
        });
    all.put("a target that is there", in -> convert(in, "my/x.npy", "my/embs.npz", "npz"));
    all.put("no folder for the target", in -> convert(in, "my/x.npy", "gone/embs.npz", "npz"));
    all.put("a kind that needs splits", in -> convert(in, "my/vectors", "my/new", "numpy-dict"));
    all.put(
        "a name that can be no file's",
        in -> {
          in.replace(GoodInputs.IDS, "84-1-0001", "84/1/0001");
          return convert(in, "my/x.npy", "my/new", "npy-directory");
        });
    all.put(
        "a worker of another workspace",
        in -> refused(() -> Workspace.open(in.root(), List.of()).requireOwn(in.root() + "2")));
    all.put(
        "a stage's output that was edited",
        in -> {
          String input = GoodInputs.withMatrix("");
          run(in, input);
          try (Stream<Path> outputs = Files.walk(in.file("data/stages/labels"))) {
            Path labels =
                outputs.filter(each -> each.endsWith("dev_cps.csv")).findFirst().orElseThrow();
            Files.writeString(labels, "sample_id,cps\n");
          }
          return run(in, input);
        });
    all.put("no model in the folder", in -> load(in, "my"));
    all.put(
        "a model that is cut off",
        in -> {
          in.bytes("my/model.safetensors", new byte[] {64, 0, 0, 0, 0, 0, 0, 0, '{'});
          return load(in, "my");
        });
    return all;
  }

  private static void command(Map<String, Attempt> all, String what, String... words) {
    all.put(what, in -> command(in, words));
  }

  private static String command(GoodInputs in, String... words) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] command = words;
    if (!List.of(words).contains("--workspace")) {
      command = Arrays.copyOf(words, words.length + 2);
      command[words.length] = "--workspace";
      command[words.length + 1] = in.root().toString();
    }
    assertThat(SpeechrateCommand.run(terminal.terminal(), command)).isNotEqualTo(Exit.DONE);
    return terminal.err().lines().reduce((first, last) -> last).orElseThrow();
  }

  private static String convert(GoodInputs in, String from, String to, String kind) {
    TerminalCapture terminal = new TerminalCapture(false);
    String[] words = {
      "embeddings",
      "convert",
      in.file(from).toString(),
      in.file(to).toString(),
      "--to",
      kind,
      "--ids",
      in.file(GoodInputs.IDS).toString()
    };
    int length = from.equals(GoodInputs.X) ? words.length : words.length - 2;
    SpeechrateCommand.run(terminal.terminal(), Arrays.copyOf(words, length));
    return terminal.err().strip();
  }

  private static void alsoWrite(GoodInputs in, String path) throws IOException {
    Workspace.open(in.root(), List.of()).writable("publishing.alsoWrite", path);
  }

  private static String load(GoodInputs in, String path) {
    return refused(() -> SpeechRateModel.load(in.file(path)));
  }

  private static String run(GoodInputs in, String input) {
    return refused(
        () -> PlainStages.run(Workspace.open(in.root(), List.of()), RunSpecReader.read(input)));
  }

  private interface Body {
    void run() throws IOException;
  }

  /** Of what is tried again, the reason that the run's page has beside the number of the try. */
  private static String refused(Body body) {
    try {
      body.run();
      return "nothing was wrong";
    } catch (Refusal refusal) {
      return refusal.getMessage();
    } catch (UncheckedIOException | IOException e) {
      return Words.of(e instanceof UncheckedIOException ? e.getCause() : e);
    }
  }

  static Set<String> tried() {
    return ATTEMPTS.keySet();
  }

  @Test
  void thePageHasTheInputsThatAreTriedHere() {
    Set<String> tried = new TreeSet<>(ATTEMPTS.keySet());
    tried.addAll(BrokenInputs.ofTraining().keySet());
    assertThat(new TreeSet<>(page.keySet())).isEqualTo(tried);
  }

  @ParameterizedTest
  @MethodSource("tried")
  void theLineIsThePages(String what) throws Exception {
    Path root = Files.createTempDirectory(folder, "workspace").toRealPath();
    try (GoodInputs in = good.copyTo(root)) {
      String line = TroubleshootingPage.asShown(ATTEMPTS.get(what).line(in), root);
      assertThat(line).isEqualTo(page.get(what));
    }
  }

  /** Or nothing would be shown by refusing them once they are broken. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "my/embeddings_npy",
        "my/embs.npz",
        "my/vectors",
        "my/kaldi/embeddings.ark",
        "my/kaldi/embeddings.scp"
      })
  void unbrokenTheyAreTaken(String path) throws Exception {
    try (GoodInputs in = good.copyTo(Files.createTempDirectory(folder, "workspace").toRealPath())) {
      String embeddings = "\"path\": \"" + path + "\"";
      assertThat(run(in, GoodInputs.embeddings(embeddings))).isEqualTo("nothing was wrong");
      for (String corpus :
          List.of("\"root\": \"my/LibriSpeech\"", "\"manifest\": \"my/manifest.csv\"")) {
        assertThat(run(in, GoodInputs.corpus(corpus))).isEqualTo("nothing was wrong");
      }
      assertThat(run(in, GoodInputs.withMatrix(""))).isEqualTo("nothing was wrong");
    }
  }
}
