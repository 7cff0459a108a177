package org.speechrate.publishing.format;

import static org.speechrate.embeddings.PickleValues.damaged;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.speechrate.embeddings.NumpyType;
import org.speechrate.embeddings.PickleNames;
import org.speechrate.embeddings.PickleValues;
import org.speechrate.embeddings.PickleValues.PickledTuple;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * The functions and classes that a torch.save of a plain network names, and what we do instead of
 * calling them. The list is closed: any other name is refused before anything happens.
 */
enum TorchGlobal implements PickleNames.Named {
  ORDERED_DICT("collections.OrderedDict") {
    @Override
    public Object call(List<Object> arguments) {
      if (!arguments.isEmpty()) {
        throw damaged("arguments of " + this);
      }
      return new OrderedDict();
    }
  },
  /** Of buffers' names, and empty in a plain network: a list will do. */
  SET("__builtin__.set", "builtins.set") {
    @Override
    public Object call(List<Object> arguments) {
      return arguments.isEmpty() ? List.of() : arguments.get(0);
    }
  },
  TENSOR("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.size() < 4
          || !(arguments.get(0) instanceof Storage storage)
          || !(arguments.get(1) instanceof Long offset)
          || !(arguments.get(2) instanceof PickledTuple shape)
          || !(arguments.get(3) instanceof PickledTuple strides)) {
        throw damaged("arguments of " + this);
      }
      return new StoredTensor(storage, offset, lengths(shape), lengths(strides));
    }
  },
  PARAMETER("torch._utils._rebuild_parameter") {
    @Override
    public Object call(List<Object> arguments) {
      if (arguments.isEmpty() || !(arguments.get(0) instanceof StoredTensor)) {
        throw damaged("arguments of " + this);
      }
      return arguments.get(0);
    }
  },
  FLOAT("torch.FloatStorage"),
  DOUBLE("torch.DoubleStorage"),
  HALF("torch.HalfStorage"),
  SEQUENTIAL("torch.nn.modules.container.Sequential"),
  LINEAR("torch.nn.modules.linear.Linear"),
  IDENTITY("torch.nn.modules.linear.Identity"),
  DROPOUT("torch.nn.modules.dropout.Dropout"),
  RELU("torch.nn.modules.activation.ReLU"),
  GELU("torch.nn.modules.activation.GELU"),
  TANH("torch.nn.modules.activation.Tanh"),
  /** Of the Python system; where its module lies is its users' affair. */
  PROBING_CLS("models.probing_model.ProbingCls");

  private static final String PROBING_CLASS = "ProbingCls";
  private static final Map<String, TorchGlobal> BY_NAME = new HashMap<>();

  static {
    for (TorchGlobal each : values()) {
      for (String name : each.names) {
        BY_NAME.put(name, each);
      }
    }
  }

  static final PickleNames NAMES =
      new PickleNames() {
        @Override
        public Named of(String module, String name) {
          TorchGlobal global =
              name.equals(PROBING_CLASS) ? PROBING_CLS : BY_NAME.get(module + "." + name);
          if (global == null) {
            throw new Refusal(
                Refusal.Kind.BAD_FORMAT,
                String.format(
                    "its pickle names %s, which no network of Linear layers with ReLU, GELU or Tanh"
                        + " needs; nothing of it was executed; save a torch.nn.Sequential of those,"
                        + " or model.state_dict()",
                    Problems.value(module + "." + name)));
          }
          return global;
        }

        /** A storage: ("storage", type, key, location, number of values). */
        @Override
        public Object persistent(Object id) {
          if (!(id instanceof PickledTuple tuple)
              || tuple.items().size() < 5
              || !"storage".equals(tuple.items().get(0))
              || !(tuple.items().get(1) instanceof TorchGlobal type)
              || !(tuple.items().get(2) instanceof String key)
              || !(tuple.items().get(4) instanceof Long values)) {
            throw damaged("a reference to a tensor's numbers");
          }
          return new Storage(type.bytes(), key, values);
        }

        @Override
        public String smaller() {
          return "save model.state_dict()";
        }
      };

  @SuppressWarnings("ImmutableEnumChecker") // List.of cannot change
  private final List<String> names;

  TorchGlobal(String... names) {
    this.names = List.of(names);
  }

  /** A dict, whose attributes (a state_dict's versions) nobody needs. */
  static final class OrderedDict extends LinkedHashMap<Object, Object>
      implements PickleNames.Stateful {
    private static final long serialVersionUID = 1L;

    @Override
    public void setState(Object state) {}
  }

  /**
   * Numbers in a member of the zip, which was not looked at yet.
   *
   * @param bytes of each of them
   */
  record Storage(int bytes, String key, long values) {
    NumpyType type(ByteOrder order) {
      return new NumpyType('f', bytes, order);
    }
  }

  /** A tensor; nothing of it was checked against its numbers yet. */
  record StoredTensor(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

  /** A torch.nn.Module. */
  static final class Module implements PickleNames.Stateful {
    private final TorchGlobal type;
    private Map<?, ?> state = Map.of();

    Module(TorchGlobal type) {
      this.type = type;
    }

    TorchGlobal type() {
      return type;
    }

    @Override
    public void setState(Object attributes) {
      if (!(attributes instanceof Map<?, ?> map)) {
        throw damaged("the attributes of " + type);
      }
      state = map;
    }

    Object attribute(String name) {
      return state.get(name);
    }

    /** An attribute that is a dict; empty where it is absent. */
    Map<?, ?> dict(String name) {
      return state.get(name) instanceof Map<?, ?> dict ? dict : Map.of();
    }
  }

  @Override
  public Object instance() {
    if (compareTo(SEQUENTIAL) < 0) {
      throw damaged("an object of " + this);
    }
    return new Module(this);
  }

  private int bytes() {
    return switch (this) {
      case FLOAT -> Float.BYTES;
      case DOUBLE -> Double.BYTES;
      case HALF -> Short.BYTES;
      default -> throw damaged("a tensor of " + this);
    };
  }

  private static List<Long> lengths(PickledTuple tuple) {
    return tuple.items().stream()
        .map(
            each -> {
              if (!(each instanceof Long length) || length < 0 || length > Integer.MAX_VALUE) {
                throw damaged("a tensor's shape, which has " + PickleValues.describe(each));
              }
              return length;
            })
        .toList();
  }

  @Override
  public String toString() {
    return names.get(0);
  }
}
