package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.speechrate.client.ServerFile;

/** The real Temporal binary. */
class DevServerIT {
  private TestWorkspace test;

  @BeforeEach
  void folder() throws Exception {
    test = TestWorkspace.empty(List.of());
  }

  @AfterEach
  void close() throws Exception {
    test.close();
  }

  @Test
  void startsKeepsRunsForASeasonAndEndsWithItsLastUser() throws Exception {
    ServerFile file = test.startServer();
    assertThat(DevServer.running(test.root())).contains(file);
    long retentionSeconds =
        test.stubs()
            .blockingStub()
            .describeNamespace(
                DescribeNamespaceRequest.newBuilder().setNamespace(file.namespace()).build())
            .getConfig()
            .getWorkflowExecutionRetentionTtl()
            .getSeconds();
    assertThat(retentionSeconds).isEqualTo(Duration.ofDays(90).toSeconds());

    DevServer second = open();
    assertThat(second.started()).isFalse();
    assertThat(second.file().serverPid()).isEqualTo(file.serverPid());
    second.close();
    assertThat(DevServer.running(test.root())).isPresent();

    test.close();
    assertThat(ProcessHandle.of(file.serverPid()).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(test.root()).doesNotExist();
    test = TestWorkspace.empty(List.of());
  }

  @Test
  void twoCommandsAtOnceStartOneServer() throws Exception {
    CompletableFuture<DevServer> first = CompletableFuture.supplyAsync(this::open);
    CompletableFuture<DevServer> second = CompletableFuture.supplyAsync(this::open);
    try (DevServer one = first.get(2, TimeUnit.MINUTES);
        DevServer two = second.get(2, TimeUnit.MINUTES)) {
      assertThat(one.file().serverPid()).isEqualTo(two.file().serverPid());
      assertThat(List.of(one.started(), two.started())).containsExactlyInAnyOrder(true, false);
    }
    assertThat(ServerFile.read(test.root())).isEmpty();
  }

  @Test
  void comesBackAtTheSameAddressAfterACrash() throws Exception {
    try (DevServer server = open()) {
      ServerFile before = server.file();
      ProcessHandle.of(before.serverPid()).orElseThrow().destroyForcibly();
      assertThat(server.awaitExit(Duration.ofSeconds(30))).isTrue();
      assertThat(server.revive(TestWorkspace::temporal)).isTrue();
      assertThat(server.file().address()).isEqualTo(before.address());
      assertThat(server.file().serverPid()).isNotEqualTo(before.serverPid());
      assertThat(DevServer.running(test.root())).contains(server.file());
    }
  }

  @Test
  void stoppedOnPurposeItStaysDown() throws Exception {
    try (DevServer server = open()) {
      assertThat(DevServer.stop(test.root())).isTrue();
      assertThat(server.awaitExit(Duration.ofSeconds(30))).isTrue();
      assertThat(server.revive(TestWorkspace::temporal)).isFalse();
    }
    assertThat(DevServer.stop(test.root())).isFalse();
  }

  @Test
  void aFileWhoseProcessIsSomeoneElsesIsStaleAndThatProcessIsLeftAlone() throws Exception {
    // This very process has the id in the file, as after a reboot and the reuse of ids.
    long self = ProcessHandle.current().pid();
    new ServerFile("127.0.0.1:1", "default", "http://127.0.0.1:2", "", self, self)
        .write(test.root());
    assertThat(DevServer.running(test.root())).isEmpty();
    assertThat(ServerFile.read(test.root())).isEmpty();
    assertThat(ProcessHandle.current().isAlive()).isTrue();
  }

  @Test
  void aServerThatDoesNotStartIsToldWithItsLastWords() throws Exception {
    Path broken = Files.writeString(test.root().resolve("temporal"), "#!/bin/sh\necho no disk\n");
    assertThat(broken.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> DevServer.open(test.root(), () -> broken, DevServer.Ports.FREE, true))
        .hasMessageContaining("the Temporal server did not start: no disk")
        .hasMessageContaining("server.log");
    assertThat(ServerFile.read(test.root())).isEqualTo(Optional.empty());
  }

  private DevServer open() {
    try {
      return DevServer.open(test.root(), TestWorkspace::temporal, DevServer.Ports.FREE, false);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
