package org.speechrate.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VoiceActivityTest {
  @Test
  void aFrameCountsWhereMoreThanHalfOfTheEightAroundItDo() {
    // Frame i looks at i-3 to i+4: 3 sees 0 to 7, of which five; 4 sees 1 to 8, of which four
    assertThat(VoiceActivity.smoothed(flags("1111100000"))).isEqualTo(flags("1111000000"));
    // Four of eight are not more than half
    assertThat(VoiceActivity.smoothed(flags("1111000000"))).isEqualTo(flags("0000000000"));
    assertThat(VoiceActivity.smoothed(flags(""))).isEmpty();
  }

  @Test
  void threeFramesAroundSpeechAreKept() {
    assertThat(VoiceActivity.nearby(flags("00000100000"))).isEqualTo(flags("00111111100"));
    assertThat(VoiceActivity.nearby(flags("1000000001"))).isEqualTo(flags("1111001111"));
  }

  @Test
  void twoSecondsOfSilenceInsideAreCutToTheMargins() throws IOException {
    float[] speech = Sounds.decoded(Sounds.utterance(Sounds.FIRST));
    int begin = speech.length;
    float[] joined = Arrays.copyOf(speech, 2 * begin + 2 * Sounds.RATE_HZ);
    System.arraycopy(speech, 0, joined, begin + 2 * Sounds.RATE_HZ, begin);

    int once = VoiceActivity.withoutSilences(speech, Sounds.RATE_HZ).length;
    int twice = VoiceActivity.withoutSilences(joined, Sounds.RATE_HZ).length;

    // Of the silence at most what lies near speech is left: some frames of 30 ms at each side
    assertThat(twice).isBetween(2 * once - 8 * 480, 2 * once + 16 * 480);
  }

  @Test
  void nothingIsLeftOfSilence() throws IOException {
    assertThat(VoiceActivity.withoutSilences(new float[16_000], Sounds.RATE_HZ)).isEmpty();
    assertThat(VoiceActivity.withoutSilences(new float[100], Sounds.RATE_HZ)).isEmpty();
  }

  private static boolean[] flags(String digits) {
    boolean[] flags = new boolean[digits.length()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = digits.charAt(i) == '1';
    }
    return flags;
  }
}
