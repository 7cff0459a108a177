package org.speechrate.deploy;

import java.nio.file.Path;
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
    description = {
      "Once more leads one champion further back. No version is changed. A file that"
          + " publishing.alsoWrite named is written anew, with the champion.",
      ""
    })
final class ModelsRollbackCommand extends ModelsCommand.Sub {
  @Parameters(paramLabel = "NAME", description = "The model.")
  private String name;

  @Mixin private ModelsCommand.Because because;

  @Override
  List<Path> allowWrite() {
    return because.allowWrite();
  }

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
    follow(registry, name, change);
    return Exit.DONE;
  }
}
