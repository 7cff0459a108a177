package org.speechrate.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * What an audio file says of its own length; nothing is decoded. Its format is told by its content,
 * whatever its name: LibriSpeech has mirrors of MP3 files named {@code .flac} and {@code .wav}.
 *
 * @param totalSamples of each channel
 * @param identity together with the file's size, what the corpus stage knows the audio by
 * @param counted whether the header did not tell the length, so that it was taken from the frames
 */
public record AudioHeader(int sampleRateHz, long totalSamples, String identity, boolean counted) {
  private static final int MAGIC_BYTES = 4;
  private static final int ID3_BYTES = 10;
  private static final int ID3_FOOTER_FLAG = 0x10;

  static AudioHeader of(int sampleRateHz, long totalSamples, boolean counted) {
    return new AudioHeader(sampleRateHz, totalSamples, sampleRateHz + " " + totalSamples, counted);
  }

  /**
   * @throws org.speechrate.pipeline.Refusal if it is no audio of a known format, is cut off or
   *     damaged; the message continues the file's name
   */
  public static AudioHeader read(Path file) throws IOException {
    try (AudioInput in = new AudioInput(file)) {
      long begin = afterId3(in);
      if (!in.has(begin, MAGIC_BYTES)) {
        throw in.cutOff();
      }
      if (in.is("fLaC", begin)) {
        return FlacHeader.read(in, begin);
      }
      if (in.is("RIFF", begin) || in.is("RF64", begin) || in.is("BW64", begin)) {
        return WavHeader.read(in, begin);
      }
      if (in.is("OggS", begin)) {
        return OggHeader.read(in, begin);
      }
      return Mp3Header.read(in, begin).orElseThrow(() -> AudioInput.broken(unknown(in, begin)));
    }
  }

  private static String unknown(AudioInput in, long begin) {
    try {
      return "is neither FLAC, WAV, MP3, Ogg Vorbis nor Ogg Opus: it begins with "
          + HexFormat.of().formatHex(in.bytes(begin, MAGIC_BYTES));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** MP3 files have tags in front, and so have some FLAC files. */
  static long afterId3(AudioInput in) throws IOException {
    long at = 0;
    while (in.is("ID3", at)) {
      if (!in.has(at, ID3_BYTES)) {
        throw in.cutOff();
      }
      long size = 0;
      for (int i = 6; i < ID3_BYTES; i++) {
        size = (size << 7) | (in.u8(at + i) & 0x7F);
      }
      int footer = (in.u8(at + 5) & ID3_FOOTER_FLAG) == 0 ? 0 : ID3_BYTES;
      at += ID3_BYTES + size + footer;
    }
    return at;
  }

  public double seconds() {
    return totalSamples / (double) sampleRateHz;
  }

  /** Rounded half to even to whole milliseconds, as Python's round does. */
  double secondsByMillis() {
    return Math.rint(totalSamples * 1000.0 / sampleRateHz) / 1000.0;
  }
}
