package org.speechrate.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  @TempDir Path models;
  private ModelFolder folder;
  private int changes;

  @BeforeEach
  void threeVersions() throws IOException {
    folder = new ModelFolder(models);
    for (String version : new String[] {"v2", "v1", "v3"}) {
      Path made = Files.createDirectories(models.resolve("m").resolve(version));
      Files.write(made.resolve("model.safetensors"), new byte[0]);
    }
    Files.createDirectories(models.resolve("src/main")); // the library that reads them
    Files.createDirectories(models.resolve("m/.attempt-1"));
  }

  private void champion(String version) throws IOException {
    change("champion", version);
  }

  private void change(String alias, String version) throws IOException {
    changes++;
    Path file = folder.change("m", changes);
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        String.format(
            "{\"alias\": \"%s\", \"version\": \"%s\", \"when\": \"2026-01-02T03:04:05Z\", \"who\":"
                + " \"Ana\", \"identity\": \"7@host\", \"why\": \"better\", \"previous\": null}",
            alias, version));
  }

  private String resolved(String reference) throws IOException {
    return models.relativize(folder.resolve(reference)).toString();
  }

  @Test
  void theNewestVersionStandsInForAChampionThatWasNeverChosen() throws IOException {
    assertThat(resolved("m")).isEqualTo("m/v3");

    champion("v2");
    assertThat(resolved("m")).isEqualTo("m/v2");
  }

  @Test
  void versionsAndAliasesAreNamedBehindAnAt() throws IOException {
    champion("v1");
    champion("v2");
    change("stable", "v3");

    assertThat(resolved("m@champion")).isEqualTo("m/v2");
    assertThat(resolved("m@stable")).isEqualTo("m/v3");
    assertThat(resolved("m@v1")).isEqualTo("m/v1");
    assertThat(resolved("models/m/v1/")).isEqualTo("m/v1");
    assertThat(folder.history("m")).hasSize(3);
    assertThat(folder.alias("m", "champion"))
        .contains(
            new AliasChange(
                "champion",
                "v2",
                "2026-01-02T03:04:05Z",
                "Ana",
                "7@host",
                "better",
                Optional.empty()));
  }

  @Test
  void whatIsNotThereIsSaidWithWhatIs() throws IOException {
    assertThatThrownBy(() -> folder.resolve("n"))
        .isInstanceOf(IOException.class)
        .hasMessage("there is no model \"n\"; published: m");
    assertThatThrownBy(() -> folder.resolve("m@v9"))
        .hasMessage("model m has no version or alias v9; versions: v1, v2, v3");
    assertThatThrownBy(() -> folder.resolve("m@champion"))
        .hasMessage("model m has no version or alias champion; versions: v1, v2, v3");
    for (String outside : new String[] {"../m", "m@../v1", "", "src", "m@v1@v2", "m\n"}) {
      assertThatThrownBy(() -> folder.resolve(outside))
          .as(outside)
          .hasMessageStartingWith("there is no model \"");
    }
    assertThatThrownBy(() -> new ModelFolder(models.resolve("none")).resolve("m"))
        .hasMessage("there is no model \"m\"; none is published yet");
  }

  @Test
  void aChampionThatIsGoneIsNotReplacedInSilence() throws IOException {
    champion("v0");

    assertThatThrownBy(() -> folder.resolve("m"))
        .hasMessage("model m has no version or alias champion; versions: v1, v2, v3");
  }

  @Test
  void aDamagedChangeIsNamed() throws IOException {
    Files.createDirectories(models.resolve("m/aliases"));
    for (String content : new String[] {"", "{", "[]", "{\"alias\": \"champion\"}"}) {
      Files.writeString(folder.change("m", 1), content);
      assertThatThrownBy(() -> folder.resolve("m"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("000001.json is no change of an alias, or cannot be read: ");
    }
  }

  @Test
  void theWayBackLeadsThroughEachChampionOnce() throws IOException {
    assertThat(before()).isEmpty();
    champion("v1");
    assertThat(before()).isEmpty();
    champion("v2");
    champion("v3");
    assertThat(before()).contains("v2");
    champion("v2"); // taken back
    assertThat(before()).contains("v1");
    champion("v3");
    change("stable", "v3");
    assertThat(before()).contains("v2");
    champion("v1");
    assertThat(before()).as("chosen anew, not taken back").contains("v3");
  }

  private Optional<String> before() throws IOException {
    return folder.championBefore("m", folder.history("m"));
  }

  @Test
  void aVersionThatIsGoneIsNoWayBack() throws IOException {
    champion("v1");
    champion("v0");
    champion("v3");

    assertThat(before()).contains("v1");
  }
}
