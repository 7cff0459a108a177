package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.speechrate.model.AliasChange;
import org.speechrate.pipeline.Refusal;
import org.speechrate.publishing.ModelRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code speechrate models}. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    header = {"List, show, check and choose published models.", ""},
    description = {
      "A model is called NAME, which is its champion, or NAME@VERSION or NAME@ALIAS.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ModelsListCommand.class,
      ModelsShowCommand.class,
      ModelsPromoteCommand.class,
      ModelsRollbackCommand.class,
      ModelsVerifyCommand.class,
      ModelsGcCommand.class,
      ModelsImportCommand.class,
      ModelsExportCommand.class
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate models list",
      "  deploy/speechrate models rollback speech-rate --who Ana --why \"worse on the phone\""
    })
final class ModelsCommand extends Subcommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: "
            + String.join(", ", new java.util.TreeSet<>(spec.subcommands().keySet())));
  }

  /** What its commands share. */
  abstract static class Sub implements Callable<Integer> {
    @ParentCommand private ModelsCommand models;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    /** Folders outside the workspace where it may write. */
    List<Path> allowWrite() {
      return List.of();
    }

    /** Does the work; a refusal becomes one line and exit code 2. */
    abstract int run(ModelRegistry registry) throws Exception;

    @Override
    public final Integer call() throws Exception {
      try {
        return run(
            new ModelRegistry(
                Backend.workspace(workspace(), List.of(), allowWrite()), Clock.systemUTC()));
      } catch (Refusal refusal) {
        throw CommandFailure.wrongInput(refusal.getMessage(), refusal);
      }
    }

    /**
     * @throws CommandFailure if there is no such version
     */
    Path resolve(ModelRegistry registry, String reference) throws CommandFailure {
      try {
        return registry.models().resolve(reference);
      } catch (IOException e) {
        throw CommandFailure.wrongInput(e.getMessage(), e);
      }
    }

    /**
     * @throws CommandFailure if there is no such model
     */
    List<String> names(ModelRegistry registry, String name) throws IOException, CommandFailure {
      List<String> names = registry.models().names();
      if (name == null) {
        return names;
      }
      if (!names.contains(name)) {
        resolve(registry, name);
        throw CommandFailure.wrongInput("give the model's name alone, such as " + names.get(0));
      }
      return List.of(name);
    }

    /** With {@code --json} that, else lines. */
    void print(Object value, Runnable lines) {
      if (json) {
        terminal().out().println(ResultView.json(value));
      } else {
        lines.run();
      }
    }

    /** The files of publishing.alsoWrite follow the champion; where one cannot, says so. */
    void follow(ModelRegistry registry, String model, AliasChange champion) throws IOException {
      for (ModelRegistry.AlsoWritten file : registry.alsoWrite(model, champion)) {
        terminal()
            .say(
                file.why()
                    .map(
                        why ->
                            String.format(
                                "%s does not hold this version: %s; `%s` writes it",
                                file.file(),
                                why,
                                command(
                                    "models export "
                                        + model
                                        + " --format python --force --to DIR")))
                    .orElse("wrote it to " + file.file() + ", as publishing.alsoWrite wants"));
      }
    }

    Terminal terminal() {
      return models.terminal();
    }

    Path workspace() throws CommandFailure {
      return models.workspace();
    }

    String command(String words) {
      return models.command(words);
    }
  }

  /** Who does something and why. */
  static final class Because {
    @Option(names = "--who", paramLabel = "NAME", required = true, description = "Who you are.")
    private String who;

    @Option(names = "--why", paramLabel = "TEXT", required = true, description = "Why.")
    private String why;

    @Option(
        names = "--allow-write",
        paramLabel = "PATH",
        description =
            "Folder outside the workspace where the file of a run's publishing.alsoWrite may be"
                + " written; may be given again.")
    private List<Path> allowWrite = new ArrayList<>();

    String who() {
      return who;
    }

    List<Path> allowWrite() {
      return allowWrite;
    }

    String why() {
      return why;
    }
  }
}
