package org.speechrate.deploy;

import java.util.List;
import org.speechrate.model.AliasChange;
import org.speechrate.publishing.ModelRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code speechrate models rollback}. */
@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    header = {"Make the champion before the present one the champion again.", ""},
    description = {"Once more leads one champion further back. No version is changed.", ""})
final class ModelsRollbackCommand extends ModelsCommand.Sub {
  @Parameters(paramLabel = "NAME", description = "The model.")
  private String name;

  @Mixin private ModelsCommand.Because because;

  @Override
  int run(ModelRegistry registry) throws Exception {
    List<String> names = names(registry, name);
    AliasChange change = registry.rollback(names.get(0), because.who(), because.why());
    print(
        change,
        () ->
            terminal()
                .out()
                .println(
                    terminal().green("champion of " + name + " is again ")
                        + change.version()
                        + ", no more "
                        + change.previous().orElse("none")));
    return Exit.DONE;
  }
}
