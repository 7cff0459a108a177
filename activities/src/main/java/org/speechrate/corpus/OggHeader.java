package org.speechrate.corpus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * The length of an Ogg file with one stream of Vorbis or Opus: the granule position of its last
 * page (RFC 3533, section 6) counts samples, Opus' always at 48 kHz and with the encoder's pre-skip
 * (RFC 7845, section 4).
 */
final class OggHeader {
  private static final int MAGIC_BYTES = 4;
  private static final int MAGIC = 'O' | ('g' << 8) | ('g' << 16) | ('S' << 24);
  private static final int PAGE_HEADER_BYTES = 27;
  private static final int GRANULE_AT = 6;
  private static final int SERIAL_AT = 14;
  private static final int CHECKSUM_AT = 22;
  private static final int SEGMENTS_AT = 26;
  private static final int LONGEST_PAGE_BYTES = PAGE_HEADER_BYTES + 255 + 255 * 255;

  /** A packet may be longer than a page, but not by so much. */
  private static final int MOST_PAGES = 4;

  private static final int OPUS_RATE_HZ = 48_000;
  private static final int CRC_32 = 0x04C11DB7;

  /** On this page no packet ends. */
  private static final long NO_GRANULE = -1;

  private OggHeader() {}

  /**
   * @param begin where the first page's {@code OggS} stands
   */
  static AudioHeader read(AudioInput in, long begin) throws IOException {
    if (!in.has(begin, PAGE_HEADER_BYTES)) {
      throw in.cutOff();
    }
    long packet = begin + PAGE_HEADER_BYTES + in.u8(begin + SEGMENTS_AT);
    boolean opus = in.is("OpusHead", packet);
    if (!opus && !in.is("\u0001vorbis", packet)) {
      throw AudioInput.broken("is an Ogg file of something else than Vorbis or Opus");
    }
    long rate = opus ? OPUS_RATE_HZ : in.le32(packet + 12);
    if (rate <= 0 || rate > Integer.MAX_VALUE) {
      throw AudioInput.broken("has sample rate " + rate + " in its header");
    }
    long skipped = opus ? in.le16(packet + 10) : 0;
    long last = lastGranule(in, begin);
    if (last < 0) {
      throw AudioInput.broken("has a negative granule position on its last page");
    }
    return AudioHeader.of((int) rate, Math.max(0, last - skipped), false);
  }

  /** Of the last page on which a packet ends. */
  private static long lastGranule(AudioInput in, long begin) throws IOException {
    int length = (int) Math.min(in.size() - begin, MOST_PAGES * LONGEST_PAGE_BYTES);
    byte[] bytes = in.bytes(in.size() - length, length);
    ByteBuffer tail = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = length - MAGIC_BYTES; at >= 0; at--) {
      if (tail.get(at) != 'O' || tail.getInt(at) != MAGIC) {
        continue;
      }
      int pageBytes = pageBytes(bytes, at);
      if (at + pageBytes > length) {
        throw AudioInput.broken(
            String.format(
                Locale.ROOT,
                "is cut off: its last page should have %,d bytes, it has %,d",
                pageBytes,
                length - at));
      }
      if (tail.getInt(at + SERIAL_AT) != (int) in.le32(begin + SERIAL_AT)) {
        throw AudioInput.broken("holds several streams; it must hold one of Vorbis or Opus");
      }
      long granule = tail.getLong(at + GRANULE_AT);
      if (granule != NO_GRANULE) {
        if (tail.getInt(at + CHECKSUM_AT) != checksum(bytes, at, at + pageBytes)) {
          throw AudioInput.broken("is damaged: its last page has another checksum than it says");
        }
        return granule;
      }
    }
    throw AudioInput.broken("is damaged: it does not end with a page of audio");
  }

  /** More than are left where not even the sizes of its segments are there. */
  private static int pageBytes(byte[] bytes, int at) {
    int body = at + PAGE_HEADER_BYTES;
    int segments = body <= bytes.length ? bytes[at + SEGMENTS_AT] & 0xFF : 0;
    int length = PAGE_HEADER_BYTES + segments;
    for (int i = 0; i < segments && body + i < bytes.length; i++) {
      length += bytes[body + i] & 0xFF;
    }
    return length;
  }

  /** With its own place taken as zero. */
  private static int checksum(byte[] bytes, int from, int to) {
    int crc = 0;
    for (int i = from; i < to; i++) {
      boolean own = i - from >= CHECKSUM_AT && i - from < CHECKSUM_AT + Integer.BYTES;
      crc ^= own ? 0 : bytes[i] << 24;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc < 0 ? (crc << 1) ^ CRC_32 : crc << 1;
      }
    }
    return crc;
  }
}
