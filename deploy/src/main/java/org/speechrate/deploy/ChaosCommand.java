package org.speechrate.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.speechrate.store.Durable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code speechrate chaos}. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    header = {"Kill server and worker at random moments, and check what comes out.", ""},
    sortOptions = false,
    description = {
      "Trains again and again on the bundled sample, several runs at once, in a workspace of its own"
          + " with its own server; kills that server or its worker (kill -9) at random moments in"
          + " every stage, and starts it again. Each run must end, with exactly one published"
          + " version, and with the weights of a run that nobody disturbed, bit by bit.",
      "",
      "A kill takes some 10 s. What it starts it ends, also after Ctrl-C.",
      ""
    },
    footer = {
      "",
      "Examples",
      "  deploy/speechrate chaos --kills 100",
      "  deploy/speechrate chaos --kills 20 --seed 7 --keep    the same kills again; files stay",
      "",
      "Exit codes: 0 every run came out right, 1 one did not."
    })
final class ChaosCommand extends Subcommand {
  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many in all (default: ${DEFAULT-VALUE}).")
  private int kills;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Of what is killed, in which stage, after which time (default: a new one each time)."
              + " Where exactly a kill strikes also depends on the machine.")
  private Long seed;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "4",
      description = "Runs under way at once (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Length of each training (default: ${DEFAULT-VALUE}, some 5 s).")
  private int epochs;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Option(names = "--keep", description = "Leave the workspace's files at the end.")
  private boolean keep;

  @Override
  public Integer call() throws Exception {
    requirePositive("--kills", kills);
    requirePositive("--runs", runs);
    requirePositive("--epochs", epochs);
    long drawn = seed == null ? new SecureRandom().nextInt(Integer.MAX_VALUE) : seed;
    try (Lifetime lifetime = new Lifetime()) {
      Path root = Files.createTempDirectory("speechrate-chaos").toRealPath();
      if (!keep) {
        lifetime.add(() -> Durable.deleteFolder(root));
      }
      terminal().say("Seed: " + drawn + "; workspace: " + root + (keep ? "" : ", for now"));
      Sample.copy(Tools.repository().resolve("data/sample"), root.resolve("data/sample"));
      ChaosReport report =
          new Chaos(lifetime, terminal(), tools(), root, kills, drawn, runs, epochs).run();
      if (json) {
        terminal().out().println(ResultView.json(report));
      } else {
        report.print(terminal());
      }
      return report.violations().isEmpty() ? Exit.DONE : Exit.RUN_FAILED;
    }
  }

  private static void requirePositive(String option, int value) throws CommandFailure {
    if (value < 1) {
      throw CommandFailure.wrongInput(option + " must be at least 1, got " + value);
    }
  }
}
