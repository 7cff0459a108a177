package org.speechrate.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.publishing.ModelImport;
import org.speechrate.publishing.ModelRegistry;
import org.speechrate.publishing.format.TorchReader;
import org.speechrate.store.Workspace;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate models import}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    header = {"Make a version of a model that PyTorch saved.", ""},
    sortOptions = false,
    description = {
      "Reads the Python system's regression_model.pt (a pickled ProbingCls), a torch.nn.Sequential of"
          + " Linear layers with ReLU, GELU or Tanh, or a state_dict, whose layers are named fc1, fc2,"
          + " … or 0, 2, …. Nothing in the file is executed. The model is evaluated on the bundled"
          + " sample, or on the labels and embeddings given; where none has its dimension, it is"
          + " registered without a verdict. It does not become the champion by that.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate models import models/regression_model.pt --name python",
      "  deploy/speechrate models import old.pt --name python --labels data/processed --embeddings"
          + " embeddings_npy",
      "",
      "Exit codes: 0 done, 1 it could not be written, 2 the file, the name or the data was refused."
    })
final class ModelsImportCommand extends ModelsCommand.Sub {
  /** As a run's publishing.model. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

  @Parameters(paramLabel = "FILE", description = "What torch.save wrote.")
  private Path file;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "The model that it becomes a version of.")
  private String name;

  @Option(
      names = "--activation",
      paramLabel = "WORD",
      description = "Of a state_dict, which does not tell: relu, gelu or tanh (default: relu).")
  private String activation;

  @Option(
      names = "--labels",
      paramLabel = "DIR",
      description = "Folder of <split>_cps.csv to evaluate on, with --embeddings.")
  private Path labels;

  @Option(
      names = "--embeddings",
      paramLabel = "PATH",
      description = "Embeddings to evaluate on, as a run's embeddings.path, with --labels.")
  private Path embeddings;

  @Option(
      names = "--who",
      paramLabel = "NAME",
      description = "Who you are (default: this account's name).")
  private String who;

  @Option(names = "--why", paramLabel = "TEXT", description = "Why.")
  private String why;

  @Override
  int run(ModelRegistry registry) throws Exception {
    check();
    TorchReader.Imported imported =
        TorchReader.read(file, file.toString(), Optional.ofNullable(activation));
    int dimension = SpeechRateModel.of(imported.weights()).dimension();
    Workspace workspace =
        Backend.workspace(
            workspace(),
            labels == null
                ? List.of()
                : List.of(labels.toAbsolutePath(), embeddings.toAbsolutePath()));
    Sample.provide(workspace.root(), Tools.repository(), terminal());
    PlainStages.Joined joined = PlainStages.run(workspace, spec());
    String data = labels == null ? "the bundled sample" : labels + " and " + embeddings;
    int given = joined.embeddings().facts().dimension();
    if (given != dimension && labels != null) {
      throw CommandFailure.wrongInput(
          String.format(
              "%s takes embeddings of %d values, those of %s have %d",
              file, dimension, embeddings, given));
    }
    ModelImport.Result result =
        new ModelImport(workspace, joined.store(), Clock.systemUTC())
            .register(
                name,
                imported.weights(),
                ModelImport.Source.of(file, file.toString(), imported),
                given != dimension
                    ? Optional.empty()
                    : Optional.of(
                        new ModelImport.Data(
                            data,
                            joined.labels(),
                            joined.embeddings().artifact(),
                            joined.dataset().artifact(),
                            joined.dataset().facts())),
                Optional.ofNullable(who),
                Optional.ofNullable(why));
    print(
        result,
        () -> {
          terminal()
              .out()
              .println(
                  String.format("imported %s, widths %s", imported.kind(), result.layers())
                      + (imported.kind().equals("state_dict") && activation == null
                          ? ", with relu between them (--activation names another)"
                          : ""));
          terminal().out().println(result.verdict() + (given == dimension ? ", on " + data : ""));
          terminal().out().println("registered " + result.path());
          terminal()
              .say(
                  "make it the champion: "
                      + command(
                          "models promote "
                              + result.model()
                              + "@"
                              + result.version()
                              + " --who … --why …"));
        });
    return Exit.DONE;
  }

  private void check() throws CommandFailure {
    if (!NAME.matcher(name).matches()) {
      throw CommandFailure.wrongInput(
          "--name must be 1 to 64 of a-z, 0-9, - and _, and begin with a letter or digit, is \""
              + name
              + "\"");
    }
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.wrongInput(file + " is no file");
    }
    if (activation != null && !List.of("relu", "gelu", "tanh").contains(activation)) {
      throw CommandFailure.wrongInput(
          "--activation must be relu, gelu or tanh, is \"" + activation + "\"");
    }
    if ((labels == null) != (embeddings == null)) {
      throw CommandFailure.wrongInput("--labels and --embeddings must be given together");
    }
    for (Path given : labels == null ? List.<Path>of() : List.of(labels, embeddings)) {
      if (!Files.exists(given)) {
        throw CommandFailure.wrongInput(given + " does not exist");
      }
    }
  }

  /** Lenient, as this model is not trained on what is dropped, or overlaps. */
  private RunSpec spec() {
    if (labels == null) {
      return RunSpecReader.read("{}");
    }
    return RunSpecReader.read(
        ResultView.json(
            Map.of(
                "labels", Map.of("directory", labels.toAbsolutePath().toString()),
                "embeddings", Map.of("path", embeddings.toAbsolutePath().toString()),
                "dataset", Map.of("onMissing", "drop", "onSpeakerOverlap", "warn"))));
  }
}
