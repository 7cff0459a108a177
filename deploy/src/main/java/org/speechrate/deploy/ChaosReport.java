package org.speechrate.deploy;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came out of {@code speechrate chaos}.
 *
 * @param byStage kills by the stage that was in progress; one that struck several counts in each,
 *     "none" are those between two stages
 * @param runs that were begun
 * @param ended runs that completed
 * @param duplicates versions beyond one for each run
 * @param differingBits runs whose weights are not those of the undisturbed run
 * @param longestRecoverySeconds from a kill until what it struck was in progress again or done, or
 *     waited only for another run's training; also where further kills came between
 * @param longestRecovery the kill that this was after
 * @param violations one line for each thing that must not happen
 */
record ChaosReport(
    long seed,
    Struck kills,
    Map<String, Struck> byStage,
    int runs,
    int ended,
    int duplicates,
    int differingBits,
    double longestRecoverySeconds,
    String longestRecovery,
    double seconds,
    List<String> violations) {

  /** How often each was killed. */
  record Struck(int worker, int server) {
    Struck plus(boolean isWorker) {
      return isWorker ? new Struck(worker + 1, server) : new Struck(worker, server + 1);
    }
  }

  void print(Terminal terminal) {
    terminal
        .out()
        .println(terminal.bold(String.format("%-14s%8s%8s", "kills during", "worker", "server")));
    byStage.forEach((stage, struck) -> terminal.out().println(row(stage, struck)));
    terminal.out().println(row("in all", kills));
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%nruns ended         %d of %d%nduplicates         %d%ndiffering bits     %d%n"
                + "longest recovery   %.1f s%s%nseed %d, %.0f s in all%n",
            ended,
            runs,
            duplicates,
            differingBits,
            longestRecoverySeconds,
            longestRecovery.isEmpty() ? "" : ": " + longestRecovery,
            seed,
            seconds);
    violations.forEach(line -> terminal.out().println(terminal.red("VIOLATION: ") + line));
  }

  private static String row(String name, Struck struck) {
    return String.format(Locale.ROOT, "%-14s%8d%8d", name, struck.worker(), struck.server());
  }
}
