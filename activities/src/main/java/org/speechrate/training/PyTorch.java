package org.speechrate.training;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.training.TrainingSpec;

/** The PyTorch engine: the one place that starts it. */
public final class PyTorch {
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  private PyTorch() {}

  /** Holds the engine; loaded, and so started, at its first use. */
  private static final class Started {
    static final Engine ENGINE = start();

    private static Engine start() {
      // Two threads make models of this size 2 to 4 times slower than one; libtorch reads it once.
      setUnlessSet(THREADS, "1");
      // DJL reports its use to its makers unless told not to.
      setUnlessSet("OPT_OUT_TRACKING", "true");
      return Engine.getEngine("PyTorch");
    }

    private static void setUnlessSet(String property, String value) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, value);
      }
    }
  }

  /** Starts the engine at the first call: about a second, the first time on a machine a few. */
  public static Engine engine() {
    return Started.ENGINE;
  }

  /** Such as "PyTorch 2.7.1". */
  public static String version() {
    return "PyTorch " + engine().getVersion();
  }

  /** Such as "PyTorch 2.7.1 (AVX2, 1 thread)": with the device, all that decides the last bits. */
  static String versionAndSettings() {
    return String.format("%s (%s, %s)", version(), capability(), Counts.of(threads(), "thread"));
  }

  /**
   * Such as "PyTorch 2.7.1 (DJL 0.35.1), cpu with AVX2, 1 thread; libtorch from /home/me/.djl.ai/…;
   * no GPU usable: this libtorch has no CUDA"; starts the engine.
   */
  public static String describe() {
    Path library = library();
    return String.format(
        "%s (DJL %s), %s, %s; libtorch from %s; %s",
        version(),
        Engine.getDjlVersion(),
        name(device(TrainingSpec.Device.AUTO)).replaceAll("^cpu$", "cpu with " + capability()),
        Counts.of(threads(), "thread"),
        library,
        gpus(engine().getGpuCount(), library, System.getenv("CUDA_VISIBLE_DEVICES")));
  }

  /** The folder of libtorch, which DJL tells at the end of its own description alone. */
  private static Path library() {
    String told = engine().toString();
    return Path.of(told.substring(told.lastIndexOf(": ") + 2).strip());
  }

  /** What of them trainings here may use, one training at a time. */
  static String gpus(int count, Path library, String visible) {
    String chosen = visible == null ? "" : " (CUDA_VISIBLE_DEVICES=" + visible + ")";
    if (count > 0) {
      return Counts.of(count, "GPU") + " usable" + chosen;
    }
    return Files.exists(library.resolve(System.mapLibraryName("torch_cuda")))
        ? "no GPU usable: CUDA finds none" + chosen
        : "no GPU usable: this libtorch has no CUDA";
  }

  /** Number of threads inside one operation. */
  static int threads() {
    engine();
    return Integer.getInteger(THREADS, 1);
  }

  /** Where a training with this choice computes. */
  static Device device(TrainingSpec.Device wanted) {
    return device(wanted, engine().getGpuCount());
  }

  static Device device(TrainingSpec.Device wanted, int gpus) {
    return switch (wanted) {
      case CPU -> Device.cpu();
      case AUTO -> gpus > 0 ? Device.gpu() : Device.cpu();
      case GPU -> {
        if (gpus == 0) {
          throw new Refusal(
              Refusal.Kind.NO_GPU,
              "training.device: gpu is required, but the PyTorch engine sees none; use auto or"
                  + " cpu, or a worker with CUDA libraries");
        }
        yield Device.gpu();
      }
    };
  }

  /** "cpu" or, say, "gpu(0)". */
  static String name(Device device) {
    return device.isGpu() ? device.toString() : device.getDeviceType();
  }

  /**
   * The instructions that PyTorch computes with on this machine's CPU, such as "AVX2": another
   * capability gives other last bits. By PyTorch's own rule, as DJL does not hand it out.
   */
  static String capability() {
    String forced = System.getenv("ATEN_CPU_CAPABILITY");
    if (forced != null) {
      return forced.toUpperCase(Locale.ROOT);
    }
    Set<String> flags = cpuFlags();
    if (flags.containsAll(Set.of("avx512vl", "avx512bw", "avx512dq", "fma"))) {
      return "AVX512";
    }
    return flags.containsAll(Set.of("avx2", "fma")) ? "AVX2" : System.getProperty("os.arch");
  }

  private static Set<String> cpuFlags() {
    Path cpus = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(cpus)) {
      return Set.of();
    }
    try (Stream<String> lines = Files.lines(cpus)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .limit(1)
          .flatMap(line -> Stream.of(line.split("\\s+")))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      return Set.of();
    }
  }
}
