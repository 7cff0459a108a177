package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.List;
import org.speechrate.embeddings.Encoders;
import org.speechrate.encoder.EncoderDescriptor;
import picocli.CommandLine.Command;

/** {@code speechrate encoders list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    header = {"List the encoders of the workspace.", ""})
final class EncodersListCommand extends EncodersCommand.Sub {
  private static final String ROW = "%-24s%-20s%9s  %s";

  @Override
  void run(Path workspace) throws Exception {
    List<Encoders.Found> found = Encoders.in(workspace);
    if (found.isEmpty()) {
      terminal()
          .say("there is no encoder in " + Encoders.FOLDER + "; " + command("encoders add --help"));
      return;
    }
    terminal()
        .out()
        .println(terminal().bold(String.format(ROW, "encoder", "made of", "dimension", "licence")));
    for (Encoders.Found each : found) {
      terminal()
          .out()
          .println(
              each.descriptor()
                  .map(descriptor -> row(each.name(), descriptor))
                  .orElseGet(() -> each.name() + "  " + terminal().red(each.wrong())));
    }
  }

  private static String row(String name, EncoderDescriptor descriptor) {
    return String.format(
        ROW,
        name,
        descriptor.name(),
        descriptor.dimension(),
        Words.shortened(descriptor.licence()));
  }
}
