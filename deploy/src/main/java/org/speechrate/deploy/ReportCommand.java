package org.speechrate.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.speechrate.model.ModelFolder;
import org.speechrate.pipeline.Artifact;
import org.speechrate.pipeline.RunFiles;
import org.speechrate.pipeline.RunRecord;
import org.speechrate.pipeline.Stage;
import org.speechrate.pipeline.StageState;
import org.speechrate.pipeline.evaluation.EvaluationFacts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code speechrate report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    header = {"Show the report of a run or of a published model.", ""},
    description = {
      "Prints where the report is: one HTML file with the verdict, metrics with intervals, figures,"
          + " the largest errors and where the model comes from. It needs no server and no network.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate report train-20260102-030405-1f2e --open",
      "  deploy/speechrate report speech-rate",
      "  deploy/speechrate report speech-rate@20260102T030405Z-0a1b2c3d"
    })
final class ReportCommand extends Subcommand {
  @Parameters(
      paramLabel = "ID|MODEL",
      description =
          "Workflow id, as `speechrate runs` lists it; or a model: NAME, which is its champion (where"
              + " none was chosen, the newest version), NAME@VERSION, or the folder"
              + " models/<name>/<version>.")
  private String what;

  @Option(names = "--open", description = "Also open it, in the browser of this machine.")
  private boolean open;

  @Override
  public Integer call() throws Exception {
    Optional<RunRecord> run = new RunFiles(workspace()).find(what);
    Path report = run.isPresent() ? ofRun(run.get()) : ofModel();
    terminal().out().println(report);
    if (open) {
      new Opener(System.getProperty("os.name"), System.getenv()).open(report);
    }
    return Exit.DONE;
  }

  private Path ofRun(RunRecord run) throws CommandFailure {
    Artifact evaluation =
        run.stages().stream()
            .filter(state -> state.stage() == Stage.EVALUATION)
            .findFirst()
            .flatMap(StageState::artifact)
            .orElseThrow(
                () ->
                    CommandFailure.failed(
                        String.format(
                            "run %s made no report, as it ended before its evaluation: %s",
                            what, run.message())));
    Path report = workspace().resolve(evaluation.uri()).resolve(EvaluationFacts.REPORT);
    if (!Files.isRegularFile(report)) {
      throw CommandFailure.failed(
          String.format(
              "run %s has no report: %s is not there; it was removed, or made before there were"
                  + " reports; the same run again makes one",
              what, report));
    }
    return report;
  }

  private Path ofModel() throws CommandFailure {
    Path version = version();
    Path report = version.resolve(EvaluationFacts.REPORT);
    if (!Files.isRegularFile(report)) {
      throw CommandFailure.failed(
          version + " has no report: it was published before there were any");
    }
    return report;
  }

  private Path version() throws CommandFailure {
    Path models = workspace().resolve("models");
    try {
      Path folder = workspace().resolve(Path.of(what)).normalize();
      return new ModelFolder(models)
          .resolve(folder.startsWith(models) ? models.relativize(folder).toString() : what);
    } catch (IOException | InvalidPathException e) {
      throw CommandFailure.wrongInput(
          String.format(
              "there is no run %s that has ended (`%s` lists them), and %s",
              what,
              command("runs"),
              e instanceof IOException ? e.getMessage() : "no model has such a name"),
          e);
    }
  }
}
