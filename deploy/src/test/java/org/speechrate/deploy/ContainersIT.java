package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.speechrate.deploy.ContainerFiles.COMPOSE;
import static org.speechrate.deploy.ContainerFiles.DOCKER;
import static org.speechrate.deploy.ContainerFiles.DOCKERFILE;
import static org.speechrate.deploy.ContainerFiles.REPOSITORY;
import static org.speechrate.deploy.ContainerFiles.texts;
import static org.speechrate.deploy.ContainerFiles.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The images' and clusters' files under the schemas and linters of their own worlds. */
@Timeout(180)
class ContainersIT {
  private static final List<String> COMPOSE_SCHEMA =
      List.of("check-jsonschema", "--builtin-schema", "vendor.compose-spec");
  private static final List<String> KUBERNETES_SCHEMA =
      List.of("kubernetes-validate", "--strict", "--quiet");

  @TempDir Path folder;

  @Test
  void composeAcceptsItsFile() throws Exception {
    accepts(COMPOSE_SCHEMA, COMPOSE);
    refuses(COMPOSE_SCHEMA, COMPOSE, "stop_grace_period:", "stop_grace:");
  }

  @Test
  void kubernetesAcceptsTheManifests() throws Exception {
    List<Path> manifests = ContainerFiles.manifests();
    accepts(KUBERNETES_SCHEMA, manifests.toArray(Path[]::new));
    for (Path manifest : manifests) {
      refuses(KUBERNETES_SCHEMA, manifest, "\nmetadata:\n", "\nmetadata:\n  nickname: it\n");
    }
    Path gpu =
        Files.writeString(folder.resolve("gpu.json"), ContainerFiles.gpuTrainer().toString());
    accepts(KUBERNETES_SCHEMA, gpu);
    refuses(KUBERNETES_SCHEMA, gpu, "\"tolerations\"", "\"tolerates\"");
  }

  @Test
  void theLintersFindNothing() throws Exception {
    accepts(List.of("hadolint", "--failure-threshold", "info"), DOCKERFILE);
    accepts(
        List.of("shellcheck"),
        DOCKER.resolve("speechrate"),
        REPOSITORY.resolve("deploy/speechrate"));
  }

  @Test
  void temporalKnowsEveryOptionThatItIsGiven() throws Exception {
    JsonNode services = yaml(COMPOSE).path("services");
    List<List<String>> commands =
        List.of(
            texts(services.at("/temporal/command")),
            texts(services.at("/temporal/healthcheck/test")).subList(2, 6),
            texts(services.at("/retention/command")));
    String temporal = new Tools(REPOSITORY, line -> {}).temporal().toString();
    for (List<String> command : commands) {
      List<String> wrong = new ArrayList<>(command);
      wrong.add(0, temporal);
      wrong.add("--none");
      // It reads its options from left to right, and so did not stumble over ours.
      assertThat(run(wrong).out()).startsWith("Error: unknown flag: --none\n");
    }
  }

  private void accepts(List<String> check, Path... files) throws Exception {
    Result result = check(check, files);
    assertThat(result.exit()).as(result.out()).isZero();
  }

  /** A check that finds nothing wrong in anything would be none. */
  private void refuses(List<String> check, Path file, String words, String wrong) throws Exception {
    String text = Files.readString(file);
    assertThat(text).contains(words);
    Path broken = folder.resolve("broken-" + file.getFileName());
    Files.writeString(broken, text.replace(words, wrong));
    assertThat(check(check, broken).exit()).as("%s on %s", check, broken).isNotZero();
  }

  private Result check(List<String> check, Path... files) throws Exception {
    Path bin = new Tools(REPOSITORY, line -> {}).containersPython().getParent();
    List<String> command = new ArrayList<>(check);
    command.set(0, bin.resolve(check.get(0)).toString());
    Stream.of(files).map(Path::toString).forEach(command::add);
    return run(command);
  }

  private record Result(int exit, String out) {}

  private Result run(List<String> command) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    process.getOutputStream().close();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Result(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
  }
}
