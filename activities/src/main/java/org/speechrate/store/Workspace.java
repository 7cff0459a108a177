package org.speechrate.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * The folder that holds {@code data/} and {@code models/}, and what may be read and written outside
 * it. Paths of a run are relative to it.
 */
public final class Workspace {
  /** Of Linux; no path that may be read is longer. */
  private static final int LONGEST_PATH = 4096;

  private final Path root;
  private final String id;
  private final List<Path> readable;
  private final List<Path> writable;

  private Workspace(Path root, String id, List<Path> readable, List<Path> writable) {
    this.root = root;
    this.id = id;
    this.readable = readable;
    this.writable = writable;
  }

  /**
   * Opens the workspace, giving it an id in {@code data/workspace-id} where it has none.
   *
   * @param allowRead roots outside it that its owner lets runs read
   */
  public static Workspace open(Path root, List<Path> allowRead) throws IOException {
    return open(root, allowRead, List.of());
  }

  /**
   * Opens the workspace, giving it an id in {@code data/workspace-id} where it has none.
   *
   * @param allowRead roots outside it that its owner lets runs read
   * @param allowWrite the same of what runs may write
   */
  public static Workspace open(Path root, List<Path> allowRead, List<Path> allowWrite)
      throws IOException {
    Path real = root.toRealPath();
    return new Workspace(real, readId(real), roots(real, allowRead), roots(real, allowWrite));
  }

  private static List<Path> roots(Path workspace, List<Path> all) throws IOException {
    List<Path> roots = new ArrayList<>(List.of(workspace));
    for (Path allowed : all) {
      // Both forms, so that a link to an allowed folder is as good as the folder.
      roots.add(allowed.toAbsolutePath().normalize());
      roots.add(allowed.toRealPath());
    }
    return List.copyOf(roots);
  }

  private static String readId(Path root) throws IOException {
    Path file = root.resolve("data").resolve("workspace-id");
    Files.createDirectories(file.getParent());
    if (!Files.exists(file)) {
      String id = UUID.randomUUID().toString();
      Path fresh = Files.writeString(file.resolveSibling(".workspace-id-" + id), id);
      try {
        // Two first commands at once: a link, unlike a move, leaves the winner's id in place.
        Files.createLink(file, fresh);
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // The other one was first; its id counts.
      } finally {
        Files.delete(fresh);
      }
    }
    return Files.readString(file, StandardCharsets.UTF_8).strip();
  }

  public Path root() {
    return root;
  }

  public String id() {
    return id;
  }

  /**
   * Lets only this workspace's runs pass.
   *
   * @param run id of the workspace that a run belongs to
   */
  public void requireOwn(String run) {
    if (!run.equals(id)) {
      throw new Refusal(
          Refusal.Kind.WRONG_WORKSPACE,
          String.format(
              "the run belongs to workspace %s, this worker serves workspace %s; give each"
                  + " workspace a Temporal namespace of its own",
              run, id));
    }
  }

  /** The path as runs and artifacts write it: relative to the workspace, with forward slashes. */
  public String relative(Path path) {
    return root.relativize(path.toAbsolutePath().normalize()).toString().replace('\\', '/');
  }

  /**
   * A path of a run, symbolic links resolved.
   *
   * @param field that names it, such as {@code labels.directory}
   * @throws Refusal if it does not exist, lies outside every root that may be read, or is no path
   */
  public Path readable(String field, String path) {
    try {
      return readable(field, path, Problems.oneLine(path));
    } catch (InvalidPathException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: \"%s\" is no path of this machine", field, Problems.value(path)),
          e);
    }
  }

  private Path readable(String field, String path, String shown) {
    if (path.length() > LONGEST_PATH) {
      throw new InvalidPathException(path, "too long");
    }
    Path resolved = root.resolve(path).normalize();
    // Outside the roots even its existence is nobody's business.
    if (!isReadable(resolved)) {
      throw notAllowed(field, shown);
    }
    Path real;
    try {
      real = resolved.toRealPath();
    } catch (java.nio.file.NoSuchFileException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: \"%s\" does not exist in the workspace %s", field, shown, root),
          e);
    } catch (IOException e) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: cannot read \"%s\": %s", field, shown, reason(e)),
          e);
    }
    if (!isReadable(real)) {
      throw new Refusal(
          Refusal.Kind.PATH_NOT_ALLOWED,
          String.format(
              "%s: \"%s\" is a link that leads outside the workspace; the worker's owner can allow"
                  + " where it leads with --allow-read",
              field, shown));
    }
    return real;
  }

  /**
   * Where a run may write one file, which need not be there. Of the workspace only what is not kept
   * by us: not what lies in {@code data/}, nor a published model.
   *
   * @param field that names it, such as {@code publishing.alsoWrite}
   * @return the file in its folder, symbolic links of the folder resolved
   * @throws Refusal if it lies outside every root that may be written, or is no path, or a folder
   */
  public Path writable(String field, String path) {
    String shown = Problems.oneLine(path);
    try {
      if (path.length() > LONGEST_PATH) {
        throw new InvalidPathException(path, "too long");
      }
      Path file = root.resolve(path).normalize();
      Path folder = file.getParent();
      if (folder == null || !isWritable(file)) {
        throw notWritable(field, shown, "is outside the workspace");
      }
      Path there = folder;
      while (!Files.exists(there)) {
        there = there.getParent();
      }
      Path real = there.toRealPath().resolve(there.relativize(folder)).resolve(file.getFileName());
      if (!isWritable(real)) {
        throw notWritable(field, shown, "leads by a link outside the workspace");
      }
      Path models = root.resolve("models");
      if (real.startsWith(root.resolve("data"))
          || (real.startsWith(models) && !real.getParent().equals(models))) {
        throw new Refusal(
            Refusal.Kind.PATH_NOT_ALLOWED,
            String.format(
                "%s: \"%s\" is where stages' outputs or published versions are kept, which never"
                    + " change; choose another place",
                field, shown));
      }
      if (Files.isDirectory(real) || !Files.isDirectory(there)) {
        throw new Refusal(
            Refusal.Kind.PATH_NOT_ALLOWED,
            String.format("%s: \"%s\" is a folder, or is below a file", field, shown));
      }
      return real;
    } catch (InvalidPathException e) {
      throw new Refusal(
          Refusal.Kind.PATH_NOT_ALLOWED,
          String.format("%s: \"%s\" is no path of this machine", field, Problems.value(path)),
          e);
    } catch (IOException e) {
      throw new Refusal(
          Refusal.Kind.PATH_NOT_ALLOWED,
          String.format("%s: cannot write \"%s\": %s", field, shown, reason(e)),
          e);
    }
  }

  private boolean isWritable(Path path) {
    return writable.stream().anyMatch(path::startsWith);
  }

  private static Refusal notWritable(String field, String path, String why) {
    return new Refusal(
        Refusal.Kind.PATH_NOT_ALLOWED,
        String.format(
            "%s: \"%s\" %s; the worker's owner can allow it with --allow-write", field, path, why));
  }

  /** Without the path, which may be long, and is shown beside it. */
  private static String reason(IOException e) {
    return e instanceof FileSystemException failure && failure.getReason() != null
        ? failure.getReason()
        : e.getClass().getSimpleName();
  }

  private boolean isReadable(Path path) {
    return readable.stream().anyMatch(path::startsWith);
  }

  private static Refusal notAllowed(String field, String path) {
    return new Refusal(
        Refusal.Kind.PATH_NOT_ALLOWED,
        String.format(
            "%s: \"%s\" is outside the workspace; the worker's owner can allow it with --allow-read",
            field, path));
  }
}
