package org.speechrate.corpus;

import java.io.IOException;
import java.util.Locale;

/**
 * A WAV file's length (RIFF, or RF64 and BW64 for 4 GiB and more). Where every sample has the same
 * number of bytes, it follows from the size of the chunk {@code data}; a compressed encoding tells
 * it in the chunk {@code fact}.
 */
final class WavHeader {
  private static final int RIFF_HEADER_BYTES = 12;
  private static final int CHUNK_HEADER_BYTES = 8;
  private static final int FORMAT_BYTES = 16;
  private static final int EXTENSIBLE_BYTES = 26;

  /** Far more than any program writes before the audio. */
  private static final int MOST_CHUNKS = 1000;

  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int A_LAW = 6;
  private static final int MU_LAW = 7;
  private static final int EXTENSIBLE = 0xFFFE;

  /** In RF64: see the chunk ds64. */
  private static final long ELSEWHERE = 0xFFFF_FFFFL;

  /**
   * A program that writes to a pipe does not know the size yet, and promises about the most that 31
   * or 32 bits can hold: ffmpeg, sox and espeak-ng each write another value from here on.
   */
  private static final long PLACEHOLDER = 0x7FFF_0000L;

  private final AudioInput in;
  private final long riffEnd;
  private int encoding;
  private int rate;
  private int channels;
  private int frameBytes;
  private long factSamples = -1;
  private long data64 = -1;
  private long samples64 = -1;

  private WavHeader(AudioInput in, long riffEnd) {
    this.in = in;
    this.riffEnd = riffEnd;
  }

  /**
   * @param begin where {@code RIFF} stands
   */
  static AudioHeader read(AudioInput in, long begin) throws IOException {
    if (!in.is("WAVE", begin + CHUNK_HEADER_BYTES)) {
      throw AudioInput.broken("is no WAV file: it is RIFF, but not WAVE");
    }
    long riffBytes = in.le32(begin + 4);
    return new WavHeader(in, begin + CHUNK_HEADER_BYTES + riffBytes)
        .chunks(begin + RIFF_HEADER_BYTES);
  }

  private AudioHeader chunks(long first) throws IOException {
    long at = first;
    long dataAt = -1;
    long dataBytes = 0;
    for (int i = 0; i < MOST_CHUNKS && in.has(at, CHUNK_HEADER_BYTES); i++) {
      long bytes = in.le32(at + 4);
      long body = at + CHUNK_HEADER_BYTES;
      if (in.is("data", at)) {
        dataAt = body;
        dataBytes = dataBytes(body, bytes);
        if (isPlain() || factSamples >= 0) {
          break;
        }
        bytes = dataBytes; // the chunk fact may stand behind it
      } else if (in.is("fmt ", at)) {
        format(body, bytes);
      } else if (in.is("fact", at)) {
        factSamples = in.le32(body);
      } else if (in.is("ds64", at)) {
        data64 = in.le64(body + 8);
        samples64 = in.le64(body + 16);
      }
      at = body + bytes + (bytes & 1);
    }
    if (rate == 0 || channels == 0) {
      throw rateless(dataAt);
    }
    if (dataAt < 0) {
      if (in.has(at, CHUNK_HEADER_BYTES)) {
        throw AudioInput.broken("is no WAV file: it has no audio in its first 1,000 chunks");
      }
      throw in.cutOff();
    }
    return AudioHeader.of(rate, samples(dataBytes), false);
  }

  private org.speechrate.pipeline.Refusal rateless(long dataAt) {
    return dataAt < 0
        ? in.cutOff()
        : AudioInput.broken("is no WAV file: no sample rate and channels stand before its audio");
  }

  private void format(long body, long bytes) throws IOException {
    if (bytes < FORMAT_BYTES) {
      throw AudioInput.broken("is no WAV file: its chunk \"fmt \" has only " + bytes + " bytes");
    }
    encoding = in.le16(body);
    channels = in.le16(body + 2);
    rate = (int) Math.min(Integer.MAX_VALUE, in.le32(body + 4));
    frameBytes = in.le16(body + 12);
    if (encoding == EXTENSIBLE && bytes >= EXTENSIBLE_BYTES) {
      encoding = in.le16(body + 24); // the first two bytes of the sub-format's id
    }
  }

  private boolean isPlain() {
    return encoding == PCM || encoding == FLOAT || encoding == A_LAW || encoding == MU_LAW;
  }

  /** What the header promises, or what is there where a stream could not know it. */
  private long dataBytes(long body, long promised) {
    long there = in.size() - body;
    long bytes = promised == ELSEWHERE && data64 >= 0 ? data64 : promised;
    if (bytes >= 0 && bytes <= there && !(bytes == 0 && there > 0 && riffEnd <= body)) {
      return bytes;
    }
    if (bytes == 0 || (bytes >= PLACEHOLDER && bytes <= ELSEWHERE)) {
      return there;
    }
    throw AudioInput.broken(
        String.format(
            Locale.ROOT,
            "is cut off: it has %,d bytes of audio, its header promises %s",
            there,
            bytes < 0 ? "more than a file can hold" : String.format(Locale.ROOT, "%,d", bytes)));
  }

  private long samples(long dataBytes) {
    if (isPlain()) {
      if (frameBytes == 0) {
        throw AudioInput.broken("is no WAV file: its samples have 0 bytes");
      }
      return dataBytes / frameBytes;
    }
    long samples = factSamples == ELSEWHERE && samples64 >= 0 ? samples64 : factSamples;
    if (samples <= 0) {
      throw AudioInput.broken(
          String.format(
              Locale.ROOT,
              "is compressed (WAV encoding 0x%04x) and does not tell its number of samples",
              encoding));
    }
    return samples;
  }
}
