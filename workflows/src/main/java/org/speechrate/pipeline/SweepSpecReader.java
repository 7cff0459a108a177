package org.speechrate.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.sweep.SweepSpec;
import org.speechrate.pipeline.sweep.Variant;

/**
 * Reads a sweep's JSON object: a run's, in which {@code sweep} says what to vary. As strict as
 * {@link RunSpecReader}, which reads each variant.
 */
public final class SweepSpecReader {
  /** So that a slip of the pen does not train for a year. */
  private static final int MOST_VARIANTS = 1000;

  private static final int MOST_EPOCHS = 100_000;
  private static final int MOST_RUNGS = 20;
  private static final int LARGEST_ETA = 100;
  private static final int DEFAULT_ETA = 3;

  /** Of a number drawn from a range: enough to choose by, and short to read. */
  private static final MathContext DRAWN_DIGITS = new MathContext(3);

  private static final Pattern VARIED =
      Pattern.compile("training\\.[A-Za-z]{1,80}|embeddings\\.[A-Za-z]{1,80}|embeddings");

  private static final String DEFAULT_GRID =
      "{\"training.learningRate\": [0.0002, 0.0005, 0.001], \"training.hidden\": [[64], [128]]}";

  private static final String EPOCHS = "training.epochs";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private SweepSpecReader() {}

  /**
   * Fills in every default; without {@code sweep} it is a small grid of learning rates and widths.
   *
   * @throws Refusal if a rule is broken, of kind {@link Refusal.Kind#INVALID_SPEC}
   */
  public static SweepSpec read(String json) {
    return read(json, () -> RunSpecReader.SAMPLE_BY_ENCODER);
  }

  /**
   * @param ofSample asked where the bundled sample is meant
   */
  static SweepSpec read(String json, Supplier<EmbeddingsSpec> ofSample) {
    ObjectNode input = (ObjectNode) RunSpecReader.parse(json);
    SpecNode sweep = new SpecNode("", input).object("sweep");
    List<Map<String, JsonNode>> choices = choices(sweep);
    SpecNode halving = sweep.object("halving");
    List<Integer> rungs =
        halving.has("rungs")
            ? halving.wholeNumbers("rungs", 2, MOST_RUNGS, MOST_EPOCHS, List.of())
            : List.of();
    int eta = (int) halving.wholeNumber("eta", 2, LARGEST_ETA, DEFAULT_ETA);
    if (sweep.has("halving")) {
      requireRungs(halving, rungs, input, choices);
    }
    sweep.refuseOthers();
    ObjectNode base = input.deepCopy();
    base.remove("sweep");
    if (!rungs.isEmpty()) {
      set(base, EPOCHS, JsonNodeFactory.instance.numberNode(rungs.get(rungs.size() - 1)));
    }
    return new SweepSpec(variants(base, choices, ofSample), rungs, eta, input.has("publishing"));
  }

  private static void requireRungs(
      SpecNode halving,
      List<Integer> rungs,
      ObjectNode input,
      List<Map<String, JsonNode>> choices) {
    halving.value("rungs");
    halving.refuseOthers();
    for (int i = 0; i < rungs.size(); i++) {
      if (i > 0 && rungs.get(i) <= rungs.get(i - 1)) {
        throw SpecNode.refusal(
            "sweep.halving.rungs must rise from each rung to the next, got " + rungs);
      }
    }
    if (rungs.isEmpty()) {
      throw SpecNode.refusal(
          "sweep.halving.rungs is needed: the epochs after which the weaker variants stop, and those"
              + " of the whole training at its end, such as [10, 30, 90]");
    }
    if (input.path("training").has("epochs")
        || choices.stream().anyMatch(choice -> choice.containsKey(EPOCHS))) {
      throw SpecNode.refusal(
          "training.epochs has no meaning beside sweep.halving.rungs, whose last number says it");
    }
  }

  /** What each variant sets, in order. */
  private static List<Map<String, JsonNode>> choices(SpecNode sweep) {
    List<String> ways = new ArrayList<>();
    for (String way : List.of("grid", "list", "random")) {
      if (sweep.value(way).isPresent()) {
        ways.add(way);
      }
    }
    if (ways.size() > 1) {
      throw SpecNode.refusal(
          "sweep takes one of grid, list and random, got " + String.join(" and ", ways));
    }
    if (ways.isEmpty()) {
      return grid(new SpecNode("sweep.grid", RunSpecReader.parse(DEFAULT_GRID)));
    }
    return switch (ways.get(0)) {
      case "grid" -> grid(sweep.object("grid"));
      case "list" -> list(sweep);
      default -> random(sweep.object("random"));
    };
  }

  private static List<Map<String, JsonNode>> grid(SpecNode grid) {
    List<Map<String, JsonNode>> all = new ArrayList<>();
    all.add(new LinkedHashMap<>());
    for (String path : grid.fields()) {
      requireVaried("sweep.grid", path);
      JsonNode values = list(grid, path);
      if ((long) all.size() * values.size() > MOST_VARIANTS) {
        throw tooMany("sweep.grid");
      }
      List<Map<String, JsonNode>> longer = new ArrayList<>();
      for (Map<String, JsonNode> before : all) {
        for (JsonNode value : values) {
          Map<String, JsonNode> after = new LinkedHashMap<>(before);
          after.put(path, value);
          longer.add(after);
        }
      }
      all = longer;
    }
    return all;
  }

  private static JsonNode list(SpecNode node, String field) {
    JsonNode values = node.value(field).orElseThrow();
    if (!values.isArray() || values.isEmpty()) {
      throw node.mustBe(field, "a list of one or more values", values);
    }
    return values;
  }

