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
      "",
      "A version holds all four; of a version of before there were four, they are made here.",
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
      description = "pt, onnx, state_dict or safetensors.")
  private ModelFormat format;

  @Option(names = "--force", description = "Replace the file where it is there.")
  private boolean force;

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
