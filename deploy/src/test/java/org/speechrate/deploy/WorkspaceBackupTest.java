package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.store.Workspace;

class WorkspaceBackupTest {
  @TempDir Path folder;
  private Path from;
  private Path to;
  private Path zip;

  @BeforeEach
  void fill() throws Exception {
    from = Files.createDirectories(folder.resolve("from"));
    to = Files.createDirectories(folder.resolve("to"));
    zip = folder.resolve("backup.zip");
    Workspace.open(from, List.of());
    Workspace.open(to, List.of());
    write(from.resolve("data/runs/r%3A1/run-1.json"), "{}");
    write(from.resolve("data/runs/r2/run-2/checkpoint-1.safetensors"), "state");
    write(from.resolve("models/m/aliases/000001.json"), "first");
    write(from.resolve("models/m/v1/model.safetensors"), "not in it");
    write(from.resolve("data/stages/labels/k/x.csv"), "not in it");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static Connection database(Path workspace) throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + workspace.resolve("data/temporal.db"));
  }

  private static int rows(Path workspace) throws Exception {
    try (Connection database = database(workspace);
        Statement statement = database.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM runs")) {
      count.next();
      return count.getInt(1);
    }
  }

  @Test
  void aDatabaseThatIsWrittenMeanwhileIsCopiedAsOfOneMoment() throws Exception {
    try (Connection server = database(from);
        Statement statement = server.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("CREATE TABLE runs (id INTEGER)");
      statement.execute("INSERT INTO runs VALUES (1), (2)");
      server.setAutoCommit(false);
      statement.execute("INSERT INTO runs VALUES (3)"); // not committed

      assertThat(new WorkspaceBackup(from).save(zip))
          .isEqualTo(new WorkspaceBackup.Counts(true, 2, 1));
      server.rollback();
    }
    assertThat(new WorkspaceBackup(to).restore(zip, false))
        .isEqualTo(new WorkspaceBackup.Counts(true, 2, 1));

    assertThat(rows(to)).isEqualTo(2);
    assertThat(to.resolve("data/workspace-id"))
        .hasSameBinaryContentAs(from.resolve("data/workspace-id"));
    assertThat(to.resolve("data/runs/r%3A1/run-1.json")).hasContent("{}");
    assertThat(to.resolve("data/runs/r2/run-2/checkpoint-1.safetensors")).hasContent("state");
    assertThat(to.resolve("models/m/aliases/000001.json")).hasContent("first");
    assertThat(to.resolve("models/m/v1")).doesNotExist();
    assertNothingIsLeftOver();
  }

  private void assertNothingIsLeftOver() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("."));
    }
  }

  @Test
  void whatIsThereStaysAndTheOldDatabaseIsPutAside() throws Exception {
    write(from.resolve("data/temporal.db"), "");
    new WorkspaceBackup(from).save(zip);
    write(to.resolve("data/temporal.db"), "old");
    write(to.resolve("data/temporal.db-wal"), "old log");
    write(to.resolve("models/m/aliases/000001.json"), "another first");

    assertThatThrownBy(() -> new WorkspaceBackup(to).restore(zip, false))
        .hasMessage(
            to.resolve("data/temporal.db")
                + " is there; with --replace it is put aside, as temporal.db.before-restore");
    assertThat(new WorkspaceBackup(to).restore(zip, true))
        .isEqualTo(new WorkspaceBackup.Counts(true, 2, 0));

    assertThat(to.resolve("data/temporal.db.before-restore")).hasContent("old");
    assertThat(to.resolve("data/temporal.db.before-restore-wal")).hasContent("old log");
    assertThat(to.resolve("data/temporal.db-wal")).doesNotExist();
    assertThat(to.resolve("models/m/aliases/000001.json")).hasContent("another first");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil",
        "data/runs/../../../evil",
        "data/runs/../x",
        "/etc/passwd",
        "models/m/v1/model.safetensors",
        "data/server.json"
      })
  void aFileThatHoldsSomethingElseChangesNothing(String name) throws Exception {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      for (String each : List.of("data/workspace-id", name)) {
        out.putNextEntry(new ZipEntry(each));
        out.write('x');
        out.closeEntry();
      }
    }
    byte[] id = Files.readAllBytes(to.resolve("data/workspace-id"));

    assertThatThrownBy(() -> new WorkspaceBackup(to).restore(zip, true))
        .isInstanceOf(CommandFailure.class)
        .hasMessage(zip + " is no backup: it holds " + name);
    assertThat(to.resolve("data/workspace-id")).hasBinaryContent(id);
  }

  @Test
  void aDamagedFileChangesNothing() throws Exception {
    new WorkspaceBackup(from).save(zip);
    byte[] all = Files.readAllBytes(zip);
    Files.write(zip, java.util.Arrays.copyOf(all, 60));
    assertThatThrownBy(() -> new WorkspaceBackup(to).restore(zip, true))
        .isInstanceOf(CommandFailure.class)
        .hasMessageStartingWith(zip + " is damaged: ");

    Files.writeString(zip, "no zip file");
    assertThatThrownBy(() -> new WorkspaceBackup(to).restore(zip, true))
        .hasMessage(zip + " is no backup: it holds no data/workspace-id");
    assertThat(to.resolve("data/runs")).doesNotExist();
  }
}
