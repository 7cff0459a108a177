package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a systemctl that only remembers what it was asked. */
class UserServiceTest {
  @TempDir Path folder;
  private Path asked;
  private UserService service;

  @BeforeEach
  void pretend() throws Exception {
    asked = folder.resolve("asked");
    service = service("echo active");
  }

  private UserService service(String answer) throws Exception {
    Path systemctl = folder.resolve("systemctl");
    Files.writeString(
        systemctl, String.format("#!/bin/sh\necho \"$@\" >> '%s'\n%s\n", asked, answer));
    Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new UserService(
        Path.of("/clone/deploy/speechrate"),
        Path.of("/my work/100%"),
        folder.resolve("units"),
        systemctl.toString());
  }

  @Test
  void theUnitRunsUpWithItsOptionsAndComesBack() {
    assertThat(
            service.unit(
                List.of("--notify-command", "echo \"$SPEECHRATE_RUN\""),
                Map.of("PATH", "/usr/bin:/a b", "HOME", "/home/me")))
        .contains(
            "ExecStart=\"/clone/deploy/speechrate\" \"--workspace\" \"/my work/100%%\" \"up\""
                + " \"--notify-command\" \"echo \\\"$$SPEECHRATE_RUN\\\"\"\n")
        .contains("Environment=\"PATH=/usr/bin:/a b\"\n")
        .contains("Restart=on-failure\n")
        .contains("WantedBy=default.target\n")
        .doesNotContain("HOME");
  }

  @Test
  void installingStartsItNowAndAtEachBootAndRemovingUndoesIt() throws Exception {
    service.install("the unit\n");

    String name = service.name();
    assertThat(name).matches("speechrate-[0-9a-f]{8}\\.service");
    assertThat(service.file()).hasContent("the unit");
    assertThat(Files.readAllLines(asked))
        .containsExactly("--user daemon-reload", "--user enable " + name, "--user restart " + name);
    assertThat(service.state()).isEqualTo("active");

    Files.delete(asked);
    assertThat(service.remove()).isTrue();
    assertThat(service.file()).doesNotExist();
    assertThat(Files.readAllLines(asked))
        .containsExactly("--user disable --now " + name, "--user daemon-reload");
    assertThat(service.remove()).isFalse();
  }

  @Test
  void whatSystemdRefusesIsToldInItsWords() throws Exception {
    UserService broken = service("echo Failed to connect to bus >&2; exit 1");

    assertThat(broken.hasSystemd()).isFalse();
    assertThatThrownBy(() -> broken.install("the unit\n"))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("systemctl --user daemon-reload: Failed to connect to bus");
  }

  @Test
  void doctorTellsWhetherANightFindsIt() throws Exception {
    assertThat(DoctorCommand.service(service, "service install").text()).isEqualTo("not installed");
    service.install("the unit\n");
    assertThat(DoctorCommand.service(service, "service install").ok()).isTrue();
    DoctorCommand.Check failed = DoctorCommand.service(service("echo failed"), "service install");
    assertThat(failed.ok()).isFalse();
    assertThat(failed.text()).isEqualTo(service.name() + " is failed");
    assertThat(failed.cure()).contains("journalctl --user --unit " + service.name());
  }

  @Test
  void withoutTheProgramThereIsNoSystemd() throws Exception {
    assertThat(
            new UserService(folder, folder, folder, folder.resolve("nothing").toString())
                .hasSystemd())
        .isFalse();
  }
}
