package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortOptionTest {
  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> PortOption.requireFree("--ui-port", port))
          .isInstanceOfSatisfying(
              CommandFailure.class,
              failure -> assertThat(failure.exitCode()).isEqualTo(Exit.MISSING))
          .hasMessage(
              "--ui-port %d cannot be used: address already in use; choose another, or leave it"
                  + " out for a free one",
              port);
    }
    PortOption.requireFree("--ui-port", 0);
  }

  @Test
  void thereAreNoOthersThan65535() throws Exception {
    assertThat(PortOption.inRange("--port", 65535)).isEqualTo(65535);
    assertThatThrownBy(() -> PortOption.inRange("--port", 65536))
        .isInstanceOfSatisfying(
            CommandFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(Exit.WRONG_INPUT))
        .hasMessage("--port must be from 0 to 65535, got 65536");
  }
}
