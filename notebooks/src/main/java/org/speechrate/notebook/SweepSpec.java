package org.speechrate.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Input of {@link Speechrate#sweep(SweepSpec)}: what all variants share, and one of {@link #grid},
 * {@link #variant} and {@link #random}.
 *
 * <pre>{@code
 * sr.sweep(SweepSpec.create().epochs(60).grid("training.hidden", List.of(32), List.of(128)))
 * }</pre>
 */
public final class SweepSpec extends ModelSpec<SweepSpec> {
  private final List<Map<String, Object>> variants = new ArrayList<>();
  private final Map<String, Object> grid = new LinkedHashMap<>();
  private final Map<String, Object> random = new LinkedHashMap<>();

  private SweepSpec() {}

  /** A small grid of learning rates and widths, on the bundled sample. */
  public static SweepSpec create() {
    return new SweepSpec();
  }

  /**
   * What somebody else has chosen, to vary it.
   *
   * @param choices a run's JSON object as maps and lists, such as {@code SweepResult.winner()}
   */
  public static SweepSpec of(Map<String, ?> choices) {
    return new SweepSpec().setAll(choices);
  }

  /**
   * One side of the grid, of which all combinations are trained.
   *
   * @param field such as {@code training.learningRate}
   * @param values at least one
   */
  public SweepSpec grid(String field, Object... values) {
    grid.put(field, values);
    return group("grid", grid);
  }

  /** One more variant: its fields of training and embeddings. */
  public SweepSpec variant(TrainSpec choices) {
    ObjectNode tree = choices.tree();
    Map<String, Object> flat = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> object : tree.properties()) {
      if (object.getValue() instanceof ObjectNode fields) {
        fields
            .properties()
            .forEach(field -> flat.put(object.getKey() + "." + field.getKey(), field.getValue()));
      } else {
        flat.put(object.getKey(), object.getValue());
      }
    }
    variants.add(flat);
    return group("list", variants);
  }

  /** Variants drawn at random; {@link #among}, {@link #uniform} and {@link #log} say from what. */
  public SweepSpec random(int draws, int seed) {
    random.put("draws", draws);
    random.put("seed", seed);
    return group("random", random);
  }

  /** Draws the field from these values. */
  public SweepSpec among(String field, Object... values) {
    random.put(field, values);
    return group("random", random);
  }

  /** Draws the field from a range. */
  public SweepSpec uniform(String field, double least, double most) {
    random.put(field, Map.of("uniform", List.of(least, most)));
    return group("random", random);
  }

  /** Draws the field's logarithm from a range. */
  public SweepSpec log(String field, double least, double most) {
    random.put(field, Map.of("log", List.of(least, most)));
    return group("random", random);
  }

  /**
   * Successive halving.
   *
   * @param eta one variant in so many goes on from a rung to the next
   * @param rungs epochs after which the others stop; the last one is the whole training
   */
  public SweepSpec halving(int eta, int... rungs) {
    return group("halving", Map.of("eta", eta, "rungs", rungs));
  }

  private SweepSpec group(String name, Object value) {
    return set("sweep." + name, value);
  }
}
