package org.speechrate.corpus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * A FLAC file's length: from its first block, STREAMINFO (RFC 9639, section 8.2), or where an
 * encoder that wrote to a pipe left it 0, from its last frame. STREAMINFO's 34 bytes, which end
 * with the MD5 of the decoded audio, identify the file.
 */
final class FlacHeader {
  private static final int STREAM_INFO_BYTES = 34;
  private static final int MD5_BYTES = 16;
  private static final int BLOCK_HEADER_BYTES = 4;
  private static final int MAGIC_BYTES = 4;

  /** An ID3v1 tag, which some programs put behind the audio. */
  private static final int TAG_BYTES = 128;

  /** Sync code, block size and rate, channels, a coded number of 7 bytes, 2 + 2 more, CRC. */
  private static final int LONGEST_FRAME_HEADER_BYTES = 16;

  /** Looking at the end of smaller files is not worth a second read. */
  private static final int UNCHECKED_BYTES = 1 << 13;

  private static final int FOOTER_BYTES = 2;
  private static final int CRC_8 = 0x07;
  private static final int CRC_16 = 0x8005;

  /** STREAMINFO, as far as the last frame needs it. */
  private record StreamInfo(
      int smallestBlock,
      int largestBlock,
      int largestFrameBytes,
      int rate,
      int channels,
      int bits) {
    /** Verbatim subframes of one bit more, for the side channel; the rest for their headers. */
    long longestFrameBytes() {
      int block = largestBlock == 0 ? 0xFFFF : largestBlock;
      long longest =
          LONGEST_FRAME_HEADER_BYTES + FOOTER_BYTES + channels * (8L + (bits + 1L) * block / 8 + 1);
      return largestFrameBytes == 0 ? longest : Math.min(longest, largestFrameBytes);
    }
  }

  private FlacHeader() {}

  /**
   * @param begin where {@code fLaC} stands
   */
  static AudioHeader read(AudioInput in, long begin) throws IOException {
    long at = begin + MAGIC_BYTES;
    if (!in.has(at, BLOCK_HEADER_BYTES)) {
      throw in.cutOff();
    }
    if ((in.be32(at) & 0x7FFFFFFF) != STREAM_INFO_BYTES) {
      throw AudioInput.broken("is no FLAC file: its first block is not STREAMINFO");
    }
    byte[] info = in.bytes(at + BLOCK_HEADER_BYTES, STREAM_INFO_BYTES);
    ByteBuffer fields = ByteBuffer.wrap(info);
    int smallestFrameBytes = fields.getInt(3) & 0xFFFFFF;
    // 20 bits of sample rate, 3 of channels - 1, 5 of bits per sample - 1, 36 of samples
    long packed = fields.getLong(10);
    StreamInfo stream =
        new StreamInfo(
            Short.toUnsignedInt(fields.getShort(0)),
            Short.toUnsignedInt(fields.getShort(2)),
            fields.getInt(6) & 0xFFFFFF,
            (int) (packed >>> 44),
            (int) ((packed >>> 41) & 7) + 1,
            (int) ((packed >>> 36) & 31) + 1);
    long samples = packed & 0xFFFFFFFFFL;
    if (stream.rate() == 0) {
      throw AudioInput.broken("has sample rate 0 in its header");
    }
    String identity = HexFormat.of().formatHex(info);
    if (samples == 0) {
      long counted = samplesByLastFrame(in, afterBlocks(in, at), stream);
      return new AudioHeader(stream.rate(), counted, identity + " " + counted, true);
    }
    if (stream.largestBlock() > 0) {
      // The last frame may be short; each of the others has at least the smallest frame's bytes.
      long least =
          at
              + BLOCK_HEADER_BYTES
              + STREAM_INFO_BYTES
              + (samples - 1) / stream.largestBlock() * smallestFrameBytes;
      if (in.size() < least) {
        throw AudioInput.broken(
            String.format(
                Locale.ROOT,
                "is cut off: it has %,d bytes, its header promises at least %,d",
                in.size(),
                least));
      }
    }
    if (in.size() > UNCHECKED_BYTES && !hasFrameThatEndsWith(samples, in, at, stream)) {
      throw AudioInput.broken(
          String.format(
              Locale.ROOT,
              "is cut off: it has %,d bytes, and not the last of the %,d samples that its header"
                  + " promises",
              in.size(),
              samples));
    }
    return new AudioHeader(stream.rate(), samples, identity, false);
  }

  /** STREAMINFO of a FLAC file that holds the MD5 of its audio; absent of any other file. */
  static Optional<String> identity(AudioInput in, long begin) throws IOException {
    long at = begin + MAGIC_BYTES;
    if (!in.is("fLaC", begin)
        || !in.has(at, BLOCK_HEADER_BYTES + STREAM_INFO_BYTES)
        || (in.be32(at) & 0x7FFFFFFF) != STREAM_INFO_BYTES) {
      return Optional.empty();
    }
    byte[] info = in.bytes(at + BLOCK_HEADER_BYTES, STREAM_INFO_BYTES);
    boolean hasMd5 = false;
    for (int i = STREAM_INFO_BYTES - MD5_BYTES; i < STREAM_INFO_BYTES; i++) {
      hasMd5 |= info[i] != 0;
    }
    return hasMd5 ? Optional.of(HexFormat.of().formatHex(info)) : Optional.empty();
  }

