package org.speechrate.embeddings;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files beside the tests, and zips of them. */
final class EmbeddingFiles {
  private EmbeddingFiles() {}

  /** What resources/embeddings/make_fixtures.py and make_sources.py made. */
  static byte[] read(String name) throws IOException {
    try (InputStream in = EmbeddingFiles.class.getResourceAsStream("/embeddings/" + name)) {
      return in.readAllBytes();
    }
  }

  /** Deflated; names and contents in turn. */
  static byte[] zip(Object... namesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) namesAndContents[i]));
        zip.write((byte[]) namesAndContents[i + 1]);
      }
    }
    return bytes.toByteArray();
  }
}
