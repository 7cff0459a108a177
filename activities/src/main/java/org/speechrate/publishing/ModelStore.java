package org.speechrate.publishing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.AttemptFolder;
import org.speechrate.store.Durable;

/**
 * The published versions, {@code models/<name>/<version>/}. A version appears whole, by one rename,
 * and never changes afterwards.
 */
final class ModelStore {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  /** What else lies in models/: the library that reads them. */
  private static final Set<String> TAKEN = Set.of("src", "target", "pom.xml");

  private final Path models;

  /**
   * @param models the folder of all models; made when something is published
   */
  ModelStore(Path models) {
    this.models = models;
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
    if (!NAME.matcher(name).matches()) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          String.format(
              "%s must be 1 to 100 letters, digits, dots, underscores or hyphens and begin with a"
                  + " letter or digit, got \"%s\"",
              field, name));
    }
  }

  /**
   * Publishes a version; where it is there already, does nothing.
   *
   * @param files content by name
   * @param lastCheck throws where it is not to be published after all; right before it is
   * @return whether this call published it
   */
  boolean publish(String model, String version, Map<String, byte[]> files, Runnable lastCheck)
      throws IOException {
    Path target = folder(model, version);
    Files.createDirectories(target.getParent());
    if (Files.exists(target)) {
      return false;
    }
    try (AttemptFolder attempt = AttemptFolder.begin(target.getParent())) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.write(attempt.path().resolve(file.getKey()), file.getValue());
      }
      Durable.syncFolder(attempt.path());
      lastCheck.run();
      // Where another attempt of the same run was faster, its version is as good.
      return Durable.publish(attempt.path(), target);
    }
  }
}
