package org.speechrate.publishing;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.speechrate.model.AliasChange;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;
import org.speechrate.store.Json;

/**
 * Writes what lies in {@code models/}; nothing else does. A version, {@code <name>/<version>/},
 * appears whole, by one rename, and so does a change of an alias, {@code
 * <name>/aliases/NNNNNN.json}; neither changes afterwards.
 */
final class ModelStore {
  /** What else lies in models/: the library that reads them, and encoders. */
  private static final Set<String> TAKEN = Set.of("src", "target", "pom.xml", "encoders");

  private final Path models;
  private final ModelFolder reader;

  /** Is run before each change on the disk, so that a test can end everything right there. */
  private final Runnable beforeWrite;

  /**
   * @param models the folder of all models; made when something is published
   */
  ModelStore(Path models) {
    this(models, () -> {});
  }

  ModelStore(Path models, Runnable beforeWrite) {
    this.models = models;
    this.beforeWrite = beforeWrite;
    reader = new ModelFolder(models);
  }

  ModelFolder reader() {
    return reader;
  }

  /** The folder of a version, published or not. */
  Path folder(String model, String version) {
    requireName("publishing.model", model);
    requireName("version", version);
    if (TAKEN.contains(model)) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          String.format("publishing.model must not be one of %s, got \"%s\"", TAKEN, model));
    }
    return models.resolve(model).resolve(version);
  }

  private static void requireName(String field, String name) {
    if (!ModelFolder.NAME.matcher(name).matches()) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          String.format(
              "%s must be 1 to 100 letters, digits, dots, underscores or hyphens and begin with a"
                  + " letter or digit, got \"%s\"",
              field, name));
    }
  }

  /** What a file holds; made when it is the file's turn, so that few of them are held at once. */
  interface Content {
    /**
     * @param before sha256 of the files that are written already
     */
    byte[] bytes(SortedMap<String, String> before) throws IOException;
  }

  /**
   * Publishes a version; where it is there already, does nothing.
   *
   * @param files content by name, in the order of writing
   * @param lastCheck throws where it is not to be published after all; right before it is
   * @return whether this call published it
   */
  boolean publish(String model, String version, Map<String, Content> files, Runnable lastCheck)
      throws IOException {
    Path target = folder(model, version);
    Files.createDirectories(target.getParent());
    if (Files.exists(target)) {
      return false;
    }
    try (AttemptFolder attempt = AttemptFolder.begin(target.getParent())) {
      SortedMap<String, String> hashes = new TreeMap<>();
      for (Map.Entry<String, Content> file : files.entrySet()) {
        byte[] bytes = file.getValue().bytes(Collections.unmodifiableSortedMap(hashes));
        beforeWrite.run();
        Files.write(attempt.path().resolve(file.getKey()), bytes);
        hashes.put(file.getKey(), HexFormat.of().formatHex(Json.sha256().digest(bytes)));
      }
      beforeWrite.run();
      Durable.syncFolder(attempt.path());
      lastCheck.run();
      beforeWrite.run();
      // Where another attempt of the same run was faster, its version is as good.
      return Durable.publish(attempt.path(), target);
    }
  }

  /** Removes a version; by one rename, so that nobody sees a part of it. */
  void delete(String model, String version) throws IOException {
    try (AttemptFolder attempt = AttemptFolder.begin(models.resolve(model))) {
      Files.move(
          folder(model, version), attempt.path().resolve(version), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** What a change of an alias is to be, in the light of those before. */
  interface Decision {
    /** Empty where there is nothing to change. */
    Optional<AliasChange> next(SortedMap<Integer, AliasChange> history) throws IOException;
  }

  /**
   * Changes an alias. Of many who try at once each decides in the light of all changes before its
   * own.
   *
   * @return the change that this call made
   */
  Optional<AliasChange> change(String model, Decision decision) throws IOException {
    SortedMap<Integer, AliasChange> history = Collections.emptySortedMap();
    while (true) {
      history = reader.history(model, history);
      Optional<AliasChange> next = decision.next(history);
      if (next.isEmpty() || create(model, history, next.get())) {
        return next;
      }
    }
  }

  private boolean create(String model, SortedMap<Integer, AliasChange> history, AliasChange change)
      throws IOException {
    Path target = reader.change(model, history.isEmpty() ? 1 : history.lastKey() + 1);
    beforeWrite.run();
    Files.createDirectories(target.getParent());
    // Beside the versions, so that the next attempt at anything removes what a dead one left.
    try (AttemptFolder attempt = AttemptFolder.begin(models.resolve(model))) {
      beforeWrite.run();
      boolean created =
          Durable.create(target, attempt.path().resolve("change.json"), Json.write(change));
      beforeWrite.run();
      return created;
    }
  }

  /**
   * Makes a version the champion that has never been it; so once, however often it is tried, and
   * not again after somebody chose another one.
   */
  void makeChampionOnce(
      String model, String version, String when, String who, String identity, String why)
      throws IOException {
    change(
        model,
        history ->
            history.values().stream().anyMatch(change -> isChampion(change, version))
                ? Optional.empty()
                : Optional.of(champion(history, version, when, who, identity, why)));
  }

  private static boolean isChampion(AliasChange change, String version) {
    return change.alias().equals(ModelFolder.CHAMPION) && change.version().equals(version);
  }

  /** The change that makes a version the champion. */
  static AliasChange champion(
      SortedMap<Integer, AliasChange> history,
      String version,
      String when,
      String who,
      String identity,
      String why) {
    return new AliasChange(
        ModelFolder.CHAMPION,
        version,
        when,
        who,
        identity,
        why,
        ModelFolder.newest(history, ModelFolder.CHAMPION).map(AliasChange::version));
  }

  /** This process and host, as Temporal's clients call themselves. */
  static String identity() {
    return ManagementFactory.getRuntimeMXBean().getName();
  }
}
