package org.speechrate.corpus;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/**
 * The length of MPEG audio (layers I to III): from the frame that encoders put in front, with its
 * count of frames (Xing, Info, VBRI) and the samples that the encoder added at both ends (LAME's
 * tag, which ffmpeg writes too), as players do; where there is none, by walking from frame to
 * frame.
 */
final class Mp3Header {
  /** Programs that strip tags leave some bytes in front. */
  private static final int MOST_BYTES_BEFORE = 1 << 16;

  /** Damage inside is skipped, as players do; beyond this it is not audio any more. */
  private static final int MOST_BYTES_BETWEEN = 1 << 16;

  private static final int HEADER_BYTES = 4;
  private static final int TAG_BYTES = 128;
  private static final int APE_FOOTER_BYTES = 32;

  /** What stays the same from frame to frame: sync, version, layer, sample rate. */
  private static final int SAME = 0xFFFE0C00;

  private static final int XING_FRAMES = 1;
  private static final int XING_BYTES = 2;
  private static final int XING_TABLE = 4;
  private static final int XING_QUALITY = 8;
  private static final int TABLE_BYTES = 100;
  private static final int LAME_DELAYS_AT = 21;

  /** From the frame's begin. */
  private static final int VBRI_AT = 36;

  private static final int MPEG_1 = 3;
  private static final int MPEG_2_5 = 0;
  private static final int LAYER_1 = 3;
  private static final int LAYER_3 = 1;
  private static final int MONO = 3;

  /** kbit/s by bit rate index, for MPEG 1's layers I, II, III, then MPEG 2's I, and II and III. */
  private static final int[][] BIT_RATES = {
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
  };

  private static final int[] MPEG_1_RATES = {44_100, 48_000, 32_000};

  private final AudioInput in;
  private final long first;
  private final long end;
  private final int header;

  private Mp3Header(AudioInput in, long first, long end) throws IOException {
    this.in = in;
    this.first = first;
    this.end = end;
    this.header = in.be32(first);
  }

  /**
   * @param begin behind ID3v2 tags
   * @return empty where no frames follow each other
   */
  static Optional<AudioHeader> read(AudioInput in, long begin) throws IOException {
    long end = beforeTags(in, begin);
    long most = Math.min(end - HEADER_BYTES, begin + MOST_BYTES_BEFORE);
    for (long at = begin; at <= most; at++) {
      if (in.u8(at) == 0xFF && follows(in, at, end, in.be32(at))) {
        return Optional.of(new Mp3Header(in, at, end).length());
      }
    }
    return Optional.empty();
  }

  /** Without ID3v1 and APE tags. */
  private static long beforeTags(AudioInput in, long begin) throws IOException {
    long end = in.size();
    if (end - TAG_BYTES >= begin && in.is("TAG", end - TAG_BYTES)) {
      end -= TAG_BYTES;
    }
    long footer = end - APE_FOOTER_BYTES;
    if (footer >= begin && in.is("APETAGEX", footer)) {
      // Its size is without its header, which is as long as its footer.
      boolean hasHeader = (in.u8(footer + 23) & 0x80) != 0;
      long bytes = in.le32(footer + 12) + (hasHeader ? APE_FOOTER_BYTES : 0);
      if (bytes >= APE_FOOTER_BYTES && end - bytes >= begin) {
        end -= bytes;
      }
    }
    return end;
  }

  /** Whether here is a frame, and behind it another one or the end. */
  private static boolean follows(AudioInput in, long at, long end, int sameAs) throws IOException {
    if (end - at < HEADER_BYTES) {
      return false;
    }
    int header = in.be32(at);
    int bytes = frameBytes(header);
    if (bytes == 0 || (header & SAME) != (sameAs & SAME)) {
      return false;
    }
    long next = at + bytes;
    return next == end
        || (next <= end - HEADER_BYTES
            && (in.be32(next) & SAME) == (header & SAME)
            && frameBytes(in.be32(next)) > 0);
  }

