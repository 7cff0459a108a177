package org.speechrate.notebook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What {@code embeddings convert --to matrix} leaves of recordings. */
final class RecordingFiles {
  private RecordingFiles() {}

  /**
   * @param vectors by the path of the recording
   * @param silent paths of those that have none
   */
  static Path write(Path folder, Map<String, float[]> vectors, String... silent)
      throws IOException {
    Files.createDirectories(folder);
    int dimension = vectors.values().iterator().next().length;
    String header =
        String.format(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }\n",
            vectors.size(), dimension);
    ByteBuffer npy =
        ByteBuffer.allocate(10 + header.length() + 4 * dimension * vectors.size())
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
            .putShort((short) header.length())
            .put(header.getBytes(StandardCharsets.US_ASCII));
    StringBuilder ids = new StringBuilder("sample_id,split,label\n");
    StringBuilder recordings = new StringBuilder("sample_id,path\n");
    StringBuilder missing = new StringBuilder("sample_id,split,reason\n");
    vectors.forEach(
        (path, vector) -> {
          for (float value : vector) {
            npy.putFloat(value);
          }
          ids.append(id(path)).append(",,\n");
          recordings.append(id(path)).append(',').append(path).append('\n');
        });
    for (String path : silent) {
      missing.append(id(path)).append(",,is silent\n");
      recordings.append(id(path)).append(',').append(path).append('\n');
    }
    Files.write(folder.resolve("x.npy"), npy.array());
    Files.writeString(folder.resolve("ids.csv"), ids);
    Files.writeString(folder.resolve("recordings.csv"), recordings);
    Files.writeString(folder.resolve("missing.csv"), missing);
    return folder;
  }

  private static String id(String path) {
    return path.substring(path.lastIndexOf('/') + 1, path.lastIndexOf('.'));
  }
}
