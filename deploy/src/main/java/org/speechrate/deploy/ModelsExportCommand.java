package org.speechrate.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.publishing.ModelRegistry;
import org.speechrate.publishing.format.ModelFormat;
import org.speechrate.store.Durable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate models export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    header = {"Write a version's model in one format, for use elsewhere.", ""},
    sortOptions = false,
    description = {
      "  pt           model.pt: a torch.nn.Sequential, for torch.load(…, weights_only=False)",
      "  state_dict   state_dict.pt, for torch.load(…, weights_only=True)",
      "  onnx         model.onnx: input embeddings (n, d), output cps (n, 1)",
      "  safetensors  model.safetensors",
      "  python       regression_model.pt, as the Python system saves it: a pickled ProbingCls",
      "",
      "A version holds the first four; of a version of before there were four, they are made here.",
      ""
    },
    footer = {
      "",
      "Example",
      "  deploy/speechrate models export speech-rate --to /tmp/out --format onnx"
    })
final class ModelsExportCommand extends ModelsCommand.Sub {
  @Parameters(paramLabel = "MODEL", description = "NAME, NAME@VERSION or NAME@ALIAS.")
  private String reference;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the file; made where it is not there.")
  private Path to;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "pt, onnx, state_dict, safetensors or python.")
  private Format format;

  @Option(names = "--force", description = "Replace the file where it is there.")
  private boolean force;

  /** Of a version, and of the Python system. */
  private enum Format {
    PT,
    STATE_DICT,
    ONNX,
    SAFETENSORS,
    PYTHON;

    String file() {
      return this == PYTHON ? "regression_model.pt" : ModelFormat.valueOf(name()).file();
    }

    byte[] write(SafeTensors weights) throws CommandFailure {
      try {
        return this == PYTHON
            ? ModelFormat.pythonSystem(weights)
            : ModelFormat.valueOf(name()).write(weights);
      } catch (IllegalArgumentException e) {
        throw CommandFailure.wrongInput(e.getMessage(), e);
      }
    }
  }

  @Override
  int run(ModelRegistry registry) throws Exception {
    Path version = resolve(registry, reference);
    Path file = to.resolve(format.file());
    if (Files.exists(file) && !force) {
      throw CommandFailure.wrongInput(file + " is there already; --force replaces it");
    }
    Durable.write(file, format.write(SafeTensors.read(version.resolve(SpeechRateModel.FILE))));
    print(file.toString(), () -> terminal().out().println("wrote " + file));
    return Exit.DONE;
  }
}
