package org.speechrate.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A safetensors file of float32 tensors: 8 bytes (the header's length, little endian), the header
 * (JSON: per tensor {@code dtype}, {@code shape}, {@code data_offsets}, and {@code __metadata__}),
 * the numbers (little endian). Nothing in it can be executed.
 */
public final class SafeTensors {
  /** Some hundred bytes for each tensor; the parsed JSON takes many times as much memory. */
  private static final int MAX_HEADER_BYTES = 1 << 20;

  /** The file, its tensors, and the weights as a model keeps them, in double precision. */
  private static final int COPIES = 4;

  private static final int LONGEST_PROBLEM = 500;

  private static final int LENGTH_BYTES = 8;
  private static final int ALIGNMENT_BYTES = 8;
  private static final String METADATA = "__metadata__";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final SortedMap<String, Tensor> tensors;
  private final SortedMap<String, String> metadata;

  public SafeTensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
    this.metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
  }

  /** By name, in order of their names. */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  /** Free text about the tensors, empty where there is none. */
  public SortedMap<String, String> metadata() {
    return metadata;
  }

  /**
   * The tensor of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          String.format("no tensor %s; there are %s", name, tensors.keySet()));
    }
    return tensor;
  }

  /**
   * Reads a file of float32 tensors.
   *
   * @throws IOException if it cannot be read, or breaks the format; one line, with the file
   */
  public static SafeTensors read(Path file) throws IOException {
    long most = Runtime.getRuntime().maxMemory() / COPIES;
    if (Files.size(file) > most) {
      throw new IOException(
          String.format(
              "%s has %d bytes, this JVM has memory for %d; give it more (-Xmx)",
              file, Files.size(file), most));
    }
    try {
      return parse(Files.readAllBytes(file));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is no safetensors file of float32: " + line(e), e);
    }
  }

  /** The same tensors and metadata always give the same bytes. */
  public byte[] toBytes() {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode texts = header.putObject(METADATA);
      metadata.forEach(texts::put);
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      ObjectNode about = header.putObject(entry.getKey());
      about.put("dtype", "F32");
      entry.getValue().shape().forEach(about.putArray("shape")::add);
      long end = offset + (long) Float.BYTES * entry.getValue().values().length;
      about.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padding = Math.floorMod(-json.length, ALIGNMENT_BYTES);
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(LENGTH_BYTES + json.length + padding + offset))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length + padding).put(json);
    for (int i = 0; i < padding; i++) {
      bytes.put((byte) ' ');
    }
    for (Tensor tensor : tensors.values()) {
      bytes.asFloatBuffer().put(tensor.values());
      bytes.position(bytes.position() + Float.BYTES * tensor.values().length);
    }
    return bytes.array();
  }

  static SafeTensors parse(byte[] file) {
    check(file.length >= LENGTH_BYTES, "it has only %d bytes", file.length);
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.getLong();
    check(
        length >= 0 && length <= MAX_HEADER_BYTES && length <= bytes.remaining(),
        "its header would have %s bytes, the file has %d",
        Long.toUnsignedString(length),
        file.length);
    byte[] json = new byte[(int) length];
    bytes.get(json);
    ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);

    Map<String, String> metadata = new TreeMap<>();
    Map<String, Tensor> tensors = new TreeMap<>();
    List<long[]> spans = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : object(json).properties()) {
      if (entry.getKey().equals(METADATA)) {
        for (Map.Entry<String, JsonNode> text : entry.getValue().properties()) {
          check(text.getValue().isTextual(), "metadata %s is no text", text.getKey());
          metadata.put(text.getKey(), text.getValue().textValue());
        }
      } else {
        tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue(), data, spans));
      }
    }
    checkEveryByteIsUsedOnce(spans, data.limit());
    return new SafeTensors(tensors, metadata);
  }

  private static JsonNode object(byte[] json) {
    try {
      JsonNode header = JSON.readTree(json);
      check(header != null && header.isObject(), "its header is no JSON object");
      return header;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("its header is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("its header is no text: " + e.getMessage(), e);
    }
  }

  private static Tensor tensor(String name, JsonNode about, ByteBuffer data, List<long[]> spans) {
    String type = about.path("dtype").asText();
    check(type.equals("F32"), "tensor %s has type \"%s\", only F32 is read", name, type);
    List<Integer> shape = new ArrayList<>();
    long size = 1;
    check(about.path("shape").isArray(), "tensor %s has no shape", name);
    for (JsonNode axis : about.path("shape")) {
      check(axis.canConvertToInt() && axis.intValue() >= 0, "tensor %s: bad shape", name);
      shape.add(axis.intValue());
      size *= axis.intValue();
      check(size <= data.limit(), "tensor %s: shape %s exceeds the file", name, shape);
    }
    JsonNode offsets = about.path("data_offsets");
    check(
        offsets.size() == 2 && offsets.path(0).canConvertToLong() && offsets.path(1).isNumber(),
        "tensor %s has no data_offsets",
        name);
    long begin = offsets.path(0).longValue();
    long end = offsets.path(1).longValue();
    check(
        begin >= 0 && begin <= end && end <= data.limit(),
        "tensor %s: bytes %d to %d lie outside the file's %d",
        name,
        begin,
        end,
        data.limit());
    check(
        end - begin == Float.BYTES * size,
        "tensor %s: shape %s needs %d bytes, has %d",
        name,
        shape,
        Float.BYTES * size,
        end - begin);
    spans.add(new long[] {begin, end});
    float[] values = new float[(int) size];
    data.slice((int) begin, (int) (end - begin))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return new Tensor(shape, values);
  }

  private static void checkEveryByteIsUsedOnce(List<long[]> spans, long bytes) {
    spans.sort((a, b) -> a[0] != b[0] ? Long.compare(a[0], b[0]) : Long.compare(a[1], b[1]));
    long used = 0;
    for (long[] span : spans) {
      check(span[0] == used, "its tensors overlap or leave a gap at byte %d", used);
      used = span[1];
    }
    check(used == bytes, "its tensors end at byte %d, its data at %d", used, bytes);
  }

  /** Names and types in a file may be anything; what is said of them is one line. */
  static String line(IllegalArgumentException problem) {
    String text = problem.getMessage();
    return (text.length() <= LONGEST_PROBLEM ? text : text.substring(0, LONGEST_PROBLEM) + "…")
        .replaceAll("[\\p{Cc}\\p{Cs}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
  }

  // The annotation would be this module's only other dependency.
  @SuppressWarnings("AnnotateFormatMethod")
  private static void check(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
