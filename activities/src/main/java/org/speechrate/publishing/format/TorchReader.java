package org.speechrate.publishing.format;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.speechrate.embeddings.PickleInput;
import org.speechrate.embeddings.PickleReader;
import org.speechrate.embeddings.PickleValues;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.model.Tensor;
import org.speechrate.pipeline.Refusal;
import org.speechrate.publishing.format.TorchGlobal.Module;
import org.speechrate.publishing.format.TorchGlobal.StoredTensor;
import org.speechrate.table.Problems;

/**
 * Reads a model from a file of torch.save: the Python system's pickled {@code ProbingCls}, a
 * torch.nn.Sequential, or a state_dict; tensors of float16, float32 or float64, from whichever
 * device. Nothing in the file is executed, or given to PyTorch.
 */
public final class TorchReader {
  /** That of a network of a hundred layers has 100 kB. */
  private static final int MOST_PICKLE_BYTES = 1 << 20;

  private static final long PICKLE_BUDGET = 64L << 20;

  /** Of the weights, while the model is read, evaluated and written in each format. */
  private static final int COPIES = 12;

  private static final int MOST_NAMED = 10;

  private final ZipFile zip;
  private final String root;
  private final ByteOrder order;
  private final long fileBytes;

  /** Values that may still be read: each tensor has numbers of its own in the file. */
  private long valuesLeft;

  /**
   * What a file holds.
   *
   * @param weights as {@link SpeechRateModel#of} takes them
   * @param kind ProbingCls, Sequential or state_dict
   */
  public record Imported(SafeTensors weights, String kind) {}

  private TorchReader(ZipFile zip, String root, ByteOrder order, long fileBytes) {
    this.zip = zip;
    this.root = root;
    this.order = order;
    this.fileBytes = fileBytes;
    valuesLeft = fileBytes;
  }

  /**
   * @param shown how the user knows the file
   * @param activation relu, gelu or tanh, which no state_dict tells; relu where absent
   * @throws Refusal if it is no such file, or holds something else; one line, with the file
   */
  public static Imported read(Path file, String shown, Optional<String> activation)
      throws IOException {
    try {
      return read(file, activation);
    } catch (Refusal e) {
      throw new Refusal(e.kind(), Problems.oneLine(shown + ": " + e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(shown + ": holds no speech-rate model: " + e.getMessage()),
          e);
    } catch (ZipException | EOFException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          Problems.oneLine(
              shown
                  + ": is no whole zip file, as torch.save has written since PyTorch 1.6 ("
                  + e.getMessage()
                  + "); save it again"),
          e);
    }
  }

  private static Imported read(Path file, Optional<String> activation) throws IOException {
    long most = Runtime.getRuntime().maxMemory() / COPIES;
    if (Files.size(file) > most) {
      throw refusal(
          String.format(
              Locale.ROOT,
              "has %,d bytes, this JVM has memory for %,d; give it more (-Xmx)",
              Files.size(file),
              most));
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String root = root(zip);
      TorchReader reader = new TorchReader(zip, root, order(zip, root), Files.size(file));
      byte[] pickle = member(zip, root + "data.pkl", MOST_PICKLE_BYTES);
      Object top =
          new PickleReader(
                  new PickleInput(new ByteArrayInputStream(pickle), pickle.length),
                  TorchGlobal.NAMES,
                  PICKLE_BUDGET)
              .read();
      Imported imported = reader.model(top, activation);
      SpeechRateModel.of(imported.weights());
      return imported;
    }
  }

  /** The folder inside the zip, which has the name that the file had when it was written. */
  private static String root(ZipFile zip) {
    List<String> pickles =
        zip.stream().map(ZipEntry::getName).filter(name -> name.endsWith("data.pkl")).toList();
    if (pickles.size() != 1 || !pickles.get(0).endsWith("/data.pkl")) {
      throw refusal("is a zip file, but none of torch.save: it has no single <name>/data.pkl");
    }
    String pickle = pickles.get(0);
    String root = pickle.substring(0, pickle.length() - "data.pkl".length());
    if (zip.getEntry(root + "constants.pkl") != null) {
      throw refusal("is TorchScript, which is a program; save model.state_dict() instead");
    }
    return root;
  }

  private static ByteOrder order(ZipFile zip, String root) throws IOException {
    if (zip.getEntry(root + "byteorder") == null) {
      return ByteOrder.LITTLE_ENDIAN; // of before there was another
    }
    byte[] word = member(zip, root + "byteorder", "little".length());
    return new String(word, StandardCharsets.US_ASCII).equals("big")
        ? ByteOrder.BIG_ENDIAN
        : ByteOrder.LITTLE_ENDIAN;
  }

