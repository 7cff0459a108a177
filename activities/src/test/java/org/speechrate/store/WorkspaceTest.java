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
  void writesWhereItMayAndNowhereElse() throws IOException {
    Files.createSymbolicLink(root.resolve("out"), outside);
    Workspace workspace = Workspace.open(root, List.of(outside));
    assertThat(workspace.writable("f", "models/m.pt"))
        .isEqualTo(root.toRealPath().resolve("models/m.pt"));
    assertThat(workspace.writable("f", "new/folders/m.pt"))
        .isEqualTo(root.toRealPath().resolve("new/folders/m.pt"));
    assertThat(workspace.writable("f", "a/../m.pt")).isEqualTo(root.toRealPath().resolve("m.pt"));
    String cure = "; the worker's owner can allow it with --allow-write";
    assertNotWritable(
        workspace, "../outside/m.pt", "f: \"../outside/m.pt\" is outside the workspace" + cure);
    assertNotWritable(
        workspace, "out/m.pt", "f: \"out/m.pt\" leads by a link outside the workspace" + cure);
    String kept =
        "\" is where stages' outputs or published versions are kept, which never change; choose"
            + " another place";
    assertNotWritable(workspace, "data/stages/m.pt", "f: \"data/stages/m.pt" + kept);
    assertNotWritable(workspace, "models/a/v1/m.pt", "f: \"models/a/v1/m.pt" + kept);
    assertNotWritable(workspace, "x\0y", "f: \"x?y\" is no path of this machine");
    Files.createDirectories(root.resolve("folder.pt"));
    assertNotWritable(workspace, "folder.pt", "f: \"folder.pt\" is a folder, or is below a file");
    Files.writeString(root.resolve("file"), "x");
    assertNotWritable(workspace, "file/m.pt", "f: \"file/m.pt\" is a folder, or is below a file");

    Workspace allowed = Workspace.open(root, List.of(), List.of(outside));
    assertThat(allowed.writable("f", outside.resolve("m.pt").toString()))
        .isEqualTo(outside.toRealPath().resolve("m.pt"));
    assertThat(allowed.writable("f", "out/m.pt")).isEqualTo(outside.toRealPath().resolve("m.pt"));
    assertNotAllowed(allowed, outside.resolve("file").toString());
  }

  private static void assertNotWritable(Workspace workspace, String path, String line) {
    assertThatThrownBy(() -> workspace.writable("f", path))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.PATH_NOT_ALLOWED))
        .hasMessage(line);
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
