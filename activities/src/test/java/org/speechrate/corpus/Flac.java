package org.speechrate.corpus;

import java.nio.ByteBuffer;

/** Makes the beginning of a FLAC file, byte by byte. */
final class Flac {
  private Flac() {}

  /** fLaC, one STREAMINFO block, two bytes in place of the audio. */
  static byte[] of(int sampleRateHz, long totalSamples) {
    return of(sampleRateHz, totalSamples, 0, 7);
  }

  static byte[] of(int sampleRateHz, long totalSamples, int smallestFrameBytes, int md5) {
    ByteBuffer file = ByteBuffer.allocate(44);
    file.put(new byte[] {'f', 'L', 'a', 'C'});
    file.putInt(0x80000000 | 34); // the last block before the audio, type 0, 34 bytes
    file.putShort((short) 4096).putShort((short) 4096); // samples in a block
    file.put(new byte[] {0, (byte) (smallestFrameBytes >>> 8), (byte) smallestFrameBytes});
    file.put(new byte[] {0, 0, 0}); // largest frame, unknown
    // 20 bits of sample rate, 3 of channels - 1, 5 of bits per sample - 1, 36 of samples
    file.putLong((long) sampleRateHz << 44 | 15L << 36 | totalSamples);
    file.putLong(0).putLong(md5);
    file.put(new byte[] {(byte) 0xFF, (byte) 0xF8});
    return file.array();
  }
}
