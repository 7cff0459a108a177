package org.speechrate.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpectrogramTest {
  /** As in the definition of the discrete Fourier transform. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 6, 14, 400, 512})
  void powersAreThoseOfTheDefinition(int length) {
    Random random = new Random(length);
    double[] frame = random.doubles(length, -1, 1).toArray();
    double[] power = new double[length / 2 + 1];

    new PowerSpectrum(length).of(frame, power);

    for (int k = 0; k < power.length; k++) {
      double real = 0;
      double imaginary = 0;
      for (int i = 0; i < length; i++) {
        real += frame[i] * Math.cos(2 * Math.PI * k * i / length);
        imaginary -= frame[i] * Math.sin(2 * Math.PI * k * i / length);
      }
      assertThat(power[k]).isCloseTo(real * real + imaginary * imaginary, within(1e-9));
    }
  }

  @Test
  void filterbankIsKaldis() throws IOException {
    Filterbank filterbank = new Filterbank(Sounds.RATE_HZ, 400, 160, 80, false);
    float[] samples = Sounds.decoded(Sounds.utterance(Sounds.FIRST));
    List<float[]> kaldis = List.of(Sounds.golden("fbank.npy"));

    assertThat(filterbank.frames(samples.length)).isEqualTo(kaldis.size());
    float[] ours = filterbank.of(samples, kaldis.size());

    assertThat(Sounds.largestDifference(ours, kaldis)).isLessThan(1e-3f);
  }

  @Test
  void melSpectrogramIsLibrosas() throws IOException {
    MelSpectrogram spectrogram = new MelSpectrogram(Sounds.RATE_HZ, 400, 160, 40, false);
    float[] samples = Sounds.decoded(Sounds.utterance(Sounds.FIRST));
    List<float[]> librosas = List.of(Sounds.golden("mels.npy"));

    assertThat(spectrogram.frames(samples.length)).isEqualTo(librosas.size());
    float[] ours = spectrogram.of(samples, librosas.size());

    float loudest = 0;
    for (float[] row : librosas) {
      for (float power : row) {
        loudest = Math.max(loudest, power);
      }
    }
    assertThat(Sounds.largestDifference(ours, librosas)).isLessThan(1e-6f * loudest);
  }

  @Test
  void meanOverTimeIsSubtractedFromEachBin() {
    // Two bins, three frames: means 2 and 5
    float[] rows = {1, 3, 2, 5, 3, 7};

    Spectrogram.subtractMean(rows, 2);

    assertThat(rows).containsExactly(-1, -2, 0, 0, 1, 2);
  }

  @Test
  void aFrameLiesInsideTheWaveformOfKaldi() {
    Filterbank filterbank = new Filterbank(Sounds.RATE_HZ, 400, 160, 80, true);

    assertThat(filterbank.frames(399)).isZero();
    assertThat(filterbank.frames(400)).isOne();
    assertThat(filterbank.frames(559)).isOne();
    assertThat(filterbank.frames(560)).isEqualTo(2); // 400 + 160
  }
}
