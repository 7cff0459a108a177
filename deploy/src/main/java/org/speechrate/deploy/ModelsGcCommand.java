package org.speechrate.deploy;

import java.util.ArrayList;
import java.util.List;
import org.speechrate.publishing.ModelRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate models gc}. */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    header = {"Remove old versions that nobody uses any more.", ""},
    description = {
      "Keeps the newest versions, what an alias names, such as the champion, and the champion before"
          + " it. Nothing is deleted without --delete. What a version came from stays in data/stages"
          + " until `speechrate gc`.",
      ""
    })
final class ModelsGcCommand extends ModelsCommand.Sub {
  @Parameters(paramLabel = "NAME", arity = "0..1", description = "Only this model.")
  private String name;

  @Option(
      names = "--keep",
      paramLabel = "N",
      defaultValue = "5",
      description = "Keep the newest N versions of each model (default: ${DEFAULT-VALUE}).")
  private int keep;

  @Option(names = "--delete", description = "Really delete.")
  private boolean delete;

  @Override
  int run(ModelRegistry registry) throws Exception {
    if (keep < 1) {
      throw CommandFailure.wrongInput("--keep must be at least 1, got " + keep);
    }
    List<String> unused = new ArrayList<>();
    for (String model : names(registry, name)) {
      for (String version : registry.unused(model, keep)) {
        unused.add("models/" + model + "/" + version);
        if (delete) {
          registry.delete(model, version);
        }
      }
    }
    print(unused, () -> lines(unused));
    return Exit.DONE;
  }

  private void lines(List<String> unused) {
    unused.forEach(terminal().out()::println);
    terminal()
        .out()
        .printf(
            "%s %d versions%s%n",
            delete ? "deleted" : "would delete",
            unused.size(),
            delete || unused.isEmpty() ? "" : "; with --delete it does");
  }
}
