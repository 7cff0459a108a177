package org.speechrate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;

class WorkspaceTest {
  @TempDir Path folder;
  private Path root;
  private Path outside;

  @BeforeEach
  void folders() throws IOException {
    root = Files.createDirectory(folder.resolve("workspace"));
    outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("file"), "x");
  }

  @Test
  void keepsItsId() throws IOException {
    String id = Workspace.open(root, List.of()).id();

    assertThat(id).hasSize(36);
    assertThat(Workspace.open(root, List.of()).id()).isEqualTo(id);
  }

  @Test
  void pathsAreRelativeToIt() throws IOException {
    Files.writeString(root.resolve("mine"), "x");
    Workspace workspace = Workspace.open(root, List.of());

    Path mine = workspace.readable("labels.directory", "mine");

    assertThat(mine).isEqualTo(root.toRealPath().resolve("mine"));
    assertThat(workspace.relative(mine)).isEqualTo("mine");
  }

  @Test
  void whatTheOwnerDidNotAllowIsRefused() throws IOException {
    Workspace workspace = Workspace.open(root, List.of());

    assertNotAllowed(workspace, "../outside/file");
    assertNotAllowed(workspace, outside.resolve("file").toString());
    assertNotAllowed(workspace, "../outside/absent");
  }

  @Test
  void aLinkThatLeadsOutsideIsRefused() throws IOException {
    Files.createSymbolicLink(root.resolve("link"), outside);

    Workspace workspace = Workspace.open(root, List.of());

    assertThatThrownBy(() -> workspace.readable("labels.directory", "link/file"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "labels.directory: \"link/file\" is a link that leads outside the workspace; the"
                + " worker's owner can allow where it leads with --allow-read");
  }

  @Test
  void whatTheOwnerAllowedIsRead() throws IOException {
    Workspace workspace = Workspace.open(root, List.of(outside));

    assertThat(workspace.readable("labels.directory", "../outside/file"))
        .isEqualTo(outside.toRealPath().resolve("file"));
  }

  @Test
  void aLinkToWhatTheOwnerAllowedIsRead() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), outside);
    Workspace workspace = Workspace.open(root, List.of(link));

    assertThat(workspace.readable("labels.directory", "../link/file"))
        .isEqualTo(outside.toRealPath().resolve("file"));
  }

  @Test
  void anAbsentFileIsRefusedByItsName() throws IOException {
    Workspace workspace = Workspace.open(root, List.of());

    assertThatThrownBy(() -> workspace.readable("labels.directory", "nowhere"))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "labels.directory: \"nowhere\" does not exist in the workspace %s", root.toRealPath());
  }

  @Test
  void whatIsNoPathIsRefused() throws IOException {
    Workspace workspace = Workspace.open(root, List.of());

    assertThatThrownBy(() -> workspace.readable("labels.directory", "a\0b"))
        .isInstanceOf(Refusal.class)
        .hasMessage("labels.directory: \"a?b\" is no path of this machine");
    assertThatThrownBy(() -> workspace.readable("labels.directory", "a\nb"))
        .hasMessageStartingWith("labels.directory: \"a?b\" does not exist");
  }

  private static void assertNotAllowed(Workspace workspace, String path) {
    assertThatThrownBy(() -> workspace.readable("labels.directory", path))
        .isInstanceOf(Refusal.class)
        .hasMessage(
            "labels.directory: \"%s\" is outside the workspace; the worker's owner can allow it with"
                + " --allow-read",
            path);
  }
}
