package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.Optional;
import org.speechrate.embeddings.Encoders;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate encoders add}. */
@Command(
    name = "add",
    mixinStandardHelpOptions = true,
    header = {"Copy an encoder into models/encoders/.", ""},
    sortOptions = false,
    description = {
      "It is opened first: names, shapes and dimension of its graph must be those that its"
          + " encoder.json tells. Of an ONNX file alone, --family writes that:",
      "",
      "  wespeaker  WeSpeaker's official models: feats [batch, frames, 80] to embs [batch, 256]",
      "  ge2e       resemblyzer's: windows of 160 frames of 40 bins",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate encoders add mine my/voxceleb_resnet34.onnx --family wespeaker",
      "  deploy/speechrate encoders add ge2e data/sample/encoder",
      "",
      "Exit codes: 0 done, 1 it could not be written, 2 the encoder or its name was refused."
    })
final class EncodersAddCommand extends EncodersCommand.Sub {
  @Parameters(index = "0", paramLabel = "NAME", description = "What a run will call it.")
  private String name;

  @Parameters(
      index = "1",
      paramLabel = "PATH",
      description = "An encoder's folder, or an ONNX file.")
  private Path from;

  @Option(
      names = "--family",
      paramLabel = "FAMILY",
      description = "Of an ONNX file: wespeaker or ge2e.")
  private String family;

  @Option(
      names = "--dimension",
      paramLabel = "N",
      description = "Of an ONNX file's vectors, where it is not its family's 256.")
  private Integer dimension;

  @Override
  void run(Path workspace) throws Exception {
    Path folder =
        Encoders.add(
            workspace, name, from, Optional.ofNullable(family), Optional.ofNullable(dimension));
    terminal().out().println("added " + workspace.relativize(folder));
    terminal().say("what it is, and whether it works: " + command("encoders check " + name));
  }
}
