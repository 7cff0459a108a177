package org.speechrate.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SilentCorpusTest {
  @Test
  void writesWhatFlacDecodersTake() {
    // Decoded to 5000 zeros by libsndfile 1.2.2 and ffmpeg, which check both checksums of a frame.
    byte[] flac = SilentCorpus.flac(5000, new byte[16]);
    assertThat(HexFormat.of().formatHex(flac, 0, 42))
        .isEqualTo(
            "664c6143" // fLaC
                + "80000022" // the last block, STREAMINFO, 34 bytes
                + "10001000" // blocks of 4096 samples
                + "000000000000"
                + "03e800f000001388" // 16,000 Hz, 1 channel, 16 bits, 5,000 samples
                + "00".repeat(16));
    assertThat(HexFormat.of().formatHex(flac, 42, flac.length))
        .isEqualTo("fff8c508006f0000006555fff875080103873f000000d5ea");
  }
}
