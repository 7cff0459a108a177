package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.speechrate.pipeline.Refusal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code speechrate encoders}. */
@Command(
    name = "encoders",
    mixinStandardHelpOptions = true,
    header = {"List, add and check encoders, which make embeddings of audio.", ""},
    description = {
      "An encoder is a folder with an ONNX file and encoder.json, which tells how audio becomes its"
          + " input. A run names it in embeddings.encoder: the folder, or its name below"
          + " models/encoders/.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {EncodersListCommand.class, EncodersAddCommand.class, EncodersCheckCommand.class},
    footer = {
      "",
      "Examples",
      "  deploy/speechrate encoders add mine my/voxceleb_resnet34.onnx --family wespeaker",
      "  deploy/speechrate encoders check mine"
    })
final class EncodersCommand extends Subcommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing: add, check or list");
  }

  /** What its commands share. */
  abstract static class Sub implements Callable<Integer> {
    @ParentCommand private EncodersCommand encoders;

    /** Does the work; a refusal becomes one line and exit code 2. */
    abstract void run(Path workspace) throws Exception;

    @Override
    public final Integer call() throws Exception {
      try {
        run(encoders.workspace());
        return Exit.DONE;
      } catch (Refusal refusal) {
        throw CommandFailure.wrongInput(refusal.getMessage(), refusal);
      }
    }

    Terminal terminal() {
      return encoders.terminal();
    }

    String command(String words) {
      return encoders.command(words);
    }

    /** A line of what is known. */
    void line(String name, String value) {
      terminal().out().printf("%-11s%s%n", name, value);
    }
  }
}
