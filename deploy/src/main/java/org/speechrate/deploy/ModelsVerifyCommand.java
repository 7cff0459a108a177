package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.speechrate.publishing.ModelRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code speechrate models verify}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    header = {"Compare the files of versions with the hashes in their provenance.json.", ""},
    footer = {"", "Exit codes: 0 nothing differs, 1 a file differs, 2 there is no such model."})
final class ModelsVerifyCommand extends ModelsCommand.Sub {
  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description =
          "NAME, for all its versions, or NAME@VERSION or NAME@ALIAS (default: all models).")
  private String reference;

  /** What {@code --json} prints. */
  record Checked(String model, String version, Map<String, String> differences) {}

  @Override
  int run(ModelRegistry registry) throws Exception {
    List<Checked> checked = new ArrayList<>();
    if (reference != null && reference.contains("@")) {
      Path folder = resolve(registry, reference);
      check(
          registry,
          folder.getParent().getFileName().toString(),
          folder.getFileName().toString(),
          checked);
    } else {
      for (String model : names(registry, reference)) {
        for (String version : registry.models().versions(model)) {
          check(registry, model, version, checked);
        }
      }
    }
    long bad = checked.stream().filter(each -> !each.differences().isEmpty()).count();
    print(checked, () -> lines(checked, bad));
    return bad == 0 ? Exit.DONE : Exit.RUN_FAILED;
  }

  private static void check(
      ModelRegistry registry, String model, String version, List<Checked> checked)
      throws java.io.IOException {
    checked.add(new Checked(model, version, registry.differences(model, version)));
  }

  private void lines(List<Checked> checked, long bad) {
    for (Checked each : checked) {
      each.differences()
          .forEach(
              (file, what) ->
                  terminal()
                      .out()
                      .println(
                          terminal().red("differs ")
                              + String.format(
                                  "models/%s/%s/%s %s", each.model(), each.version(), file, what)));
    }
    terminal()
        .out()
        .printf(
            "%d of %d versions are as they were published%n", checked.size() - bad, checked.size());
  }
}