  private static List<Map<String, JsonNode>> list(SpecNode sweep) {
    JsonNode list = list(sweep, "list");
    if (list.size() > MOST_VARIANTS) {
      throw tooMany("sweep.list");
    }
    List<Map<String, JsonNode>> all = new ArrayList<>();
    for (JsonNode entry : list) {
      String name = "list[" + all.size() + "]";
      if (!entry.isObject()) {
        throw sweep.mustBe(name, "an object such as {\"training.learningRate\": 0.001}", entry);
      }
      Map<String, JsonNode> choice = new LinkedHashMap<>();
      entry
          .fields()
          .forEachRemaining(
              field -> {
                requireVaried("sweep." + name, field.getKey());
                choice.put(field.getKey(), field.getValue());
              });
      all.add(choice);
    }
    return all;
  }

  /** More draws of the same seed begin with the same variants. */
  private static List<Map<String, JsonNode>> random(SpecNode random) {
    if (!random.has("draws")) {
      throw SpecNode.refusal("sweep.random.draws is needed: the number of variants");
    }
    int draws = (int) random.wholeNumber("draws", 1, MOST_VARIANTS, 1);
    Random numbers = new Random(random.wholeNumber("seed", 0, Integer.MAX_VALUE, 0));
    List<String> paths =
        random.fields().stream().filter(f -> !f.equals("draws") && !f.equals("seed")).toList();
    if (paths.isEmpty()) {
      throw SpecNode.refusal(
          "sweep.random must name what is drawn, such as \"training.learningRate\": {\"log\": [0.0001,"
              + " 0.01]}");
    }
    paths.forEach(path -> requireVaried("sweep.random", path));
    List<Map<String, JsonNode>> all = new ArrayList<>();
    for (int i = 0; i < draws; i++) {
      Map<String, JsonNode> choice = new LinkedHashMap<>();
      for (String path : paths) {
        choice.put(path, draw(random, path, numbers.nextDouble()));
      }
      all.add(choice);
    }
    return all;
  }

  /**
   * @param uniform from 0 to 1, exclusive
   */
  private static JsonNode draw(SpecNode random, String path, double uniform) {
    JsonNode from = random.value(path).orElseThrow();
    if (from.isArray() && !from.isEmpty()) {
      return from.get((int) (uniform * from.size()));
    }
    boolean log = from.has("log");
    JsonNode range = from.path(log ? "log" : "uniform");
    if (from.size() != 1
        || range.size() != 2
        || !range.get(0).isNumber()
        || !range.get(1).isNumber()) {
      throw random.mustBe(
          path, "a list of values, {\"uniform\": [least, most]} or {\"log\": [least, most]}", from);
    }
    double least = range.get(0).doubleValue();
    double most = range.get(1).doubleValue();
    if (!(least < most) || !Double.isFinite(most - least) || (log && !(least > 0))) {
      throw random.mustBe(
          path, "a range of two rising numbers" + (log ? ", both above 0" : ""), from);
    }
    // StrictMath, as a workflow must draw the same numbers on any machine.
    double drawn =
        log
            ? StrictMath.exp(
                StrictMath.log(least) + uniform * (StrictMath.log(most) - StrictMath.log(least)))
            : least + uniform * (most - least);
    return JsonNodeFactory.instance.numberNode(
        new BigDecimal(drawn).round(DRAWN_DIGITS).doubleValue());
  }

  private static void requireVaried(String where, String path) {
    if (!VARIED.matcher(path).matches()) {
      throw SpecNode.refusal(
          where
              + ": "
              + SpecNode.shown(JsonNodeFactory.instance.textNode(path))
              + " cannot be varied; what can: training.<field>, embeddings.<field> and embeddings,"
              + " with the fields of a run");
    }
  }

  private static Refusal tooMany(String where) {
    return SpecNode.refusal(where + " gives more than " + MOST_VARIANTS + " variants");
  }

  /** Of equal ones the first. */
  private static List<Variant> variants(
      ObjectNode base, List<Map<String, JsonNode>> choices, Supplier<EmbeddingsSpec> ofSample) {
    List<Variant> variants = new ArrayList<>();
    Set<RunSpec> seen = new HashSet<>();
    for (Map<String, JsonNode> choice : choices) {
      ObjectNode input = base.deepCopy();
      choice.forEach((path, value) -> set(input, path, value));
      SpecNode run = new SpecNode("", input);
      run.value("sweep");
      RunSpec spec = RunSpecReader.read(run, ofSample);
      if (spec.training().crossValidation() > 0) {
        throw SpecNode.refusal(
            "training.crossValidation cannot be used in a sweep, which judges its variants by dev MSE;"
                + " cross-validate its best one in a run of its own");
      }
      if (seen.add(spec)) {
        Map<String, Object> shown = new LinkedHashMap<>();
        choice.forEach((path, value) -> shown.put(path, MAPPER.convertValue(value, Object.class)));
        variants.add(new Variant(variants.size() + 1, shown, input, spec));
      }
    }
    return variants;
  }

  private static void set(ObjectNode input, String path, JsonNode value) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      input.set(path, value);
      return;
    }
    String object = path.substring(0, dot);
    JsonNode inner =
        Optional.ofNullable(input.get(object)).orElseGet(() -> input.putObject(object));
    if (!(inner instanceof ObjectNode fields)) {
      throw new SpecNode("", input).mustBe(object, "an object", inner);
    }
    fields.set(path.substring(dot + 1), value);
  }
}
