package org.speechrate.encoder;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/** An ONNX file that takes [batch, frames, bins] and gives [batch, dimension], in ONNX Runtime. */
final class OnnxGraph implements AutoCloseable {
  /** One thread for each utterance; several utterances at once use the cores better. */
  private static final Map<String, String> OPTIONS =
      Map.of("intraOpNumThreads", "1", "interOpNumThreads", "1");

  /** Frames that a graph without windows is tried with: a second. */
  private static final int TRIED_FRAMES = 100;

  private static final int MOST_REASON = 300;

  private static final Logger log = LoggerFactory.getLogger(OnnxGraph.class);

  private final Path file;
  private final EncoderDescriptor descriptor;
  private final Model model;
  private final boolean gpu;

  /**
   * A thread's input, outside the heap: a new one for each utterance would stay until a full GC.
   */
  private final ThreadLocal<FloatBuffer> input = ThreadLocal.withInitial(() -> direct(1 << 16));

  private OnnxGraph(Path file, EncoderDescriptor descriptor, Model model, boolean gpu) {
    this.file = file;
    this.descriptor = descriptor;
    this.model = model;
    this.gpu = gpu;
  }

  /** Holds the engine; loaded, and so started, at its first use. */
  private static final class Started {
    static final Engine ENGINE = start();

    private static Engine start() {
      Engine engine = Engine.getEngine("OnnxRuntime");
      try {
        removeUnpacked();
      } catch (ReflectiveOperationException | IOException | RuntimeException e) {
        // Another version of it may keep them otherwise.
        log.info("cannot remove what ONNX Runtime has unpacked: {}", e.toString());
      }
      return engine;
    }

    /**
     * ONNX Runtime unpacks its libraries into a folder for each process, and does not get that
     * removed. Once they are loaded no file is needed, but what a build for GPUs loads later. On
     * Windows all stay until Java ends.
     */
    private static void removeUnpacked() throws ReflectiveOperationException, IOException {
      Field field = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("tempDirectory");
      field.setAccessible(true);
      Path folder = (Path) field.get(null);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path each : files) {
          if (!each.getFileName().toString().contains("_providers_")) {
            each.toFile().delete();
          }
        }
      }
      folder.toFile().delete();
    }
  }

  /**
   * @throws Refusal if the file is no ONNX graph, or another than the descriptor tells
   */
  static OnnxGraph open(Path folder, EncoderDescriptor descriptor, boolean gpu) throws IOException {
    Path file = folder.resolve(descriptor.file());
    if (!Files.isRegularFile(file)) {
      throw new Refusal(
          Refusal.Kind.UNREADABLE_FILE,
          String.format("%s: does not exist, %s names it", file, EncoderDescriptor.FILE));
    }
    if (gpu && !Started.ENGINE.hasCapability(StandardCapabilities.CUDA)) {
      throw new Refusal(
          Refusal.Kind.NO_GPU,
          "a GPU is required, but this ONNX Runtime has no CUDA; use auto or cpu, or put"
              + " onnxruntime_gpu in the place of onnxruntime");
    }
    Model model =
        Model.newInstance(
            descriptor.name(), gpu ? Device.gpu() : Device.cpu(), Started.ENGINE.getEngineName());
    OnnxGraph graph = new OnnxGraph(file, descriptor, model, gpu);
    try {
      model.load(folder, descriptor.file(), OPTIONS);
      graph.check();
      return graph;
    } catch (MalformedModelException e) {
      graph.close();
      throw graph.refusal("cannot be loaded as an ONNX graph: " + reason(e), e);
    } catch (IOException | RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** By its names, and by running it on silence: declared shapes may be left open. */
  private void check() {
    List<String> inputs = model.getBlock().describeInput().keys();
    if (!inputs.equals(List.of(descriptor.input()))) {
      throw refusal(
          String.format(
              "has the inputs %s, %s tells input %s",
              Problems.firstTen(inputs), EncoderDescriptor.FILE, descriptor.input()),
          null);
    }
    int frames = descriptor.windows().map(EncoderDescriptor.Windows::frames).orElse(TRIED_FRAMES);
    for (int batch = 1; batch <= (descriptor.windows().isPresent() ? 2 : 1); batch++) {
      run(new float[batch * frames * descriptor.features().bins()], batch, frames);
    }
  }

  /**
   * @param rows [batch, frames, bins]
   * @return [batch][dimension]
   */
  float[][] run(float[] rows, int batch, int frames) {
    int bins = descriptor.features().bins();
    FloatBuffer buffer = filled(rows, batch * frames * bins);
    try (NDManager manager = model.getNDManager().newSubManager()) {
      NDArray in = manager.create(buffer, new Shape(batch, frames, bins));
      in.setName(descriptor.input());
      NDList out =
          model.getBlock().forward(new ParameterStore(manager, false), new NDList(in), false);
      return vectors(out, batch);
    } catch (EngineException | IllegalArgumentException e) {
      throw refusal(
          String.format(
              "cannot take [%d, %d, %d] as its input %s: %s",
              batch, frames, bins, descriptor.input(), reason(e)),
          e);
    }
  }

  private FloatBuffer filled(float[] rows, int size) {
    if (input.get().capacity() < size) {
      input.set(direct(size));
    }
    return input.get().clear().put(rows, 0, size).flip();
  }

  private static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private float[][] vectors(NDList out, int batch) {
    NDArray found = out.get(descriptor.output());
    if (found == null) {
      throw refusal(
          String.format(
              "has the outputs %s, %s tells output %s",
              Problems.firstTen(names(out)), EncoderDescriptor.FILE, descriptor.output()),
          null);
    }
    Shape wanted = new Shape(batch, descriptor.dimension());
    if (!found.getShape().equals(wanted) || found.getDataType() != DataType.FLOAT32) {
      throw refusal(
          String.format(
              "gives %s of %s as its output %s, by dimension of %s it must be %s of float32",
              plain(found.getShape()),
              found.getDataType().name().toLowerCase(Locale.ROOT),
              descriptor.output(),
              EncoderDescriptor.FILE,
              plain(wanted)),
          null);
    }
    float[] all = found.toFloatArray();
    float[][] vectors = new float[batch][descriptor.dimension()];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(all, i * descriptor.dimension(), vectors[i], 0, descriptor.dimension());
    }
    return vectors;
  }

  private static List<String> names(NDList arrays) {
    List<String> names = new ArrayList<>();
    arrays.forEach(each -> names.add(each.getName()));
    return names;
  }

  private static String plain(Shape shape) {
    return Arrays.toString(shape.getShape());
  }

  /** Such as "mels [batch, 160, 40] → embeds [batch, 256], OnnxRuntime 1.21.1 on cpu". */
  String describe() {
    return String.format(
        "%s [batch, %s, %d] → %s [batch, %d], %s %s on %s",
        descriptor.input(),
        descriptor.windows().map(each -> Integer.toString(each.frames())).orElse("frames"),
        descriptor.features().bins(),
        descriptor.output(),
        descriptor.dimension(),
        Started.ENGINE.getEngineName(),
        Started.ENGINE.getVersion(),
        gpu ? "gpu" : "cpu");
  }

  private Refusal refusal(String problem, Throwable cause) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, Problems.oneLine(file + ": " + problem), cause);
  }

  /** What ONNX Runtime says, at most a line of it. */
  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String told = String.valueOf(root.getMessage()).strip().replaceAll("\\s+", " ");
    return told.length() <= MOST_REASON ? told : told.substring(0, MOST_REASON) + "…";
  }

  @Override
  public void close() {
    model.close();
  }
}
