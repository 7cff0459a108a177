package org.speechrate.deploy;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code speechrate embeddings}. */
@Command(
    name = "embeddings",
    mixinStandardHelpOptions = true,
    header = {"Look into embeddings, or convert them to another kind.", ""},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {EmbeddingsInspectCommand.class, EmbeddingsConvertCommand.class},
    footer = {
      "",
      "Examples",
      "  deploy/speechrate embeddings inspect my/embeddings_npy",
      "  deploy/speechrate embeddings convert my/embeddings_npy my/kaldi --to kaldi"
    })
final class EmbeddingsCommand extends Subcommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing: inspect or convert");
  }

  /** Embeddings that are read, as a run's {@code embeddings} give them. */
  static final class SourceOptions {
    @Option(
        names = "--ids",
        paramLabel = "FILE",
        description = "Of a matrix: the CSV that a run's embeddings.ids names.")
    private String ids;

    @Option(
        names = "--source",
        paramLabel = "KIND",
        defaultValue = "auto",
        converter = KindConverter.class,
        description =
            "auto, numpy-dict, matrix, npz, npy-directory or kaldi (default: ${DEFAULT-VALUE}).")
    private Source source;

    EmbeddingsSpec spec(String path) {
      return new EmbeddingsSpec(source, Optional.of(path), Optional.ofNullable(ids));
    }
  }

  /** The words of a run's JSON. */
  static final class KindConverter implements ITypeConverter<Source> {
    @Override
    public Source convert(String word) {
      return Stream.of(Source.values())
          .filter(each -> word(each).equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      String.format(
                          "must be one of %s, is \"%s\"",
                          Stream.of(Source.values())
                              .map(KindConverter::word)
                              .collect(Collectors.joining(", ")),
                          word)));
    }

    private static String word(Source kind) {
      return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Says what a run would refuse as a run says it; Ctrl-C lets the work tidy up. */
  <T> T run(boolean json, TerminalMonitor monitor, Callable<T> work) throws Exception {
    try (Lifetime lifetime = new Lifetime()) {
      lifetime.<AutoCloseable>add(monitor::stop);
      return monitor.run(work);
    } catch (Refusal refusal) {
      if (json) {
        terminal()
            .out()
            .println(
                ResultView.json(ResultView.refused(refusal.kind().name(), refusal.getMessage())));
      }
      throw CommandFailure.wrongInput(refusal.getMessage(), refusal);
    }
  }
}
