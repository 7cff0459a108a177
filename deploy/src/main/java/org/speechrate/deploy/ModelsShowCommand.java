package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.speechrate.model.AliasChange;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.publishing.ModelRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code speechrate models show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    header = {"Show one version, and who made which version the champion, when and why.", ""})
final class ModelsShowCommand extends ModelsCommand.Sub {
  @Parameters(paramLabel = "MODEL", description = "NAME, NAME@VERSION or NAME@ALIAS.")
  private String reference;

  /** What {@code --json} prints. */
  record Shown(
      ModelRegistry.Version version,
      String path,
      List<Integer> layers,
      Map<Integer, AliasChange> aliases) {}

  @Override
  int run(ModelRegistry registry) throws Exception {
    Path folder = resolve(registry, reference);
    String model = folder.getParent().getFileName().toString();
    ModelRegistry.Version version =
        registry.versions(model).stream()
            .filter(each -> each.version().equals(folder.getFileName().toString()))
            .findFirst()
            .orElseThrow();
    Shown shown =
        new Shown(
            version,
            "models/" + model + "/" + version.version(),
            SpeechRateModel.load(folder).layers(),
            registry.models().history(model));
    print(shown, () -> lines(shown));
    return Exit.DONE;
  }

  private void lines(Shown shown) {
    ModelRegistry.Version version = shown.version();
    line(
        terminal().bold(version.model() + "@" + version.version())
            + (version.champion() ? terminal().green("  champion") : ""));
    version.verdict().ifPresent(verdict -> line(verdict));
    line("folder    " + shown.path());
    line("widths    " + shown.layers());
    said("published ", version.created());
    said("test MSE  ", version.testMse().map(mse -> String.format(Locale.ROOT, "%.3f", mse)));
    said("because   ", version.reason());
    line("card      " + shown.path() + "/README.md");
    if (!shown.aliases().isEmpty()) {
      line("");
      line(terminal().bold("aliases"));
    }
    shown
        .aliases()
        .forEach(
            (number, change) ->
                line(
                    String.format(
                        Locale.ROOT,
                        "%4d  %s  %s is %s, by %s (%s): %s",
                        number,
                        change.when(),
                        change.alias(),
                        change.version(),
                        change.who(),
                        change.identity(),
                        change.why())));
  }

  private void said(String name, Optional<String> value) {
    value.ifPresent(text -> line(name + text));
  }

  private void line(String text) {
    terminal().out().println(text);
  }
}
