package org.speechrate.deploy;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.speechrate.embeddings.EmbeddingConversion;
import org.speechrate.embeddings.Encoders;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.table.Splits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate embeddings convert}. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    header = {"Convert embeddings to another kind.", ""},
    sortOptions = false,
    description = {
      "What a run would refuse is refused here too. TO appears whole or not at all, and Python"
          + " opens it.",
      "",
      "  numpy-dict     numpy_embs.npy in the folder TO; TO itself where it ends with .npy",
      "  matrix         x.npy and ids.csv in the folder TO; of audio also recordings.csv (each file's"
          + " path) and missing.csv (why it has no embedding)",
      "  npz            the file TO: x, ids and split",
      "  npy-directory  <sample_id>.npy in the folder TO",
      "  kaldi          embeddings.ark and embeddings.scp in the folder TO",
      "  chroma         a collection of the ChromaDB server at the URL TO",
      "",
      "Not kept: what float64 has beyond float32; labels and splits where the kind has no place"
          + " for them (npz: labels; npy-directory and kaldi: both), and a label's type, as each"
          + " becomes text; file_path, but between numpy-dict and chroma, which elsewhere get"
          + " <sample_id>.flac; a ChromaDB collection's own ids, documents, other metadata and"
          + " settings. What was there and is lost is said.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate embeddings convert my/embeddings_npy my/kaldi --to kaldi",
      "  deploy/speechrate embeddings convert my/x.npy my/embs.npz --ids my/ids.csv --to npz",
      "  deploy/speechrate embeddings convert my/v.scp my/new --to numpy-dict --split test",
      "  deploy/speechrate embeddings convert http://127.0.0.1:8000 my/new --to matrix",
      "  deploy/speechrate embeddings convert my/recordings my/new --to numpy-dict --encoder ge2e"
          + " --split test",
      "  deploy/speechrate embeddings convert my/embeddings_npy http://127.0.0.1:8000 --to chroma"
          + " --collection mine",
      "",
      "Exit codes: 0 done, 1 it could not be written, 2 FROM or TO was refused, 130 you pressed"
          + " Ctrl-C."
    })
final class EmbeddingsConvertCommand implements Callable<Integer> {
  @ParentCommand private EmbeddingsCommand embeddings;

  @Parameters(
      index = "0",
      paramLabel = "FROM",
      description =
          "File, or folder, of embeddings, or with --encoder of audio; or a ChromaDB server's URL.")
  private String from;

  @Parameters(
      index = "1",
      paramLabel = "TO",
      description = "File, or folder, that is made; or a ChromaDB server's URL.")
  private String to;

  @Option(
      names = "--to",
      paramLabel = "KIND",
      required = true,
      converter = EmbeddingsCommand.KindConverter.class,
      description = "numpy-dict, matrix, npz, npy-directory, kaldi or chroma.")
  private Source kind;

  @Mixin private EmbeddingsCommand.SourceOptions options;

  @Option(
      names = "--from-collection",
      paramLabel = "NAME",
      description = "With --to chroma, FROM's; --collection is then TO's.")
  private String fromCollection;

  @Option(
      names = "--from-token-from",
      paramLabel = "VARIABLE",
      description = "With --to chroma, FROM's; --token-from is then TO's.")
  private String fromTokenFrom;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = "Of embeddings whose source tells none: train, dev or test.")
  private String split;

  @Option(
      names = "--force",
      description =
          "Replace TO when the new one is whole. A folder that holds anything else than such"
              + " embeddings stays.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    if (kind == Source.AUTO || kind == Source.AUDIO) {
      throw CommandFailure.wrongInput(
          "--to must name a kind: numpy-dict, matrix, npz, npy-directory, kaldi or chroma, is \""
              + (kind == Source.AUTO ? "auto" : "audio")
              + "\"");
    }
    if (split != null && !Splits.NAMES.contains(split)) {
      throw CommandFailure.wrongInput("--split must be train, dev or test, is \"" + split + "\"");
    }
    TerminalMonitor monitor = new TerminalMonitor(embeddings.terminal());
    EmbeddingConversion.Result result =
        embeddings.run(false, monitor, () -> conversion().run(monitor));
    if (!result.lost().isEmpty()) {
      embeddings.terminal().say("note: not kept: " + String.join(", ", result.lost()));
    }
    embeddings
        .terminal()
        .out()
        .println(
            "converted "
                + result.facts().summary()
                + " to "
                + (kind == Source.CHROMA ? options.shown(to) : to));
    return Exit.DONE;
  }

  private EmbeddingConversion conversion() throws CommandFailure {
    if (kind == Source.CHROMA) {
      return conversion(options.spec(from, fromCollection, fromTokenFrom), options.target(to));
    }
    if (fromCollection != null || fromTokenFrom != null) {
      throw CommandFailure.wrongInput(
          "--from-collection and --from-token-from have a meaning only with --to chroma; else"
              + " --collection and --token-from are FROM's");
    }
    EmbeddingsSpec target = new EmbeddingsSpec(kind, Optional.of(to), Optional.empty());
    return conversion(options.spec(from), target);
  }

  private EmbeddingConversion conversion(EmbeddingsSpec source, EmbeddingsSpec target)
      throws CommandFailure {
    return new EmbeddingConversion(
        source,
        target,
        Optional.ofNullable(split),
        force,
        options.hosts(),
        Optional.of(embeddings.workspace().resolve(Encoders.ENCODED)));
  }
}
