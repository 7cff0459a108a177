package org.speechrate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.speechrate.pipeline.Refusal;

class AllowedHostsTest {
  private static final AllowedHosts HOSTS =
      AllowedHosts.of(List.of("Chroma.example", "other.example:8000", "[fd00::1]:443"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:8000",
        "http://LOCALHOST",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]:8000",
        "https://chroma.example",
        "http://CHROMA.example:9",
        "http://other.example:8000/behind",
        "https://[fd00::1]"
      })
  void allows(String url) {
    assertThat(HOSTS.require("embeddings.url", url)).hasToString(url);
  }

  @ParameterizedTest
  @CsvSource({
    "http://elsewhere.example, elsewhere.example:80",
    "https://other.example, other.example:443",
    "http://other.example:8001, other.example:8001",
    "http://[fd00::1], [fd00::1]:80",
    "http://localhost.example:8000, localhost.example:8000",
    "http://127.0.0.1.example, 127.0.0.1.example:80",
    "http://0.0.0.0:8000, 0.0.0.0:8000",
    "http://169.254.169.254, 169.254.169.254:80",
    "http://sub.chroma.example, sub.chroma.example:80"
  })
  void refuses(String url, String host) {
    assertThatThrownBy(() -> HOSTS.require("embeddings.url", url))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.HOST_NOT_ALLOWED))
        .hasMessage(
            "embeddings.url: %s is not this machine; the worker's owner can allow it with"
                + " --allow-host %s",
            host, host);
  }

  @Test
  void loopbackAloneAllowsNoOther() {
    assertThatThrownBy(() -> AllowedHosts.LOOPBACK.require("embeddings.url", "http://a.example"))
        .isInstanceOf(Refusal.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "http://a.example", "a.example/x", "a@b.example", "a b", "a.example:x", "a?b"})
  void aHostIsAHost(String text) {
    assertThatThrownBy(() -> AllowedHosts.of(List.of(text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("must be HOST or HOST:PORT, got %s", text);
  }
}
