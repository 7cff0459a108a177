package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.List;
import org.speechrate.model.AliasChange;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.publishing.ModelRegistry;
import org.speechrate.store.FolderStageStore;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate models promote}. */
@Command(
    name = "promote",
    mixinStandardHelpOptions = true,
    header = {"Make a version the champion, or publish the model of a run.", ""},
    description = {
      "With --run it publishes the model of a run that has ended and was not published, because its"
          + " gate, somebody or a deadline said no; the provenance says that you did.",
      "A file that publishing.alsoWrite named is written anew, with the new champion.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate models promote speech-rate@20260102T030405Z-0a1b2c3d --who Ana --why"
          + " \"best on the phone\"",
      "  deploy/speechrate models promote --run train-20260102-030405-1f2e --who Ana --why \"new"
          + " encoder\""
    })
final class ModelsPromoteCommand extends ModelsCommand.Sub {
  @ArgGroup(multiplicity = "1")
  private Which which;

  @Mixin private ModelsCommand.Because because;

  /** One of them. */
  static final class Which {
    @Parameters(paramLabel = "NAME@VERSION", description = "A published version.")
    private String version;

    @Option(
        names = "--run",
        paramLabel = "ID",
        description = "Workflow id of a run that has ended, as `speechrate runs` lists it.")
    private String run;
  }

  @Override
  List<Path> allowWrite() {
    return because.allowWrite();
  }

  @Override
  int run(ModelRegistry registry) throws Exception {
    String model;
    String version;
    if (which.run != null) {
      RunRecord run =
          new RunFiles(workspace())
              .find(which.run)
              .orElseThrow(
                  () ->
                      CommandFailure.wrongInput(
                          String.format(
                              "there is no run %s that has ended; `%s` lists them",
                              which.run, command("runs"))));
      Workspace workspace = Backend.workspace(workspace(), List.of());
      FolderStageStore stages =
          new FolderStageStore(
              workspace, new SourceHashes(workspace.root().resolve("data/hashes.json")));
      ModelRegistry.Version made = registry.promote(run, stages, because.who(), because.why());
      model = made.model();
      version = made.version();
    } else {
      if (!which.version.contains("@")) {
        throw CommandFailure.wrongInput(
            "say which version, as NAME@VERSION, got "
                + which.version
                + "; `"
                + command("models list")
                + "` lists them");
      }
      Path folder = resolve(registry, which.version);
      model = folder.getParent().getFileName().toString();
      version = folder.getFileName().toString();
      registry.promote(model, version, because.who(), because.why());
    }
    AliasChange champion = registry.models().alias(model, ModelFolder.CHAMPION).orElseThrow();
    print(
        champion,
        () ->
            terminal()
                .out()
                .println(terminal().green("champion of " + model + " is now ") + version));
    follow(registry, model, champion);
    return Exit.DONE;
  }
}
