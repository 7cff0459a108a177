package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.encoder.EncoderDescriptor;
import org.speechrate.encoder.UtteranceEncoder;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;
import org.speechrate.store.Workspace;
import org.speechrate.table.Problems;

/** The encoders that lie in a workspace, {@code models/encoders/<name>/}. */
public final class Encoders {
  /** Folder of all, in the workspace. */
  public static final String FOLDER = "models/encoders";

  /** Folder of what they have made of audio, in the workspace. */
  public static final String ENCODED = "data/encoded";

  private static final String FIELD = "embeddings.encoder";

  /** What a backup takes for a model's. */
  private static final String TAKEN = ModelFolder.ALIASES;

  private Encoders() {}

  /**
   * An encoder's folder.
   *
   * @param descriptor what its {@code encoder.json} says, or what is wrong with it
   */
  public record Found(
      String name, Path folder, Optional<EncoderDescriptor> descriptor, String wrong) {}

  /**
   * The same for a command, whose paths begin at the current folder.
   *
   * @throws Refusal if it is no folder
   */
  public static Path folder(String encoder, Path workspace) {
    Path folder =
        path(encoder).equals(encoder) ? Path.of(encoder) : workspace.resolve(path(encoder));
    if (!Files.isDirectory(folder)) {
      throw refusal("encoder \"" + encoder + "\": there is no folder " + folder);
    }
    return folder;
  }

  /** Where a user's word leads: a name to the folder of that name, a path to itself. */
  private static String path(String encoder) {
    return encoder.contains("/") || encoder.contains("\\") ? encoder : FOLDER + "/" + encoder;
  }

  /**
   * @param encoder as a run names it
   * @throws Refusal if it is not there, is none, or may not be read
   */
  static Path readable(Workspace workspace, String encoder) throws IOException {
    String path = path(encoder);
    Path folder = workspace.readable(FIELD, path);
    // Neither file may be a link to somewhere else.
    workspace.readable(FIELD, path + "/" + EncoderDescriptor.FILE);
    workspace.readable(FIELD, path + "/" + EncoderDescriptor.read(folder).file());
    return folder;
  }

  /** Those of a workspace, by name. */
  public static List<Found> in(Path workspace) throws IOException {
    Path folder = workspace.resolve(FOLDER);
    List<Found> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      List<Path> entries;
      try (Stream<Path> listed = Files.list(folder)) {
        entries = listed.filter(Files::isDirectory).sorted().toList();
      }
      for (Path each : entries) {
        String name = each.getFileName().toString();
        if (!name.startsWith(".")) {
          found.add(found(name, each));
        }
      }
    }
    return found;
  }

  private static Found found(String name, Path folder) throws IOException {
    try {
      return new Found(name, folder, Optional.of(EncoderDescriptor.read(folder)), "");
    } catch (Refusal e) {
      return new Found(name, folder, Optional.empty(), e.getMessage());
    }
  }

  /**
   * Copies an encoder into a workspace, all of it or nothing, once it could be opened.
   *
   * @param from an encoder's folder; or an ONNX file, of a family
   * @param family wespeaker or ge2e: makes the descriptor of an ONNX file
   * @param dimension of an ONNX file's vectors, where it is another than its family's
   * @return its folder
   * @throws Refusal if it cannot be opened, or the name is taken
   */
  public static Path add(
      Path workspace, String name, Path from, Optional<String> family, Optional<Integer> dimension)
      throws IOException {
    if (!ModelFolder.NAME.matcher(name).matches() || name.equals(TAKEN)) {
      throw refusal(
          "an encoder's name must be 1 to 100 letters, digits, dots, underscores or hyphens, begin"
              + " with a letter or digit, and not be \""
              + TAKEN
              + "\", got \""
              + Problems.value(name)
              + "\"");
    }
    boolean isFolder = Files.isDirectory(from);
    if (!Files.exists(from)) {
      throw refusal("\"" + from + "\" does not exist");
    }
    if (isFolder == family.isPresent() || (isFolder && dimension.isPresent())) {
      throw refusal(
          isFolder
              ? "\""
                  + from
                  + "\" is a folder, whose encoder.json says all; leave --family and --dimension out"
              : "\""
                  + from
                  + "\" is a file; name its family with --family wespeaker or --family ge2e,"
                  + " or give a folder with encoder.json and the ONNX file");
    }
    Path target = workspace.resolve(FOLDER).resolve(name);
    if (Files.exists(target)) {
      throw taken(name);
    }
    try (AttemptFolder attempt = AttemptFolder.begin(target.getParent())) {
      if (isFolder) {
        EncoderDescriptor descriptor = EncoderDescriptor.read(from);
        for (Path file : files(from, descriptor.file())) {
          Files.copy(file, attempt.path().resolve(file.getFileName()));
        }
      } else {
        String file = from.getFileName().toString();
        write(EncoderDescriptor.ofFamily(family.get(), name, file), dimension, attempt.path());
        Files.copy(from, attempt.path().resolve(file));
      }
      open(attempt.path(), isFolder ? from : from.toAbsolutePath().getParent());
      Durable.syncFolder(attempt.path());
      if (!Durable.publish(attempt.path(), target)) {
        throw taken(name);
      }
    }
    return target;
  }

  @SuppressWarnings("unchecked") // JSON objects are maps from texts.
  private static void write(EncoderDescriptor ofFamily, Optional<Integer> dimension, Path folder)
      throws IOException {
    Map<String, Object> fields = Json.convert(ofFamily, Map.class);
    dimension.ifPresent(given -> fields.put("dimension", given));
    Files.write(folder.resolve(EncoderDescriptor.FILE), Json.write(fields));
  }

  /**
   * @param shown where the user knows its files to be
   */
  private static void open(Path folder, Path shown) throws IOException {
    try {
      UtteranceEncoder.open(folder, false).close();
    } catch (Refusal e) {
      throw new Refusal(e.kind(), e.getMessage().replace(folder.toString(), shown.toString()), e);
    }
  }

  /** The encoder's own, and what tells of its licence. */
  private static List<Path> files(Path folder, String onnx) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(
              file -> {
                String name = file.getFileName().toString();
                String upper = name.toUpperCase(Locale.ROOT);
                return name.equals(onnx)
                    || name.equals(EncoderDescriptor.FILE)
                    || upper.startsWith("LICEN")
                    || upper.startsWith("NOTICE");
              })
          .toList();
    }
  }

  private static Refusal taken(String name) {
    return refusal(
        FOLDER + "/" + name + " is there already; choose another name, or remove that folder");
  }

  private static Refusal refusal(String message) {
    return new Refusal(Refusal.Kind.INVALID_SPEC, Problems.oneLine(message));
  }
}
