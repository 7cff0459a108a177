package org.speechrate.corpus;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;

/**
 * What a FLAC file says of itself in its first block, STREAMINFO (RFC 9639, section 8.2): enough
 * for its duration and its identity, without decoding anything.
 *
 * @param streamInfo the block's 34 bytes in hex; they end with the MD5 of the decoded audio
 */
record FlacHeader(int sampleRateHz, long totalSamples, String streamInfo) {
  private static final int STREAM_INFO_BYTES = 34;
  private static final int BLOCK_HEADER_BYTES = 4;
  private static final int MD5_HEX_DIGITS = 32;
  private static final int ID3_REST_BYTES = 6;
  private static final int ID3_FOOTER_FLAG = 0x10;
  private static final int ID3_FOOTER_BYTES = 10;

  /**
   * @throws Refusal if it is no FLAC file, is cut off, or does not tell how long it is
   */
  static FlacHeader read(Path file) throws IOException {
    try (InputStream open = Files.newInputStream(file);
        DataInputStream in = new DataInputStream(open)) {
      byte[] magic = new byte[4];
      in.readFully(magic);
      if (new String(magic, 0, 3, StandardCharsets.ISO_8859_1).equals("ID3")) {
        skipId3(in);
        in.readFully(magic);
      }
      if (!Arrays.equals(magic, "fLaC".getBytes(StandardCharsets.US_ASCII))) {
        throw broken("is not a FLAC file: it begins with " + HexFormat.of().formatHex(magic));
      }
      int block = in.readInt();
      if ((block & 0x7FFFFFFF) != STREAM_INFO_BYTES) {
        throw broken("is not a FLAC file: its first block is not STREAMINFO");
      }
      byte[] info = new byte[STREAM_INFO_BYTES];
      in.readFully(info);
      return of(info, Files.size(file));
    } catch (EOFException e) {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          "is cut off: it has only " + Counts.of(Files.size(file), "byte"),
          e);
    }
  }

  private static FlacHeader of(byte[] info, long fileBytes) {
    ByteBuffer buffer = ByteBuffer.wrap(info);
    int largestBlock = Short.toUnsignedInt(buffer.getShort(2));
    int smallestFrameBytes = buffer.getInt(3) & 0xFFFFFF;
    // 20 bits of sample rate, 3 of channels, 5 of bits per sample, 36 of samples
    long packed = buffer.getLong(10);
    int sampleRateHz = (int) (packed >>> 44);
    long totalSamples = packed & 0xFFFFFFFFFL;
    if (sampleRateHz == 0) {
      throw broken("has sample rate 0 in its header");
    }
    if (totalSamples == 0) {
      throw broken("does not tell its number of samples (0 in its header)");
    }
    if (largestBlock > 0) {
      // The last frame may be short; each of the others has at least the smallest frame's bytes.
      long least =
          BLOCK_HEADER_BYTES
              + BLOCK_HEADER_BYTES
              + STREAM_INFO_BYTES
              + (totalSamples - 1) / largestBlock * smallestFrameBytes;
      if (fileBytes < least) {
        throw broken(
            String.format(
                Locale.ROOT,
                "is cut off: it has %,d bytes, its header promises at least %,d",
                fileBytes,
                least));
      }
    }
    return new FlacHeader(sampleRateHz, totalSamples, HexFormat.of().formatHex(info));
  }

  private static void skipId3(DataInputStream in) throws IOException {
    byte[] rest = new byte[ID3_REST_BYTES];
    in.readFully(rest);
    int bytes = (rest[1] & ID3_FOOTER_FLAG) == 0 ? 0 : ID3_FOOTER_BYTES;
    int size = 0;
    for (int i = 2; i < ID3_REST_BYTES; i++) {
      size = (size << 7) | (rest[i] & 0x7F);
    }
    in.skipNBytes((long) bytes + size);
  }

  private static Refusal broken(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, problem);
  }

  /** Some encoders leave the MD5 zero; then the header does not identify the audio. */
  boolean hasMd5() {
    return !streamInfo.endsWith("0".repeat(MD5_HEX_DIGITS));
  }

  double seconds() {
    return totalSamples / (double) sampleRateHz;
  }

  /** Rounded half to even to whole milliseconds, as Python's round does. */
  double secondsByMillis() {
    return Math.rint(totalSamples * 1000.0 / sampleRateHz) / 1000.0;
  }
}
