package org.speechrate.publishing.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.speechrate.model.SafeTensors;
import org.speechrate.model.Tensor;
import org.speechrate.publishing.format.PickleWriter.Call;
import org.speechrate.publishing.format.PickleWriter.EmptyList;
import org.speechrate.publishing.format.PickleWriter.Global;
import org.speechrate.publishing.format.PickleWriter.Instance;
import org.speechrate.publishing.format.PickleWriter.Outside;

/**
 * What torch.save writes since PyTorch 1.6: a zip of a pickle and of one file for each tensor's
 * numbers. Own code, as only Python has a library for it.
 */
final class TorchFile {
  /** Any fixed time that needs no time zone. */
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  private static final Global ORDERED_DICT = new Global("collections", "OrderedDict");
  private static final Global SET = new Global("__builtin__", "set");
  private static final Global TENSOR = new Global("torch._utils", "_rebuild_tensor_v2");
  private static final Global PARAMETER = new Global("torch._utils", "_rebuild_parameter");
  private static final Global FLOATS = new Global("torch", "FloatStorage");
  private static final Global SEQUENTIAL = new Global("torch.nn.modules.container", "Sequential");
  private static final Global LINEAR = new Global("torch.nn.modules.linear", "Linear");
  private static final String ACTIVATIONS = "torch.nn.modules.activation";
  private static final Map<PlainMlp.Activation, Global> ACTIVATION =
      Map.of(
          PlainMlp.Activation.RELU, new Global(ACTIVATIONS, "ReLU"),
          PlainMlp.Activation.GELU, new Global(ACTIVATIONS, "GELU"),
          PlainMlp.Activation.TANH, new Global(ACTIVATIONS, "Tanh"));

  /** Of the Python system that this project replaces. */
  private static final Global PROBING_CLS = new Global("models.probing_model", "ProbingCls");

  /** Empty in a model that nobody hooked into; in PyTorch's order. */
  private static final List<String> HOOKS =
      List.of(
          "_forward_hooks",
          "_forward_hooks_with_kwargs",
          "_forward_hooks_always_called",
          "_forward_pre_hooks",
          "_forward_pre_hooks_with_kwargs",
          "_state_dict_hooks",
          "_state_dict_pre_hooks",
          "_load_state_dict_pre_hooks",
          "_load_state_dict_post_hooks");

  private final List<float[]> storages = new ArrayList<>();

  private TorchFile() {}

  /** A torch.nn.Sequential. */
  static byte[] sequential(PlainMlp model) {
    TorchFile file = new TorchFile();
    Map<String, Object> modules = new LinkedHashMap<>();
    for (PlainMlp.Layer layer : model.layers()) {
      if (!modules.isEmpty()) {
        modules.put(Integer.toString(modules.size()), activation(model.activation()));
      }
      modules.put(Integer.toString(modules.size()), file.linear(layer));
    }
    return file.zip(module(SEQUENTIAL, Map.of(), modules, Map.of()));
  }

  /**
   * The whole module as the Python system saves it: attributes fc1, relu and fc2.
   *
   * @throws IllegalArgumentException if the model has not one hidden layer and ReLU
   */
  static byte[] probingCls(PlainMlp model) {
    if (model.layers().size() != 2 || model.activation() != PlainMlp.Activation.RELU) {
      throw new IllegalArgumentException(
          String.format(
              "ProbingCls has one hidden layer and ReLU, the model has %d and %s",
              model.layers().size() - 1, model.activation().name().toLowerCase(Locale.ROOT)));
    }
    TorchFile file = new TorchFile();
    Map<String, Object> modules = new LinkedHashMap<>();
    modules.put("fc1", file.linear(model.layers().get(0)));
    modules.put("relu", activation(model.activation()));
    modules.put("fc2", file.linear(model.layers().get(1)));
    return file.zip(module(PROBING_CLS, Map.of(), modules, Map.of()));
  }

  /** A dict from name to tensor. */
  static byte[] stateDict(SafeTensors weights) {
    TorchFile file = new TorchFile();
    Map<String, Object> dict = new LinkedHashMap<>();
    weights.tensors().forEach((name, tensor) -> dict.put(name, file.tensor(tensor)));
    return file.zip(dict);
  }

  private Instance linear(PlainMlp.Layer layer) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("weight", parameter(tensor(layer.weight())));
    parameters.put("bias", parameter(tensor(layer.bias())));
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("in_features", layer.inputs());
    own.put("out_features", layer.outputs());
    return module(LINEAR, parameters, Map.of(), own);
  }

  private static Instance activation(PlainMlp.Activation activation) {
    Map<String, Object> own =
        switch (activation) {
          case RELU -> Map.of("inplace", false);
          case GELU -> Map.of("approximate", "none");
          case TANH -> Map.of();
        };
    return module(ACTIVATION.get(activation), Map.of(), Map.of(), own);
  }

  /** In the order of torch.nn.Module's own attributes. */
  private static Instance module(
      Global type,
      Map<String, Object> parameters,
      Map<String, Object> modules,
      Map<String, Object> own) {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("training", false);
    state.put("_parameters", new LinkedHashMap<>(parameters));
    state.put("_buffers", new LinkedHashMap<>());
    state.put("_non_persistent_buffers_set", new Call(SET, List.of(EmptyList.EMPTY_LIST)));
    state.put("_backward_pre_hooks", orderedDict());
    state.put("_backward_hooks", orderedDict());
    state.put("_is_full_backward_hook", null);
    HOOKS.forEach(hooks -> state.put(hooks, orderedDict()));
    state.put("_modules", new LinkedHashMap<>(modules));
    state.putAll(own);
    return new Instance(type, state);
  }

  private static Call orderedDict() {
    return new Call(ORDERED_DICT, List.of());
  }

  private static Call parameter(Call tensor) {
    return new Call(PARAMETER, List.of(tensor, true, orderedDict()));
  }

  private Call tensor(Tensor tensor) {
    List<Integer> shape = tensor.shape();
    List<Object> strides = new ArrayList<>();
    int stride = 1;
    for (int axis = shape.size() - 1; axis >= 0; axis--) {
      strides.add(0, stride);
      stride *= shape.get(axis);
    }
    Outside storage =
        new Outside(
            List.of(
                "storage",
                FLOATS,
                Integer.toString(storages.size()),
                "cpu",
                tensor.values().length));
    storages.add(tensor.values());
    return new Call(
        TENSOR, List.of(storage, 0, new ArrayList<Object>(shape), strides, false, orderedDict()));
  }

  private byte[] zip(Object content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "data.pkl", PickleWriter.write(content));
      put(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < storages.size(); i++) {
        float[] values = storages.get(i);
        ByteBuffer encoded =
            ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        encoded.asFloatBuffer().put(values);
        put(zip, "data/" + i, encoded.array());
      }
      put(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry("model/" + name);
    entry.setTimeLocal(TIME);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
