package org.speechrate.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.EpochLoss;
import org.speechrate.store.Durable;

/**
 * A {@link TrainingState} on disk: a safetensors file with the tensors {@code parameters}, {@code
 * first_moment}, {@code second_moment}, {@code kept}, {@code input_mean} and {@code start}, the
 * rest in its metadata. Numbers are written so that they come back with every bit.
 */
final class Checkpoint {
  /** "checkpoint", an activity's id and the number of its attempt; before these, the word alone. */
  private static final Pattern NAME = Pattern.compile("(checkpoint.*?)(?:-(\\d+))?\\.safetensors");

  /** Of a variant that has stopped at a rung. */
  static final String FILE = "checkpoint.safetensors";

  private final Map<String, String> identity;
  private final Map<String, String> machine;

  /**
   * @param identity what a checkpoint must share to be of use: data and choices
   * @param machine what may differ, but then gives other last bits: engine, device, instructions,
   *     threads
   */
  Checkpoint(Map<String, String> identity, Map<String, String> machine) {
    this.identity = new TreeMap<>(identity);
    this.machine = new TreeMap<>(machine);
  }

  /**
   * A file of one attempt alone: one that was thought dead, and is not, can't overwrite its
   * successor's.
   *
   * @param folder of the run
   */
  static Path file(Path folder, String activityId, int attempt) {
    return folder.resolve("checkpoint-" + activityId + "-" + attempt + ".safetensors");
  }

  /** Those of all attempts of a run. */
  static List<Path> in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> NAME.matcher(file.getFileName().toString()).matches()).toList();
    }
  }

  /** Of the same activity; what another one has returned, the run may still go on from. */
  static void removeEarlierAttempts(Path own) throws IOException {
    Matcher mine = NAME.matcher(own.getFileName().toString());
    if (!mine.matches() || mine.group(2) == null) {
      return;
    }
    for (Path file : in(own.getParent())) {
      Matcher its = NAME.matcher(file.getFileName().toString());
      if (its.matches()
          && its.group(1).equals(mine.group(1))
          && its.group(2) != null
          && Integer.parseInt(its.group(2)) < Integer.parseInt(mine.group(2))) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** On disk when it returns, all of it or nothing. */
  void write(Path file, TrainingState state) throws IOException {
    Map<String, Tensor> tensors =
        Map.of(
            "parameters", tensor(state.adam().parameters()),
            "first_moment", tensor(state.adam().firstMoment()),
            "second_moment", tensor(state.adam().secondMoment()),
            "kept", tensor(state.kept()),
            "input_mean", tensor(state.scaling().inputMean()),
            "start", tensor(state.start().weights()));
    Map<String, String> metadata = new LinkedHashMap<>(identity);
    metadata.putAll(machine);
    metadata.put("step", Long.toString(state.adam().step()));
    metadata.put("kept_epoch", Integer.toString(state.keptEpoch()));
    metadata.put("kept_dev_mse", Double.toString(state.keptDevMse()));
    metadata.put("start_intercept", Double.toString(state.start().intercept()));
    metadata.put("input_scale", Double.toString(state.scaling().inputScale()));
    metadata.put("target_mean", Double.toString(state.scaling().targetMean()));
    metadata.put("target_scale", Double.toString(state.scaling().targetScale()));
    metadata.put("resumed_elsewhere", state.resumedElsewhere());
    List<String> losses = new ArrayList<>();
    for (EpochLoss loss : state.history()) {
      losses.add(loss.trainMse() + " " + loss.devMse());
    }
    metadata.put("losses", String.join("\n", losses));

    Durable.write(file, new SafeTensors(tensors, metadata).toBytes());
  }

  /**
   * Reads a checkpoint of this training.
   *
   * @throws IOException if it cannot be read or belongs to another training; one line
   */
  TrainingState read(Path file, MlpShape shape, int networks) throws IOException {
    SafeTensors read = SafeTensors.read(file);
    Map<String, String> metadata = read.metadata();
    for (Map.Entry<String, String> mine : identity.entrySet()) {
      String its = metadata.get(mine.getKey());
      if (!mine.getValue().equals(its)) {
        throw new IOException(
            String.format(
                "%s belongs to another training: its %s is %s, not %s",
                file, mine.getKey(), its, mine.getValue()));
      }
    }
    try {
      TrainingState state = state(read, metadata);
      int size = Math.multiplyExact(networks, shape.size());
      if (state.epoch() == 0
          || state.adam().parameters().length != size
          || state.adam().firstMoment().length != size
          || state.adam().secondMoment().length != size
          || state.kept().length != size
          || state.scaling().inputMean().length != shape.inputs(0)
          || (state.start().isPresent() && state.start().weights().length != shape.inputs(0))) {
        throw new IllegalArgumentException("its tensors have other sizes than the network");
      }
      return state;
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is no checkpoint: " + e.getMessage(), e);
    }
  }

  private TrainingState state(SafeTensors read, Map<String, String> metadata) {
    List<EpochLoss> history = new ArrayList<>();
    for (String line : text(metadata, "losses").split("\n", 0)) {
      String[] losses = line.split(" ", 2);
      if (losses.length != 2) {
        throw new IllegalArgumentException("its losses are damaged");
      }
      history.add(
          new EpochLoss(
              history.size() + 1, Double.parseDouble(losses[0]), Double.parseDouble(losses[1])));
    }
    return new TrainingState(
        new LinearStart(
            read.tensor("start").values(), Double.parseDouble(text(metadata, "start_intercept"))),
        new Scaling(
            read.tensor("input_mean").values(),
            Double.parseDouble(text(metadata, "input_scale")),
            Double.parseDouble(text(metadata, "target_mean")),
            Double.parseDouble(text(metadata, "target_scale"))),
        new AdamState(
            read.tensor("parameters").values(),
            read.tensor("first_moment").values(),
            read.tensor("second_moment").values(),
            Long.parseLong(text(metadata, "step"))),
        read.tensor("kept").values(),
        Integer.parseInt(text(metadata, "kept_epoch")),
        Double.parseDouble(text(metadata, "kept_dev_mse")),
        history,
        elsewhere(metadata, history.size()));
  }

  /** What this machine computes differently from the checkpoint's. */
  private String elsewhere(Map<String, String> metadata, int epoch) {
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, String> mine : machine.entrySet()) {
      String its = text(metadata, mine.getKey());
      if (!mine.getValue().equals(its)) {
        differences.add(String.format("%s %s instead of %s", mine.getKey(), mine.getValue(), its));
      }
    }
    String before = text(metadata, "resumed_elsewhere");
    if (differences.isEmpty()) {
      return before;
    }
    String now = "from epoch " + (epoch + 1) + " on with " + String.join(", ", differences);
    return before.isEmpty() ? now : before + "; " + now;
  }

  private static String text(Map<String, String> metadata, String name) {
    String text = metadata.get(name);
    if (text == null) {
      throw new IllegalArgumentException("it has no " + name);
    }
    return text;
  }

  private static Tensor tensor(float[] values) {
    return new Tensor(List.of(values.length), values);
  }
}
