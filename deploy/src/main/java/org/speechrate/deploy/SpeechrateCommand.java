package org.speechrate.deploy;

import io.grpc.StatusRuntimeException;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.deploy.bench.BenchCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line. Each subcommand is a class of its own; results go to standard output alone. */
@Command(
    name = "speechrate",
    description = {
      "Retrains a model that predicts speech rate (letters per second) from speaker embeddings,"
          + " and tells whether it is any good.",
      ""
    },
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = SpeechrateCommand.Version.class,
    mixinStandardHelpOptions = true,
    sortOptions = false,
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      DownCommand.class,
      LogsCommand.class,
      WorkerCommand.class,
      TrainCommand.class,
      SweepCommand.class,
      ProbeCommand.class,
      PredictCommand.class,
      NotebookCommand.class,
      RunsCommand.class,
      StatusCommand.class,
      ReportCommand.class,
      CompareCommand.class,
      WatchCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      StopCommand.class,
      CancelCommand.class,
      ApproveCommand.class,
      RejectCommand.class,
      ModelsCommand.class,
      ScheduleCommand.class,
      LastNightCommand.class,
      ServiceCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      EmbeddingsCommand.class,
      EncodersCommand.class,
      GcCommand.class,
      BenchCommand.class,
      ChaosCommand.class,
      VerifyCommand.class,
      DoctorCommand.class,
      CommandLine.HelpCommand.class
    },
    footer = {
      "",
      "A first look:            deploy/speechrate demo",
      "Server, UI and worker:   deploy/speechrate up",
      "A run on your files:     deploy/speechrate help train",
      "Notebooks:               deploy/speechrate notebook",
      "What is missing here:    deploy/speechrate doctor",
      "",
      "Exit codes: 0 done, 1 the run failed, 2 wrong input, 3 something is missing on this machine,"
          + " 130 you pressed Ctrl-C (a run that is under way stands still, and goes on with `up`)."
    })
public final class SpeechrateCommand {
  /** What a failure's line begins with. */
  static final String PREFIX = "speechrate: ";

  private final Terminal terminal;

  @Option(
      names = "--workspace",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Folder that holds data/ and models/ (default: the repository).")
  private Path workspace;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show log lines, and stack traces of failures, on standard error.")
  private boolean verbose;

  SpeechrateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  public static void main(String[] args) {
    System.exit(run(Terminal.ofProcess(), args));
  }

  /** Runs one command. */
  static int run(Terminal terminal, String... args) {
    return commandLine(terminal).execute(args);
  }

  static CommandLine commandLine(Terminal terminal) {
    SpeechrateCommand command = new SpeechrateCommand(terminal);
    return new CommandLine(command)
        .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(Math.max(80, Math.min(120, terminal.columns())))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(
            new java.io.PrintWriter(terminal.out(), true, java.nio.charset.StandardCharsets.UTF_8))
        .setErr(
            new java.io.PrintWriter(terminal.err(), true, java.nio.charset.StandardCharsets.UTF_8))
        .setExecutionStrategy(
            parsed -> {
              command.startLogging(parsed);
              return new CommandLine.RunLast().execute(parsed);
            })
        .setParameterExceptionHandler((failure, args) -> wrongInput(terminal, failure))
        .setExecutionExceptionHandler((failure, line, parsed) -> command.failed(failure));
  }

  Terminal terminal() {
    return terminal;
  }

  /** The workspace's folder as the user gave it, made absolute. */
  Path workspace() throws CommandFailure {
    Path folder = workspace == null ? Tools.repository() : workspace;
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.wrongInput("--workspace: no such folder: " + folder);
    }
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw CommandFailure.wrongInput("--workspace: cannot read " + folder + ": " + Words.of(e), e);
    }
  }

  /** Whether the user named it; else it is the repository. */
  boolean namesWorkspace() {
    return workspace != null;
  }

  /** A command of this workspace that the user can paste. */
  String command(String words) {
    return "deploy/speechrate "
        + (workspace == null ? "" : "--workspace " + Words.quoted(workspace.toString()) + " ")
        + words;
  }

  Tools tools() {
    return new Tools(Tools.repository(), terminal::say);
  }

  /** Before the first logger: logback reads these once. */
  private void startLogging(CommandLine.ParseResult parsed) {
    CommandLine.ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    boolean stays =
        last.commandSpec().userObject() instanceof UpCommand
            || last.commandSpec().userObject() instanceof WorkerCommand;
    System.setProperty("speechrate.stderr", verbose ? "DEBUG" : stays ? "INFO" : "OFF");
    if (!verbose) {
      // gRPC would print stack traces of servers that do not answer; its callers say it in a line.
      LogManager.getLogManager().reset();
    }
    System.setProperty("speechrate.traces", verbose ? "%ex" : "%nopex");
    Path folder = workspace == null ? Tools.repository() : workspace;
    // An image names one of its own: many containers' workers have one workspace.
    if (System.getProperty("speechrate.log") == null && Files.isDirectory(folder)) {
      System.setProperty("speechrate.log", folder.resolve("data/logs/speechrate.log").toString());
    }
  }

  private static int wrongInput(Terminal terminal, ParameterException failure) {
    String command = failure.getCommandLine().getCommandSpec().qualifiedName(" ");
    terminal.say(command + ": " + failure.getMessage() + " (see `" + command + " --help`)");
    return Exit.WRONG_INPUT;
  }

  /** One line for the user; the stack trace of what should not happen goes to the log. */
  private int failed(Exception failure) {
    if (Lifetime.processEnds()) {
      return Exit.RUN_FAILED;
    }
    Logger log = LoggerFactory.getLogger(SpeechrateCommand.class);
    if (failure instanceof CommandFailure known && !verbose) {
      log.debug("refused: {}", known.getMessage());
    } else {
      log.debug("the command failed", failure);
    }
    if (failure instanceof CommandFailure known) {
      terminal.say(PREFIX + known.getMessage());
      return known.exitCode();
    }
    if (failure instanceof WorkflowNotFoundException notFound) {
      // It was found a moment ago.
      String id = notFound.getExecution().getWorkflowId();
      terminal.say(PREFIX + "run " + id + " has ended already");
      return Exit.RUN_FAILED;
    }
    if (failure instanceof WorkflowExecutionAlreadyStarted started) {
      terminal.say(
          String.format(
              "speechrate: a run %s is under way already; wait for it, or choose another --id",
              started.getExecution().getWorkflowId()));
      return Exit.WRONG_INPUT;
    }
    if (failure instanceof WorkflowServiceException || failure instanceof StatusRuntimeException) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      terminal.say("speechrate: Temporal does not answer: " + Words.of(cause));
      return Exit.MISSING;
    }
    terminal.say(
        String.format(
            "speechrate: %s (more in data/logs/speechrate.log, or with --verbose)",
            Words.of(failure)));
    return Exit.RUN_FAILED;
  }

  /** Of our jar, and of what decides about results. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String ours = SpeechrateCommand.class.getPackage().getImplementationVersion();
      return new String[] {
        "speechrate " + (ours == null ? "0.1.0-SNAPSHOT" : ours),
        "Java "
            + Runtime.version()
            + ", Temporal SDK "
            + io.temporal.serviceclient.Version.LIBRARY_VERSION
      };
    }
  }
}
