package org.speechrate.pipeline.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The variants of a sweep, ordered by how they do on dev. */
public final class Leaderboard {
  /** What would end or split a field of a CSV file. */
  private static final Pattern QUOTED = Pattern.compile("[\",\\r\\n]");

  private final Map<Integer, Variant> variants = new TreeMap<>();
  private final Map<Integer, VariantOutcome> outcomes = new LinkedHashMap<>();

  /** The number of the rung that an outcome is of: who came further stands higher. */
  private final Map<Integer, Integer> rungs = new LinkedHashMap<>();

  public Leaderboard(List<Variant> all) {
    all.forEach(variant -> variants.put(variant.number(), variant));
  }

  /**
   * @param rung number of the rung, from 0
   */
  public void put(int rung, VariantOutcome outcome) {
    outcomes.put(outcome.variant(), outcome);
    rungs.put(outcome.variant(), rung);
  }

  /** Those of the rung that did not fail, the best first; of equals the earlier variant. */
  public List<VariantOutcome> best(int rung) {
    return outcomes.values().stream()
        .filter(outcome -> outcome.failure().isEmpty() && rungs.get(outcome.variant()) == rung)
        .sorted(
            Comparator.comparingDouble(VariantOutcome::devMse)
                .thenComparingInt(VariantOutcome::variant))
        .toList();
  }

  /** The ranked ones, then those that wait, then those that failed. */
  public List<LeaderboardRow> rows() {
    List<LeaderboardRow> rows = new ArrayList<>();
    int last = rungs.values().stream().mapToInt(rung -> rung).max().orElse(0);
    for (int rung = last; rung >= 0; rung--) {
      best(rung).forEach(outcome -> rows.add(row(Optional.of(rows.size() + 1), outcome)));
    }
    variants.keySet().stream()
        .filter(number -> !outcomes.containsKey(number))
        .forEach(number -> rows.add(waiting(number)));
    outcomes.values().stream()
        .filter(outcome -> outcome.failure().isPresent())
        .sorted(Comparator.comparingInt(VariantOutcome::variant))
        .forEach(outcome -> rows.add(row(Optional.empty(), outcome)));
    return rows;
  }

  private LeaderboardRow waiting(int number) {
    return new LeaderboardRow(
        Optional.empty(),
        number,
        LeaderboardRow.State.WAITING,
        Optional.empty(),
        0,
        0,
        variants.get(number).choices(),
        Optional.empty());
  }

  private LeaderboardRow row(Optional<Integer> rank, VariantOutcome outcome) {
    boolean failed = outcome.failure().isPresent();
    return new LeaderboardRow(
        rank,
        outcome.variant(),
        state(outcome),
        failed ? Optional.empty() : Optional.of(outcome.devMse()),
        outcome.keptEpoch(),
        outcome.epochs(),
        variants.get(outcome.variant()).choices(),
        outcome.failure());
  }

  private static LeaderboardRow.State state(VariantOutcome outcome) {
    if (outcome.failure().isPresent()) {
      return LeaderboardRow.State.FAILED;
    }
    if (!outcome.ended()) {
      return LeaderboardRow.State.STOPPED;
    }
    return outcome.reused() ? LeaderboardRow.State.REUSED : LeaderboardRow.State.TRAINED;
  }

  /** What any variant chooses, such as {@code training.learningRate}. */
  public static List<String> columns(List<LeaderboardRow> rows) {
    Set<String> columns = new LinkedHashSet<>();
    rows.forEach(row -> columns.addAll(row.choices().keySet()));
    return List.copyOf(columns);
  }

  /**
   * Columns rank, variant, state, dev_mse, epoch, epochs, one for each choice, error, and last
   * test_mse, which the winner alone has.
   */
  public static String csv(SweepResult result) {
    List<LeaderboardRow> rows = result.leaderboard();
    List<String> columns = columns(rows);
    List<String> header = new ArrayList<>(List.of("rank", "variant", "state"));
    header.addAll(List.of("dev_mse", "epoch", "epochs"));
    header.addAll(columns);
    header.addAll(List.of("error", "test_mse"));
    StringBuilder csv = new StringBuilder(line(header));
    for (LeaderboardRow row : rows) {
      List<String> fields = new ArrayList<>();
      fields.add(row.rank().map(String::valueOf).orElse(""));
      fields.add(String.valueOf(row.variant()));
      fields.add(word(row.state()));
      fields.add(row.devMse().map(String::valueOf).orElse(""));
      fields.add(String.valueOf(row.keptEpoch()));
      fields.add(String.valueOf(row.epochs()));
      columns.forEach(column -> fields.add(shown(row, column)));
      fields.add(row.failure().orElse(""));
      fields.add(
          row.rank().filter(rank -> rank == 1).isPresent()
              ? String.valueOf(result.evaluation().get("test").mse())
              : "");
      csv.append(line(fields));
    }
    return csv.toString();
  }

  private static String line(List<String> fields) {
    return fields.stream()
            .map(
                field ->
                    QUOTED.matcher(field).find() ? '"' + field.replace("\"", "\"\"") + '"' : field)
            .collect(Collectors.joining(","))
        + "\n";
  }

  /** What the row's variant chooses there, empty where it leaves the choice alone. */
  public static String shown(LeaderboardRow row, String column) {
    return String.valueOf(row.choices().getOrDefault(column, ""));
  }

  /** Such as "28 trained, 3 stopped, 1 failed". */
  public static String counts(List<LeaderboardRow> rows) {
    List<String> counts = new ArrayList<>();
    for (LeaderboardRow.State state : LeaderboardRow.State.values()) {
      int count = (int) rows.stream().filter(row -> row.state() == state).count();
      if (count > 0) {
        counts.add(count + " " + word(state));
      }
    }
    return String.join(", ", counts);
  }

  public static String word(LeaderboardRow.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
