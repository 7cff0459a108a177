package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpecArgumentsTest {
  private static final InputStream NOTHING = InputStream.nullInputStream();

  @TempDir Path folder;

  @Test
  void makesAnEmptyObjectOfNothing() throws Exception {
    assertThat(SpecArguments.read(null, List.of(), NOTHING)).hasToString("{}");
  }

  @Test
  void nestsDottedKeysAndTakesJsonWhereItParses() throws Exception {
    assertThat(
            sets(
                "training.epochs=20",
                "training.recipe=reference",
                "reuse=false",
                "corpus.splits={\"train\":\"a\",\"dev\":\"b\",\"test\":\"c\"}",
                "training.hidden=[64,32]"))
        .isEqualTo(
            "{\"training\":{\"epochs\":20,\"recipe\":\"reference\",\"hidden\":[64,32]},"
                + "\"reuse\":false,\"corpus\":{\"splits\":{\"train\":\"a\",\"dev\":\"b\","
                + "\"test\":\"c\"}}}");
  }

  @Test
  void keepsTextThatIsNoJson() throws Exception {
    assertThat(sets("a=../x", "b=", "c={", "d=1 2", "e=k=v", "f=\"20\""))
        .isEqualTo(
            "{\"a\":\"../x\",\"b\":\"\",\"c\":\"{\",\"d\":\"1 2\",\"e\":\"k=v\",\"f\":\"20\"}");
  }

  @Test
  void keepsNumbersAsTheyWereWritten() throws Exception {
    assertThat(sets("a=0.1", "b=20.0", "c=12345678901234567890"))
        .isEqualTo("{\"a\":0.1,\"b\":20.0,\"c\":12345678901234567890}");
  }

  @Test
  void laterSetsWinOverEarlierOnesAndOverTheInput() throws Exception {
    Path file =
        Files.writeString(folder.resolve("run.json"), "{\"training\":{\"epochs\":5,\"seed\":1}}");
    assertThat(
            SpecArguments.read(
                file.toString(), List.of("training.epochs=6", "training.epochs=7"), NOTHING))
        .hasToString("{\"training\":{\"epochs\":7,\"seed\":1}}");
  }

  @Test
  void readsStandardInput() throws Exception {
    InputStream input =
        new ByteArrayInputStream("{\"reuse\":false}".getBytes(StandardCharsets.UTF_8));
    assertThat(SpecArguments.read("-", List.of(), input)).hasToString("{\"reuse\":false}");
  }

  @Test
  void refusesWhatIsNoKeyAndValue() {
    refused("--set wants key=value, such as training.epochs=20, got \"training\"", "training");
    refused("--set wants key=value, such as training.epochs=20, got \"=1\"", "=1");
    refused("--set: a key between dots is empty in \"a..b=1\"", "a..b=1");
    refused("--set a.b=1: \"a\" is 3 already, not an object", "a=3", "a.b=1");
  }

  @Test
  void refusesInputThatIsNoObject() throws Exception {
    inputRefused("[]", "must hold one JSON object, got []");
    inputRefused("", "must hold one JSON object, got nothing");
    inputRefused("{\"a\":1,\"a\":2}", "Duplicate field 'a'");
    inputRefused("{\"a\":1} x", "is no JSON");
    inputRefused("{} {}", "is no JSON: something follows the object (line 1, column ");
    inputRefused("{\"a\": [", "start marker at line 1, column 7");
    assertThatThrownBy(() -> SpecArguments.read("gone.json", List.of(), NOTHING))
        .hasMessage("--input: gone.json does not exist");
  }

  private void inputRefused(String text, String words) throws Exception {
    Path file = Files.writeString(folder.resolve("bad.json"), text);
    assertThatThrownBy(() -> SpecArguments.read(file.toString(), List.of(), NOTHING))
        .hasMessageContaining(words)
        .isInstanceOfSatisfying(
            CommandFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(Exit.WRONG_INPUT));
  }

  private static void refused(String message, String... sets) {
    assertThatThrownBy(() -> sets(sets)).hasMessage(message);
  }

  private static String sets(String... sets) throws CommandFailure {
    return SpecArguments.read(null, List.of(sets), NOTHING).toString();
  }
}
