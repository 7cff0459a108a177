package org.speechrate.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.speechrate.publishing.ModelRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code speechrate models list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    header = {"List the versions of models, the newest last.", ""})
final class ModelsListCommand extends ModelsCommand.Sub {
  @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this model.")
  private String name;

  @Override
  int run(ModelRegistry registry) throws Exception {
    List<ModelRegistry.Version> versions = new ArrayList<>();
    for (String model : names(registry, name)) {
      versions.addAll(registry.versions(model));
    }
    print(versions, () -> lines(versions));
    return Exit.DONE;
  }

  private void lines(List<ModelRegistry.Version> versions) {
    if (versions.isEmpty()) {
      terminal().say("no model is published yet; a run publishes one: " + command("train"));
      return;
    }
    String row = "%-16s%-27s%-10s%-21s%9s  %s";
    terminal()
        .out()
        .println(
            terminal()
                .bold(
                    String.format(
                        row, "model", "version", "", "published (UTC)", "test MSE", "verdict")));
    for (ModelRegistry.Version version : versions) {
      terminal()
          .out()
          .println(
              String.format(
                  row,
                  version.model(),
                  version.version(),
                  version.champion() ? "champion" : "",
                  version.created().orElse("?"),
                  version.testMse().map(mse -> String.format(Locale.ROOT, "%.3f", mse)).orElse("?"),
                  Words.shortened(version.verdict().orElse(""))));
    }
  }
}
