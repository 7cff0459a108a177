package org.speechrate.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.speechrate.embeddings.Encoders;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.store.AllowedHosts;
import org.speechrate.table.Problems;
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
            "auto, numpy-dict, matrix, npz, npy-directory, kaldi, chroma or audio (default:"
                + " ${DEFAULT-VALUE}).")
    private Source source;

    @Option(
        names = "--collection",
        paramLabel = "NAME",
        description =
            "Of a ChromaDB server (default: speed_embeddings, else gender_embeddings, to read).")
    private String collection;

    @Option(
        names = "--token-from",
        paramLabel = "VARIABLE",
        description = "Environment variable that holds the ChromaDB server's token.")
    private String tokenFrom;

    @Option(
        names = "--allow-host",
        paramLabel = "HOST[:PORT]",
        description = "Host of a ChromaDB server, beside this machine; may be given again.")
    private List<String> allowHost = new ArrayList<>();

    @Option(
        names = "--encoder",
        paramLabel = "ENCODER",
        description =
            "Makes embeddings of audio, a file or all in a folder's tree: an encoder's folder, or"
                + " its name below models/encoders/.")
    private String encoder;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /**
     * @throws Refusal if a URL or what goes with it is not as a run takes it
     */
    EmbeddingsSpec spec(String path) throws CommandFailure {
      return spec(path, collection, tokenFrom);
    }

    /** The same where {@code --collection} and {@code --token-from} are the target's. */
    EmbeddingsSpec spec(String path, String itsCollection, String itsTokenFrom)
        throws CommandFailure {
      if (source == Source.AUDIO || (source == Source.AUTO && encoder != null)) {
        if (encoder == null) {
          throw CommandFailure.wrongInput("--source audio needs --encoder, which makes embeddings");
        }
        if (ids != null || itsCollection != null || itsTokenFrom != null) {
          throw CommandFailure.wrongInput(
              "--ids, --collection and --token-from have no meaning for audio");
        }
        return EmbeddingsSpec.ofAudio(Optional.of(path), encoderFolder());
      }
      if (encoder != null) {
        throw CommandFailure.wrongInput("--encoder has a meaning only where --source is audio");
      }
      if (source == Source.CHROMA || (source == Source.AUTO && isUrl(path))) {
        if (ids != null) {
          throw CommandFailure.wrongInput("--ids has no meaning where embeddings are in ChromaDB");
        }
        return chroma(path, itsCollection, itsTokenFrom);
      }
      if (itsCollection != null || itsTokenFrom != null) {
        throw CommandFailure.wrongInput(
            "--collection and --token-from have a meaning only with the URL of a ChromaDB server,"
                + " such as http://127.0.0.1:8000");
      }
      return new EmbeddingsSpec(source, Optional.of(path), Optional.ofNullable(ids));
    }

    private String encoderFolder() throws CommandFailure {
      SpeechrateCommand speechrate = (SpeechrateCommand) command.root().userObject();
      return Encoders.folder(encoder, speechrate.workspace()).toString();
    }

    /** The target that {@code --collection} and {@code --token-from} are of. */
    EmbeddingsSpec target(String url) throws CommandFailure {
      if (!isUrl(url)) {
        throw CommandFailure.wrongInput(
            "with --to chroma, TO must be the server's URL, such as http://127.0.0.1:8000, is "
                + Problems.value(url));
      }
      if (collection == null) {
        throw CommandFailure.wrongInput("--to chroma needs --collection, the name of the new one");
      }
      return chroma(url, collection, tokenFrom);
    }

    private static EmbeddingsSpec chroma(String url, String collection, String tokenFrom) {
      return RunSpecReader.chroma(
          Optional.of(url), Optional.ofNullable(collection), Optional.ofNullable(tokenFrom));
    }

    String shown(String url) {
      return url + ", collection " + collection;
    }

    private static boolean isUrl(String path) {
      return path.startsWith("http://") || path.startsWith("https://");
    }

    AllowedHosts hosts() throws CommandFailure {
      return WorkerArguments.hosts(allowHost);
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
