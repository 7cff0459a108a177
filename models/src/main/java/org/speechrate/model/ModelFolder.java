package org.speechrate.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds published models: {@code models/<name>/<version>/}, and what their aliases name. Versions
 * appear whole and never change, and so does each change of an alias; whoever reads sees one state
 * or the next.
 */
public final class ModelFolder {
  /** The alias of the version to use. */
  public static final String CHAMPION = "champion";

  /** Name of the folder, beside the versions, that holds the changes of aliases. */
  public static final String ALIASES = "aliases";

  /** Of models, versions and aliases: a folder's name everywhere. */
  public static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private static final Pattern CHANGE = Pattern.compile("\\d{6,9}\\.json");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of known names in a message. */
  private static final int MOST_SHOWN = 5;

  private final Path models;

  /**
   * @param models the folder of all models; need not be there yet
   */
  public ModelFolder(Path models) {
    this.models = models;
  }

  /**
   * The folder of a version: of {@code NAME} the champion, or where none was ever chosen the newest
   * version; of {@code NAME@VERSION} that one; of {@code NAME@ALIAS} what the alias names. {@code
   * models/NAME/VERSION} is understood too.
   *
   * @throws IOException if there is no such version; one line that lists the known ones
   */
  public Path resolve(String reference) throws IOException {
    String[] parts = reference.replaceFirst("^models/", "").replaceFirst("/$", "").split("[@/]", 3);
    if (parts.length > 2
        || !Stream.of(parts).allMatch(part -> NAME.matcher(part).matches())
        || !names().contains(parts[0])) {
      throw new IOException(
          String.format("there is no model %s; %s", shown(reference), known("published", names())));
    }
    String name = parts[0];
    List<String> versions = versions(name);
    String asked = parts.length == 2 ? parts[1] : CHAMPION;
    String version =
        versions.contains(asked)
            ? asked
            : alias(name, asked)
                .map(AliasChange::version)
                .orElse(parts.length == 1 ? versions.get(versions.size() - 1) : asked);
    // Not by the list: the alias may name a version that has come since.
    if (!isVersion(name, version)) {
      throw new IOException(
          String.format(
              "model %s has no version or alias %s; %s", name, asked, known("versions", versions)));
    }
    return models.resolve(name).resolve(version);
  }

  /** Names of the models that have a version. */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : folders(models)) {
      if (!versions(name).isEmpty()) {
        names.add(name);
      }
    }
    return names;
  }

  /** Published versions, the oldest first: their names begin with the time of their run. */
  public List<String> versions(String name) throws IOException {
    return folders(models.resolve(name)).stream()
        .filter(version -> isVersion(name, version))
        .toList();
  }

  private boolean isVersion(String name, String version) {
    return Files.isRegularFile(models.resolve(name).resolve(version).resolve(SpeechRateModel.FILE));
  }

  /** The newest change of an alias. */
  public Optional<AliasChange> alias(String name, String alias) throws IOException {
    return newest(history(name), alias);
  }

  /** The newest of these changes that is the alias'. */
  public static Optional<AliasChange> newest(
      SortedMap<Integer, AliasChange> history, String alias) {
    return history.values().stream()
        .filter(change -> change.alias().equals(alias))
        .reduce((older, newer) -> newer);
  }

  /** All changes of the model's aliases, by number, from 1 without a gap. */
  public SortedMap<Integer, AliasChange> history(String name) throws IOException {
    return history(name, Collections.emptySortedMap());
  }

  /**
   * All changes again, of which only the new ones are read.
   *
   * @param known an earlier answer
   */
  public SortedMap<Integer, AliasChange> history(String name, SortedMap<Integer, AliasChange> known)
      throws IOException {
    Path folder = models.resolve(name).resolve(ALIASES);
    SortedMap<Integer, AliasChange> history = new TreeMap<>(known);
    for (int number = highest(folder); number > 0 && !known.containsKey(number); number--) {
      Path file = change(name, number);
      try {
        JsonNode json = JSON.readTree(Files.readAllBytes(file));
        AliasChange change = AliasChange.of(json == null ? JSON.nullNode() : json);
        if (!NAME.matcher(change.alias()).matches() || !NAME.matcher(change.version()).matches()) {
          throw new IOException("alias and version must be names");
        }
        history.put(number, change);
      } catch (IOException e) {
        throw new IOException(
            file + " is no change of an alias, or cannot be read: " + e.getMessage(), e);
      }
    }
    return history;
  }

  /** The file of a change, there or not. */
  public Path change(String name, int number) {
    return models
        .resolve(name)
        .resolve(ALIASES)
        .resolve(String.format(Locale.ROOT, "%06d.json", number));
  }

  private static int highest(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> CHANGE.matcher(file).matches())
          .mapToInt(file -> Integer.parseInt(file.substring(0, file.indexOf('.'))))
          .max()
          .orElse(0);
    }
  }

  /**
   * The champion before the present one that is still there. A champion that is taken back is
   * forgotten, so that the next step back leads to the one before.
   */
  public Optional<String> championBefore(String name, SortedMap<Integer, AliasChange> history)
      throws IOException {
    Deque<String> champions = new ArrayDeque<>();
    for (AliasChange change : history.values()) {
      if (change.alias().equals(CHAMPION)) {
        String replaced = champions.poll();
        if (!change.version().equals(champions.peek())) {
          if (replaced != null) {
            champions.push(replaced);
          }
          champions.push(change.version());
        }
      }
    }
    champions.poll();
    List<String> versions = versions(name);
    return champions.stream().filter(versions::contains).findFirst();
  }

  private static List<String> folders(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .sorted()
          .toList();
    }
  }

  private static String known(String what, List<String> names) {
    if (names.isEmpty()) {
      return "none is published yet";
    }
    // The newest are the last.
    return what
        + ": "
        + names.stream()
            .skip(Math.max(0, names.size() - MOST_SHOWN))
            .collect(Collectors.joining(", "))
        + (names.size() > MOST_SHOWN
            ? String.format(" and %d more", names.size() - MOST_SHOWN)
            : "");
  }

  private static String shown(String reference) {
    return "\""
        + (reference.length() <= 100 ? reference : reference.substring(0, 100) + "…")
            .replaceAll("[\\p{Cc}\\p{Cs}\\p{Cf}\\p{Zl}\\p{Zp}]", "?")
        + "\"";
  }
}
