package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class TemporalLinkTest {
  private static final String SELF = ManagementFactory.getRuntimeMXBean().getName();
  private static final String HOST = SELF.substring(SELF.indexOf('@'));

  /** Above the largest process id that Linux and macOS give. */
  private static final String NOBODY = "99999999";

  @Test
  void aLivingWorkerCounts() {
    assertThat(TemporalLink.isDeadHere(SELF)).isFalse();
    assertThat(TemporalLink.isDeadHere(SELF + TemporalLink.FOR_ONE_RUN)).isFalse();
  }

  @Test
  void aKilledWorkerOfThisMachineDoesNot() {
    assertThat(TemporalLink.isDeadHere(NOBODY + HOST)).isTrue();
    assertThat(TemporalLink.isDeadHere(NOBODY + HOST + TemporalLink.FOR_ONE_RUN)).isTrue();
  }

  @Test
  void ofOtherMachinesOnlyTheServerKnows() {
    assertThat(TemporalLink.isDeadHere(NOBODY + "@elsewhere")).isFalse();
    assertThat(TemporalLink.isDeadHere("a worker named by hand")).isFalse();
  }
}