  /** Where the first frame begins. */
  private static long afterBlocks(AudioInput in, long first) throws IOException {
    long at = first;
    boolean last = false;
    while (!last) {
      int header = in.be32(at);
      last = header < 0;
      at += BLOCK_HEADER_BYTES + (header & 0xFFFFFF);
    }
    return at;
  }

  /**
   * The last frame is the one whose checksum ends with the file. Looks backwards from there, no
   * farther than the longest frame, and keeps the remainder of all that it has passed: each
   * candidate is checked at once, however many there are.
   */
  private static long samplesByLastFrame(AudioInput in, long firstFrame, StreamInfo stream)
      throws IOException {
    long end = in.size();
    if (end - TAG_BYTES >= firstFrame && in.is("TAG", end - TAG_BYTES)) {
      end -= TAG_BYTES;
    }
    if (end <= firstFrame) {
      throw AudioInput.broken("has no audio behind its header");
    }
    int length = (int) Math.min(end - firstFrame, stream.longestFrameBytes());
    // With room for a header that begins in the last bytes.
    byte[] tail =
        Arrays.copyOf(in.bytes(end - length, length), length + LONGEST_FRAME_HEADER_BYTES);
    int remainder = 0; // of the bytes from i on, as a polynomial, by CRC_16's
    int power = 1; // x to the number of bits behind byte i
    for (int i = length - 1; i >= 0; i--) {
      remainder ^= times(tail[i] & 0xFF, power);
      power = times(1 << 8, power);
      if (remainder == 0 && isSync(tail, i)) {
        long samples = samplesUpTo(tail, i, length, stream);
        if (samples > 0) {
          return samples;
        }
      }
    }
    throw AudioInput.broken(
        "does not tell its number of samples (0 in its header), and does not end with a whole"
            + " frame");
  }

  /**
   * Whether the last frame begins in the file's last bytes. Its own end is not looked for: tags of
   * many kinds may stand behind it.
   */
  private static boolean hasFrameThatEndsWith(
      long samples, AudioInput in, long from, StreamInfo stream) throws IOException {
    int length = (int) Math.min(in.size() - from, stream.longestFrameBytes() + TAG_BYTES);
    byte[] tail =
        Arrays.copyOf(in.bytes(in.size() - length, length), length + LONGEST_FRAME_HEADER_BYTES);
    for (int i = length - 1; i >= 0; i--) {
      if (isSync(tail, i) && samplesUpTo(tail, i, length, stream) == samples) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSync(byte[] tail, int at) {
    return tail[at] == (byte) 0xFF && (tail[at + 1] & 0xFE) == 0xF8;
  }

  /** Number of samples at the end of the frame that begins here; 0 if none does. */
  private static long samplesUpTo(byte[] tail, int at, int end, StreamInfo stream) {
    int sizes = tail[at + 2] & 0xFF;
    int format = tail[at + 3] & 0xFF;
    int channels = format >>> 4;
    if ((channels < 8 ? channels + 1 : 2) != stream.channels() || channels > 10) {
      return 0;
    }
    int ones = Integer.numberOfLeadingZeros(~(tail[at + 4] << 24));
    if (ones == 1 || ones > 7) {
      return 0;
    }
    int numberBytes = Math.max(1, ones);
    long number = tail[at + 4] & (numberBytes == 1 ? 0x7F : 0x7F >> numberBytes);
    int next = at + 5;
    for (int i = 1; i < numberBytes; i++) {
      number = (number << 6) | (tail[next++] & 0x3F);
    }
    int code = sizes >>> 4;
    int block;
    if (code == 6) {
      block = (tail[next++] & 0xFF) + 1;
    } else if (code == 7) {
      block = (((tail[next] & 0xFF) << 8) | (tail[next + 1] & 0xFF)) + 1;
      next += 2;
    } else {
      block = code == 0 ? 0 : code == 1 ? 192 : code < 6 ? 144 << code : 1 << code;
    }
    int rateCode = sizes & 0xF;
    next += rateCode == 12 ? 1 : rateCode > 12 ? 2 : 0;
    if (block == 0 || rateCode == 15 || next >= end || crc8(tail, at, next + 1) != 0) {
      return 0;
    }
    boolean variable = (tail[at + 1] & 1) == 1;
    int fixed = stream.largestBlock();
    if (!variable && number > 0 && fixed == 0) {
      return 0;
    }
    return (variable ? number : number * fixed) + block;
  }

  private static int crc8(byte[] bytes, int from, int to) {
    int crc = 0;
    for (int i = from; i < to; i++) {
      crc ^= bytes[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x80) == 0 ? crc << 1 : (crc << 1) ^ CRC_8;
      }
      crc &= 0xFF;
    }
    return crc;
  }

  /** Product of two polynomials, the first of at most 9 bits, modulo CRC_16's. */
  private static int times(int few, int other) {
    int product = 0;
    for (int bit = 8; bit >= 0; bit--) {
      product = (product & 0x8000) == 0 ? product << 1 : ((product << 1) ^ CRC_16) & 0xFFFF;
      if (((few >>> bit) & 1) == 1) {
        product ^= other;
      }
    }
    return product;
  }
}
