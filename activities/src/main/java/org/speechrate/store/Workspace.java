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
 * The folder that holds {@code data/} and {@code models/}, and what may be read outside it. Paths
 * of a run are relative to it.
 */
public final class Workspace {
  /** Of Linux; no path that may be read is longer. */
  private static final int LONGEST_PATH = 4096;

  private final Path root;
  private final String id;
  private final List<Path> readable;

  private Workspace(Path root, String id, List<Path> readable) {
    this.root = root;
    this.id = id;
    this.readable = readable;
  }

  /**
   * Opens the workspace, giving it an id in {@code data/workspace-id} where it has none.
   *
   * @param allowRead roots outside it that its owner lets runs read
   */
  public static Workspace open(Path root, List<Path> allowRead) throws IOException {
    Path real = root.toRealPath();
    List<Path> roots = new ArrayList<>(List.of(real));
    for (Path allowed : allowRead) {
      // Both forms, so that a link to an allowed folder is as good as the folder.
      roots.add(allowed.toAbsolutePath().normalize());
      roots.add(allowed.toRealPath());
    }
    return new Workspace(real, readId(real), List.copyOf(roots));
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