  private static byte[] member(ZipFile zip, String name, long most) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw refusal("is damaged: it has no " + Problems.value(name));
    }
    long size = entry.getSize();
    if (entry.getMethod() != ZipEntry.STORED || size < 0 || size != entry.getCompressedSize()) {
      throw refusal(Problems.value(name) + " is compressed, which torch.save never does");
    }
    if (size > most) {
      throw refusal(
          String.format(
              Locale.ROOT, "%s has %,d bytes, above %,d", Problems.value(name), size, most));
    }
    byte[] bytes = new byte[(int) size];
    try (InputStream in = zip.getInputStream(entry)) {
      if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
        throw refusal(Problems.value(name) + " is cut off; copy or save the file again");
      }
    }
    CRC32 crc = new CRC32();
    crc.update(bytes);
    if (crc.getValue() != entry.getCrc()) {
      throw refusal(
          Problems.value(name)
              + " is damaged: its checksum is another one; copy or save the file again");
    }
    return bytes;
  }

  private Imported model(Object top, Optional<String> activation) throws IOException {
    if (top instanceof Module module) {
      if (activation.isPresent()) {
        throw refusal("is a whole module, which tells its activation; --activation has no meaning");
      }
      return switch (module.type()) {
        case PROBING_CLS -> new Imported(probing(module), "ProbingCls");
        case SEQUENTIAL -> new Imported(sequential(module), "Sequential");
        default -> throw refusal("holds a " + module.type() + ", which is no network");
      };
    }
    if (top instanceof Map<?, ?> dict) {
      return new Imported(stateDict(dict, activation.orElse("relu")), "state_dict");
    }
    throw refusal(
        "must hold a ProbingCls, a torch.nn.Sequential or a state_dict, holds "
            + (top instanceof StoredTensor ? "a tensor" : PickleValues.describe(top)));
  }

  /** Layers fc1, fc2, …, and one activation, which its forward puts between them. */
  private SafeTensors probing(Module module) throws IOException {
    Network network = new Network();
    Map<?, ?> modules = module.dict("_modules");
    for (int k = 1; modules.get("fc" + k) instanceof Module layer; k++) {
      network.add("fc" + k, layer);
    }
    for (Map.Entry<?, ?> each : modules.entrySet()) {
      String name = String.valueOf(each.getKey());
      if (each.getValue() instanceof Module other && !name.matches("fc[1-9][0-9]{0,8}")) {
        network.add(name, other);
      }
    }
    return network.finish();
  }

  private SafeTensors sequential(Module module) throws IOException {
    Network network = new Network();
    for (Map.Entry<?, ?> each : module.dict("_modules").entrySet()) {
      String name = String.valueOf(each.getKey());
      if (!(each.getValue() instanceof Module layer)) {
        throw refusal("module " + Problems.value(name) + " is none");
      }
      int layersBefore = network.layers;
      network.add(name, layer);
      if (network.layers > layersBefore && network.activations != layersBefore) {
        throw notAlternating();
      }
    }
    if (network.activations != network.layers - 1) {
      throw notAlternating();
    }
    return network.finish();
  }

  private static Refusal notAlternating() {
    return refusal(
        "must have Linear layers, one activation between two of them, and none after the last");
  }

  /** Layers as they are found. */
  private final class Network {
    private final Map<String, Tensor> tensors = new TreeMap<>();
    private Optional<TorchGlobal> activation = Optional.empty();
    private int layers;
    private int activations;

    void add(String name, Module module) throws IOException {
      switch (module.type()) {
        case LINEAR -> {
          Tensor weight = parameter(name, module, "weight").orElseThrow(() -> noWeight(name));
          Optional<Tensor> bias = parameter(name, module, "bias");
          layers++;
          tensors.put("fc" + layers + ".weight", weight);
          tensors.put(
              "fc" + layers + ".bias",
              bias.orElseGet(
                  () -> {
                    int outputs = weight.shape().isEmpty() ? 0 : weight.shape().get(0);
                    return new Tensor(List.of(outputs), new float[outputs]);
                  }));
        }
        case RELU, GELU, TANH -> {
          Object approximate = module.attribute("approximate");
          if (module.type() == TorchGlobal.GELU
              && approximate != null
              && !"none".equals(approximate)) {
            throw refusal(
                "module "
                    + Problems.value(name)
                    + " is a GELU by approximation, which is not read");
          }
          if (activation.isPresent() && activation.get() != module.type()) {
            throw refusal("has more than one kind of activation, which is not read");
          }
          activation = Optional.of(module.type());
          activations++;
        }
        case DROPOUT, IDENTITY -> {} // nothing, once trained
        default ->
            throw refusal(
                "module " + Problems.value(name) + " is a " + module.type() + " inside another");
      }
    }

    SafeTensors finish() {
      String word = activation.orElse(TorchGlobal.RELU).name().toLowerCase(Locale.ROOT);
      return new SafeTensors(tensors, Map.of(SpeechRateModel.ACTIVATION, word));
    }
  }

  private Optional<Tensor> parameter(String layer, Module module, String name) throws IOException {
    Object value = module.dict("_parameters").get(name);
    return value instanceof StoredTensor tensor
        ? Optional.of(tensor(layer + "." + name, tensor))
        : Optional.empty();
  }

  private static Refusal noWeight(String layer) {
    return refusal("layer " + Problems.value(layer) + " has no weight");
  }

  /** Named fc1.weight, fc1.bias, … and linear.weight, or 0.weight, 0.bias, 2.weight, …. */
  private SafeTensors stateDict(Map<?, ?> dict, String activation) throws IOException {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    for (Map.Entry<?, ?> each : dict.entrySet()) {
      if (!(each.getValue() instanceof StoredTensor tensor)) {
        throw refusal(
            String.format(
                "must be a state_dict, tensors by name, but %s is %s; save model.state_dict() alone",
                Problems.value(String.valueOf(each.getKey())),
                PickleValues.describe(each.getValue())));
      }
      stored.put(String.valueOf(each.getKey()), tensor);
    }
    Map<String, String> names = new TreeMap<>();
    boolean numbered = stored.keySet().stream().allMatch(name -> name.matches("[0-9]{1,9}\\..*"));
    if (numbered) {
      List<Integer> layers =
          stored.keySet().stream()
              .map(name -> Integer.valueOf(name.substring(0, name.indexOf('.'))))
              .distinct()
              .sorted()
              .toList();
      for (String name : stored.keySet()) {
        int dot = name.indexOf('.');
        int layer = layers.indexOf(Integer.valueOf(name.substring(0, dot))) + 1;
        names.put(name, "fc" + layer + name.substring(dot));
      }
    } else {
      stored.keySet().forEach(name -> names.put(name, name));
    }
    List<String> others =
        names.entrySet().stream()
            .filter(
                each ->
                    !each.getValue().matches("fc[1-9][0-9]{0,8}\\.(weight|bias)")
                        && !each.getValue().equals(SpeechRateModel.LINEAR_PATH))
            .map(Map.Entry::getKey)
            .limit(MOST_NAMED)
            .toList();
    if (!others.isEmpty() || stored.isEmpty()) {
      throw refusal(
          "must be a state_dict of fc1.weight, fc1.bias, fc2.weight, … or 0.weight, 0.bias,"
              + " 2.weight, …, has "
              + (stored.isEmpty() ? "nothing" : Problems.firstTen(others)));
    }
    Map<String, Tensor> tensors = new TreeMap<>();
    for (Map.Entry<String, StoredTensor> each : stored.entrySet()) {
      tensors.put(names.get(each.getKey()), tensor(each.getKey(), each.getValue()));
    }
    return new SafeTensors(tensors, Map.of(SpeechRateModel.ACTIVATION, activation));
  }

  /** Copied out in C order, whichever its strides. */
  private Tensor tensor(String name, StoredTensor tensor) throws IOException {
    long size = 1;
    long end = tensor.offset();
    if (tensor.offset() > tensor.storage().values()
        || tensor.shape().size() > 2
        || tensor.strides().size() != tensor.shape().size()) {
      throw refusal("tensor " + Problems.value(name) + " has a shape that no Linear layer has");
    }
    for (int axis = 0; axis < tensor.shape().size(); axis++) {
      long length = tensor.shape().get(axis);
      size *= length; // at most two lengths below 2^31
      end += Math.max(0, length - 1) * tensor.strides().get(axis);
    }
    int bytes = tensor.storage().bytes();
    long values = Math.max(size, tensor.storage().values());
    if (tensor.offset() < 0
        || values > valuesLeft
        || (size > 0 && end >= tensor.storage().values())) {
      throw refusal(
          "tensor "
              + Problems.value(name)
              + " of shape "
              + tensor.shape()
              + " exceeds its numbers");
    }
    valuesLeft -= values;
    byte[] stored = member(zip, root + "data/" + tensor.storage().key(), fileBytes);
    if (tensor.storage().values() > stored.length / bytes) {
      throw refusal("the numbers of tensor " + Problems.value(name) + " are cut off");
    }
    float[] all = new float[stored.length / bytes];
    tensor.storage().type(order).floats(ByteBuffer.wrap(stored), all);
    List<Integer> shape = new ArrayList<>();
    tensor.shape().forEach(length -> shape.add(length.intValue()));
    float[] copy = new float[(int) size];
    int columns = shape.isEmpty() ? 1 : shape.get(shape.size() - 1);
    for (int i = 0; i < copy.length; i++) {
      long at = tensor.offset();
      if (shape.size() == 2) {
        at += (i / columns) * tensor.strides().get(0) + (i % columns) * tensor.strides().get(1);
      } else if (shape.size() == 1) {
        at += i * tensor.strides().get(0);
      }
      copy[i] = all[(int) at];
    }
    return new Tensor(shape, copy);
  }

  private static Refusal refusal(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, problem);
  }
}
