package org.speechrate.deploy.bench;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.speechrate.deploy.Terminal;
import org.speechrate.store.Json;

/** What a bench found, as a table for people or as one JSON object. */
final class Report {
  /** Where a stage's seconds go, and their sum. */
  static final List<String> PARTS =
      List.of("work", "writing", "hashing", "fsync", "commit", "total");

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final Map<String, Seconds> seconds = new LinkedHashMap<>();
  private final Map<String, String> words = new LinkedHashMap<>();
  private final Map<String, Map<String, Double>> parts = new LinkedHashMap<>();
  private final Map<String, Optional<Ratio>> ratios = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /** Of one way, in the order of its runs. */
  record Seconds(double median, double min, List<Double> runs) {
    Seconds(List<Double> runs) {
      this(median(runs), Collections.min(runs), List.copyOf(runs));
    }

    private static double median(List<Double> runs) {
      List<Double> sorted = runs.stream().sorted().toList();
      int half = sorted.size() / 2;
      return sorted.size() % 2 == 1
          ? sorted.get(half)
          : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
  }

  /**
   * @param target such as "at least 500"
   */
  record Ratio(double value, String target, boolean reached) {}

  Report fact(String name, Object value) {
    facts.put(name, value);
    return this;
  }

  /**
   * @param way its name in JSON
   * @param shown the same for people
   */
  void seconds(String way, String shown, List<Double> runs) {
    seconds.put(way, new Seconds(runs));
    words.put(way, shown);
  }

  /** Of a way's seconds. */
  double median(String way) {
    return seconds.get(way).median();
  }

  void parts(Map<String, Map<String, Double>> ofStages) {
    parts.putAll(ofStages);
  }

  /** Median seconds of {@code above} ÷ {@code below}, which should be at least {@code target}. */
  void atLeast(String name, String above, String below, double target) {
    ratio(name, above, below, "at least ", target, 1);
  }

  /** Median seconds of {@code above} ÷ {@code below}, which should be at most {@code target}. */
  void atMost(String name, String above, String below, double target) {
    ratio(name, above, below, "at most ", target, -1);
  }

  /**
   * The median of {@code above} ÷ {@code below} of each pair of runs that took turns: it stays
   * where the machine slows down meanwhile.
   */
  void pairedAtMost(String name, String above, String below, double target) {
    List<Double> runs = seconds.get(below).runs();
    List<Double> pairs = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      pairs.add(seconds.get(above).runs().get(i) / runs.get(i));
    }
    double value = Seconds.median(pairs);
    ratios.put(name, Optional.of(new Ratio(value, "at most " + plain(target), value <= target)));
  }

  private static String plain(double target) {
    return BigDecimal.valueOf(target).stripTrailingZeros().toPlainString();
  }

  private void ratio(
      String name, String above, String below, String word, double target, int sign) {
    if (!seconds.containsKey(above) || !seconds.containsKey(below)) {
      ratios.put(name, Optional.empty());
      return;
    }
    double value = seconds.get(above).median() / seconds.get(below).median();
    ratios.put(
        name, Optional.of(new Ratio(value, word + plain(target), (value - target) * sign >= 0)));
  }

  /** Of a ratio; empty where one of the ways was not timed. */
  Optional<Double> value(String ratio) {
    return ratios.get(ratio).map(Ratio::value);
  }

  void note(String note) {
    notes.add(note);
  }

  void print(Terminal terminal, boolean json) {
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>(facts);
      all.put("seconds", seconds);
      all.put("parts", parts);
      all.put("ratios", ratios);
      all.put("notes", notes);
      terminal.out().print(new String(Json.write(all), StandardCharsets.UTF_8));
      return;
    }
    PrintStream out = terminal.out();
    out.println(
        terminal.bold(String.format("%-58s%12s%9s   %s", "seconds", "median", "min", "runs")));
    seconds.forEach(
        (way, found) ->
            out.printf(
                Locale.ROOT,
                "%-58s%12.3f%9.3f   %s%n",
                words.get(way),
                found.median(),
                found.min(),
                String.join(" ", found.runs().stream().map(Report::three).toList())));
    out.println();
    out.println(
        terminal.bold(
            String.format(
                "%-14s" + "%12s".repeat(PARTS.size()),
                Stream.concat(Stream.of("our seconds"), PARTS.stream()).toArray())));
    parts.forEach(
        (stage, of) -> {
          out.printf("%-14s", stage);
          for (String part : PARTS) {
            out.printf(Locale.ROOT, "%12.3f", of.get(part));
          }
          out.println();
        });
    out.println();
    ratios.forEach(
        (name, ratio) ->
            out.println(
                ratio
                    .map(
                        each ->
                            String.format(
                                Locale.ROOT,
                                "%-58s%12.3f   %s: %s",
                                name,
                                each.value(),
                                each.target(),
                                each.reached()
                                    ? terminal.green("reached")
                                    : terminal.red("missed")))
                    .orElse(String.format("%-58s%12s   no Python side was timed", name, "-"))));
    notes.forEach(note -> out.println(terminal.dim(note)));
  }

  private static String three(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
