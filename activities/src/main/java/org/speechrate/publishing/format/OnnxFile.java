package org.speechrate.publishing.format;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.speechrate.model.Tensor;

/**
 * The model as ONNX, opset 13, which ONNX Runtime reads since 1.7 (2021): Gemm, and Relu, Tanh, or
 * GELU as Div, Erf, Add and Mul (the operator Gelu is as new as opset 20).
 *
 * <p>Messages are written field by field, with the numbers of onnx.proto: classes made from it
 * would be 40,000 lines for these 60.
 */
final class OnnxFile {
  private static final long IR_VERSION = 7;
  private static final long OPSET = 13;

  // TensorProto.DataType and AttributeProto.AttributeType
  private static final int FLOAT = 1;
  private static final int INT = 2;

  private final Message graph = new Message();

  private OnnxFile() {}

  /**
   * @param metadata free text about the model, by name
   */
  static byte[] write(PlainMlp model, Map<String, String> metadata) {
    OnnxFile file = new OnnxFile();
    file.graph(model);
    Message onnx =
        new Message()
            .number(1, IR_VERSION)
            .text(2, "speechrate")
            .message(7, file.graph)
            .message(8, new Message().text(1, "").number(2, OPSET));
    metadata.forEach((key, value) -> onnx.message(14, new Message().text(1, key).text(2, value)));
    return onnx.bytes();
  }

  private void graph(PlainMlp model) {
    String value = "embeddings";
    int last = model.layers().size();
    for (int k = 1; k <= last; k++) {
      String weight = "fc" + k + ".weight";
      String bias = "fc" + k + ".bias";
      String output = k == last ? "cps" : "fc" + k;
      Message transposed =
          new Message()
              .text(1, "transB")
              .number(3, 1)
              .number(20, INT); // weight is [outputs, inputs]
      node("Gemm", List.of(value, weight, bias), output, transposed);
      value = k == last ? output : activation(model.activation(), output);
    }
    graph.text(2, "speechrate");
    if (last > 1 && model.activation() == PlainMlp.Activation.GELU) {
      initializer("sqrt2", constant((float) Math.sqrt(2)));
      initializer("one", constant(1));
      initializer("half", constant(0.5f));
    }
    for (int k = 1; k <= last; k++) {
      PlainMlp.Layer layer = model.layers().get(k - 1);
      initializer("fc" + k + ".weight", layer.weight());
      initializer("fc" + k + ".bias", layer.bias());
    }
    graph.message(11, batchOf("embeddings", model.layers().get(0).inputs()));
    graph.message(12, batchOf("cps", 1));
  }

  private String activation(PlainMlp.Activation activation, String input) {
    String output = input + ".active";
    switch (activation) {
      case RELU -> node("Relu", List.of(input), output);
      case TANH -> node("Tanh", List.of(input), output);
      case GELU -> {
        node("Div", List.of(input, "sqrt2"), input + ".scaled");
        node("Erf", List.of(input + ".scaled"), input + ".erf");
        node("Add", List.of(input + ".erf", "one"), input + ".twice");
        node("Mul", List.of(input, input + ".twice"), input + ".double");
        node("Mul", List.of(input + ".double", "half"), output);
      }
    }
    return output;
  }

  private void node(String type, List<String> inputs, String output, Message... attributes) {
    Message node = new Message();
    inputs.forEach(input -> node.text(1, input));
    node.text(2, output).text(3, output).text(4, type);
    for (Message attribute : attributes) {
      node.message(5, attribute);
    }
    graph.message(1, node);
  }

  private static Tensor constant(float value) {
    return new Tensor(List.of(), new float[] {value});
  }

  private void initializer(String name, Tensor values) {
    Message tensor = new Message();
    values.shape().forEach(length -> tensor.number(1, length));
    ByteBuffer encoded =
        ByteBuffer.allocate(Math.multiplyExact(values.values().length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    encoded.asFloatBuffer().put(values.values());
    graph.message(5, tensor.number(2, FLOAT).text(8, name).raw(9, encoded.array()));
  }

  private static Message batchOf(String name, int values) {
    Message shape =
        new Message()
            .message(1, new Message().text(2, "n"))
            .message(1, new Message().number(1, values));
    return new Message()
        .text(1, name)
        .message(2, new Message().message(1, new Message().number(1, FLOAT).message(2, shape)));
  }

  /** A protobuf message, field by field. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private interface Field {
      void writeTo(CodedOutputStream out) throws IOException;
    }

    private Message add(Field field) {
      try {
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        field.writeTo(out);
        out.flush();
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Message number(int field, long value) {
      return add(out -> out.writeInt64(field, value));
    }

    Message text(int field, String value) {
      return add(out -> out.writeString(field, value));
    }

    Message raw(int field, byte[] value) {
      return add(out -> out.writeByteArray(field, value));
    }

    Message message(int field, Message value) {
      return raw(field, value.bytes());
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }
  }
}