  private AudioHeader length() throws IOException {
    long count = 0;
    long promisedBytes = -1;
    long added = 0;
    boolean counts = false;
    for (int crc = 0; crc <= 2 && !counts; crc += 2) {
      long at = first + HEADER_BYTES + sideInfoBytes() + crc;
      if (layer() == LAYER_3 && (in.is("Xing", at) || in.is("Info", at))) {
        counts = true;
        int flags = in.be32(at + 4);
        at += 8;
        if ((flags & XING_FRAMES) != 0) {
          count = Integer.toUnsignedLong(in.be32(at));
          at += 4;
        }
        if ((flags & XING_BYTES) != 0) {
          promisedBytes = Integer.toUnsignedLong(in.be32(at));
          at += 4;
        }
        at += (flags & XING_TABLE) != 0 ? TABLE_BYTES : 0;
        at += (flags & XING_QUALITY) != 0 ? 4 : 0;
        if (in.is("LAME", at) || in.is("Lavf", at) || in.is("Lavc", at)) {
          long delays = Integer.toUnsignedLong(in.be32(at + LAME_DELAYS_AT)) >>> 8;
          added = (delays >>> 12) + (delays & 0xFFF);
        }
      }
    }
    if (layer() == LAYER_3 && in.is("VBRI", first + VBRI_AT)) {
      counts = true;
      promisedBytes = Integer.toUnsignedLong(in.be32(first + VBRI_AT + 10));
      count = Integer.toUnsignedLong(in.be32(first + VBRI_AT + 14));
    }
    long there = end - first;
    int frame = frameBytes(header);
    if (count > 0) {
      // Some programs count the frame in front, or the tags, and some do not.
      long promised = Math.max(promisedBytes, count * smallestFrameBytes());
      if (promised > in.size() + frame) {
        throw AudioInput.broken(
            String.format(
                Locale.ROOT,
                "is cut off: it has %,d bytes, its header promises %,d",
                in.size(),
                promised));
      }
      if (promisedBytes < 0 || there - promisedBytes <= 2L * frame) {
        return header(count, added, false);
      }
      // Somebody appended another one: the header's count is too small.
    }
    return header(walk(counts ? first + frame : first), added, true);
  }

  private AudioHeader header(long frames, long added, boolean counted) {
    return AudioHeader.of(
        rate(header), Math.max(0, frames * samplesOfFrame(header) - added), counted);
  }

  /** Number of whole frames. */
  private long walk(long from) throws IOException {
    long frames = 0;
    long at = from;
    while (end - at >= HEADER_BYTES) {
      int here = in.be32(at);
      int bytes = (here & SAME) == (header & SAME) ? frameBytes(here) : 0;
      if (bytes > 0) {
        frames += at + bytes <= end ? 1 : 0;
        at += bytes;
      } else {
        at = afterDamage(at);
      }
    }
    return frames;
  }

  /** Where frames go on; the end where what is left is too short to tell. */
  private long afterDamage(long damage) throws IOException {
    for (long at = damage + 1; at <= end - HEADER_BYTES; at++) {
      if (in.u8(at) == 0xFF && follows(in, at, end, header)) {
        return at;
      }
      if (at - damage > MOST_BYTES_BETWEEN) {
        throw AudioInput.broken(
            String.format(
                Locale.ROOT, "is damaged: no MPEG frame in 64 KiB from byte %,d on", damage));
      }
    }
    return end;
  }

  private int layer() {
    return layer(header);
  }

  private int sideInfoBytes() {
    boolean mono = ((header >>> 6) & 3) == MONO;
    if (version(header) == MPEG_1) {
      return mono ? 17 : 32;
    }
    return mono ? 9 : 17;
  }

  private int smallestFrameBytes() {
    return frameBytes((header & ~((0xF << 12) | (1 << 9))) | (1 << 12));
  }

  private static int version(int header) {
    return (header >>> 19) & 3;
  }

  private static int layer(int header) {
    return (header >>> 17) & 3;
  }

  private static int rate(int header) {
    int rate = MPEG_1_RATES[(header >>> 10) & 3];
    int version = version(header);
    return version == MPEG_1 ? rate : version == MPEG_2_5 ? rate / 4 : rate / 2;
  }

  private static int samplesOfFrame(int header) {
    int layer = layer(header);
    if (layer == LAYER_1) {
      return 384;
    }
    return layer == LAYER_3 && version(header) != MPEG_1 ? 576 : 1152;
  }

  /** 0 where these four bytes begin no frame, or one whose length they do not tell. */
  private static int frameBytes(int header) {
    int version = version(header);
    int layer = layer(header);
    int bitRate = (header >>> 12) & 0xF;
    if (header >>> 21 != 0x7FF
        || version == 1
        || layer == 0
        || bitRate == 0
        || bitRate == 15
        || ((header >>> 10) & 3) == 3) {
      return 0;
    }
    int table = version == MPEG_1 ? 3 - layer : layer == LAYER_1 ? 3 : 4;
    int bits = 1000 * BIT_RATES[table][bitRate];
    int padding = (header >>> 9) & 1;
    return layer == LAYER_1
        ? (12 * bits / rate(header) + padding) * 4
        : samplesOfFrame(header) / 8 * bits / rate(header) + padding;
  }
}
