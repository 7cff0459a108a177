package org.speechrate.deploy;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.speechrate.store.Durable;

/**
 * What a workspace knows and no stage can make again, as one zip file: the server's database (runs
 * and schedules), the workspace's id, the runs' files and the models' aliases.
 */
final class WorkspaceBackup {
  static final String DATABASE = "data/temporal.db";
  private static final String ID = "data/workspace-id";

  /** Nothing else is written from a zip file, whatever it names. */
  private static final Pattern KNOWN =
      Pattern.compile(
          Pattern.quote(DATABASE)
              + "|"
              + Pattern.quote(ID)
              + "|data/runs(/[^/\\\\]+){2,3}|models/[^/\\\\]+/aliases/[^/\\\\]+");

  /** A UUID has 36. */
  private static final int ID_BYTES = 100;

  private static final Pattern UP = Pattern.compile("(^|/)\\.\\.?(/|$)");

  private final Path workspace;

  WorkspaceBackup(Path workspace) {
    this.workspace = workspace;
  }

  /** How many files of each kind went in, or came back. */
  record Counts(boolean database, int runs, int aliases) {}

  /**
   * Writes the zip file, all of it or nothing. The server may run: the database is copied as it is
   * at one moment, and first, so that no run's file is older than what the server knows of it.
   */
  Counts save(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path fresh = target.resolveSibling("." + target.getFileName() + "-" + UUID.randomUUID());
    Path copy = target.resolveSibling(fresh.getFileName() + ".db");
    boolean database = Files.exists(workspace.resolve(DATABASE));
    try {
      if (database) {
        copyDatabase(workspace.resolve(DATABASE), copy);
      }
      List<Path> runs = runs();
      List<Path> aliases = aliases();
      try (ZipOutputStream zip =
          new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(fresh)))) {
        if (database) {
          put(zip, DATABASE, copy);
        }
        put(zip, ID, workspace.resolve(ID));
        for (Path each : Stream.concat(runs.stream(), aliases.stream()).toList()) {
          put(zip, workspace.relativize(each).toString().replace('\\', '/'), each);
        }
      }
      Files.move(
          fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return new Counts(database, runs.size(), aliases.size());
    } finally {
      Files.deleteIfExists(fresh);
      Files.deleteIfExists(copy);
    }
  }

  /** SQLite reads while the server writes, and sees one moment of it. */
  private static void copyDatabase(Path from, Path to) throws IOException {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + from);
        PreparedStatement copy = database.prepareStatement("VACUUM INTO ?")) {
      copy.setString(1, to.toString());
      copy.execute();
    } catch (SQLException e) {
      throw new IOException("cannot copy " + from + ": " + e.getMessage(), e);
    }
  }

  private static void put(ZipOutputStream zip, String name, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      zip.putNextEntry(new ZipEntry(name));
      in.transferTo(zip);
      zip.closeEntry();
    } catch (NoSuchFileException e) {
      // A run that has ended meanwhile takes its checkpoints away.
    }
  }

  /** Files of ended runs, and checkpoints of those under way. */
  private List<Path> runs() throws IOException {
    return files(workspace.resolve("data/runs"));
  }

  private List<Path> aliases() throws IOException {
    Path models = workspace.resolve("models");
    List<Path> all = new ArrayList<>();
    if (Files.isDirectory(models)) {
      List<Path> each;
      try (Stream<Path> folders = Files.list(models)) {
        each = folders.sorted().toList();
      }
      for (Path model : each) {
        all.addAll(files(model.resolve("aliases")));
      }
    }
    return all;
  }

  private List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(
              file ->
                  KNOWN.matcher(workspace.relativize(file).toString().replace('\\', '/')).matches())
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Puts back what the workspace lacks. Files of runs and aliases that are there stay as they are:
   * a run's file is not written twice, and an alias' history only grows.
   *
   * @param replace whether the database that is there is replaced; it stays beside the new one
   * @throws CommandFailure if the file is no backup, or there is a database
   */
  Counts restore(Path file, boolean replace) throws IOException, CommandFailure {
    Path database = workspace.resolve(DATABASE);
    check(file);
    if (Files.exists(database) && !replace) {
      throw CommandFailure.wrongInput(
          database
              + " is there; with --replace it is put aside, as "
              + aside(database).getFileName());
    }
    boolean put = false;
    int runs = 0;
    int aliases = 0;
    try (ZipInputStream zip = open(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        Path target = workspace.resolve(name);
        if (name.equals(DATABASE)) {
          putDatabase(zip, database);
          put = true;
        } else if (name.equals(ID)) {
          // The runs of the database belong to it.
          Durable.write(target, zip.readNBytes(ID_BYTES));
        } else if (putNew(zip, target)) {
          runs += name.startsWith("data/runs/") ? 1 : 0;
          aliases += name.startsWith("models/") ? 1 : 0;
        }
      }
    }
    return new Counts(put, runs, aliases);
  }

  /** Reads all of it before anything is changed. */
  private static void check(Path file) throws IOException, CommandFailure {
    boolean workspaceId = false;
    try (ZipInputStream zip = open(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (!KNOWN.matcher(name).matches() || UP.matcher(name).find()) {
          throw CommandFailure.wrongInput(file + " is no backup: it holds " + Words.line(name));
        }
        workspaceId |= name.equals(ID);
        zip.transferTo(java.io.OutputStream.nullOutputStream());
      }
    } catch (NoSuchFileException e) {
      throw CommandFailure.wrongInput("there is no file " + file, e);
    } catch (ZipException | java.io.EOFException | IllegalArgumentException e) {
      throw CommandFailure.wrongInput(file + " is damaged: " + Words.of(e), e);
    }
    if (!workspaceId) {
      throw CommandFailure.wrongInput(file + " is no backup: it holds no " + ID);
    }
  }

  private static ZipInputStream open(Path file) throws IOException {
    return new ZipInputStream(new BufferedInputStream(Files.newInputStream(file)));
  }

  private static Path aside(Path database) {
    Path aside = database.resolveSibling(database.getFileName() + ".before-restore");
    for (int i = 2; Files.exists(aside); i++) {
      aside = database.resolveSibling(database.getFileName() + ".before-restore-" + i);
    }
    return aside;
  }

  private static void putDatabase(InputStream in, Path database) throws IOException {
    Files.createDirectories(database.getParent());
    Path fresh = database.resolveSibling(".temporal.db-" + UUID.randomUUID());
    try {
      Files.copy(in, fresh);
      if (Files.exists(database)) {
        Path aside = aside(database);
        // What the old one had not yet merged belongs to it; the new one would choke on it.
        for (String part : List.of("-wal", "-shm", "")) {
          Path old = database.resolveSibling(database.getFileName() + part);
          if (Files.exists(old)) {
            Files.move(old, aside.resolveSibling(aside.getFileName() + part));
          }
        }
      }
      Files.move(fresh, database, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static boolean putNew(InputStream in, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Path fresh = target.resolveSibling(".restore-" + UUID.randomUUID());
    try {
      Files.copy(in, fresh);
      Files.createLink(target, fresh);
      return true;
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      return false;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
