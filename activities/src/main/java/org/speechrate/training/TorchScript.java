package org.speechrate.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module without parameters, made from its code: the archive that {@code
 * torch.jit.save} would write, so that the engine can load it.
 */
public final class TorchScript {
  /**
   * The archive's format: the newest of PyTorch 1.12 and later, whose operators mean what they mean
   * today.
   */
  private static final String FORMAT = "10\n";

  /** The pickled module: protocol 2, an object of the class, its only attribute set to false. */
  private static final String MODULE =
      "\u0080\u0002c__torch__\nScript\n)\u0081}X\u0008\u0000\u0000\u0000training\u0089sb.";

  /** The pickled constants: protocol 2, an empty tuple. */
  private static final String NO_CONSTANTS = "\u0080\u0002).";

  private TorchScript() {}

  /**
   * Compiles the methods for a device.
   *
   * @param methods their text as in an archive, {@code self} being of type {@code __torch__.Script}
   * @throws ai.djl.engine.EngineException if the engine does not know one of their operators
   */
  public static Model load(String methods, Device device) {
    Model model = Model.newInstance("script", device, PyTorch.engine().getEngineName());
    try {
      model.load(new ByteArrayInputStream(archive(methods)));
      return model;
    } catch (EngineException e) {
      model.close();
      throw e;
    } catch (IOException | MalformedModelException e) {
      model.close();
      throw new IllegalStateException("the engine cannot load the script", e);
    } finally {
      removeFolder(model);
    }
  }

  /** DJL makes an empty one for each model that is no file, and keeps it until Java ends. */
  private static void removeFolder(Model model) {
    Path folder = model.getModelPath();
    if (folder != null) {
      folder.toFile().delete();
    }
  }

  private static byte[] archive(String methods) {
    String code =
        "class Script(Module):\n"
            + "  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
            + methods.indent(2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "data.pkl", MODULE);
      put(zip, "code/__torch__.py", code);
      put(zip, "constants.pkl", NO_CONSTANTS);
      put(zip, "version", FORMAT);
      put(zip, "byteorder", "little");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, String content) throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry("script/" + name);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
