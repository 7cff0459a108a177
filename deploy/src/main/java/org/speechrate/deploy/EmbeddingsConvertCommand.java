package org.speechrate.deploy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.speechrate.embeddings.EmbeddingConversion;
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
          + " opens it. Values become float32. What the new kind has no place for is named.",
      "",
      "  numpy-dict     numpy_embs.npy in the folder TO; TO itself where it ends with .npy",
      "  matrix         x.npy and ids.csv in the folder TO",
      "  npz            the file TO: x, ids and split",
      "  npy-directory  <sample_id>.npy in the folder TO",
      "  kaldi          embeddings.ark and embeddings.scp in the folder TO",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate embeddings convert my/embeddings_npy my/kaldi --to kaldi",
      "  deploy/speechrate embeddings convert my/x.npy my/embs.npz --ids my/ids.csv --to npz",
      "  deploy/speechrate embeddings convert my/v.scp my/new --to numpy-dict --split test",
      "",
      "Exit codes: 0 done, 1 it could not be written, 2 FROM or TO was refused, 130 you pressed"
          + " Ctrl-C."
    })
final class EmbeddingsConvertCommand implements Callable<Integer> {
  @ParentCommand private EmbeddingsCommand embeddings;

  @Parameters(index = "0", paramLabel = "FROM", description = "File, or folder, of embeddings.")
  private String from;

  @Parameters(index = "1", paramLabel = "TO", description = "File, or folder, that is made.")
  private Path to;

  @Option(
      names = "--to",
      paramLabel = "KIND",
      required = true,
      converter = EmbeddingsCommand.KindConverter.class,
      description = "numpy-dict, matrix, npz, npy-directory or kaldi.")
  private Source kind;

  @Mixin private EmbeddingsCommand.SourceOptions source;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = "Of embeddings whose source tells none: train, dev or test.")
  private String split;

  @Option(
      names = "--force",
      description = "Replace TO. A folder that holds anything else than such embeddings stays.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    if (kind == Source.AUTO) {
      throw CommandFailure.wrongInput(
          "--to must name a kind: numpy-dict, matrix, npz, npy-directory or kaldi, is \"auto\"");
    }
    if (split != null && !Splits.NAMES.contains(split)) {
      throw CommandFailure.wrongInput("--split must be train, dev or test, is \"" + split + "\"");
    }
    TerminalMonitor monitor = new TerminalMonitor(embeddings.terminal());
    EmbeddingConversion conversion =
        new EmbeddingConversion(source.spec(from), to, kind, Optional.ofNullable(split), force);
    EmbeddingConversion.Result result =
        embeddings.run(false, monitor, () -> conversion.run(monitor));
    if (!result.lost().isEmpty()) {
      embeddings.terminal().say("note: not kept: " + String.join(", ", result.lost()));
    }
    embeddings.terminal().out().println("converted " + result.facts().summary() + " to " + to);
    return Exit.DONE;
  }
}
