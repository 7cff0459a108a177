package org.speechrate.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What lies in {@code deploy/docker} and {@code deploy/k8s}, for tests. */
final class ContainerFiles {
  static final ObjectMapper JSON = new ObjectMapper();
  static final Path REPOSITORY = Tools.repository();
  static final Path DOCKER = REPOSITORY.resolve("deploy/docker");
  static final Path DOCKERFILE = DOCKER.resolve("Dockerfile");
  static final Path COMPOSE = DOCKER.resolve("compose.yaml");
  static final Path KUBERNETES = REPOSITORY.resolve("deploy/k8s");
  static final Path GPU_PATCH = KUBERNETES.resolve("gpu/trainer.yaml");

  private ContainerFiles() {}

  /** A YAML file's documents, anchors and merges resolved. */
  static List<JsonNode> documents(Path file) throws IOException {
    List<JsonNode> documents = new ArrayList<>();
    new Yaml(new SafeConstructor(new LoaderOptions()))
        .loadAll(Files.readString(file))
        .forEach(each -> documents.add(JSON.valueToTree(each)));
    return documents;
  }

  static JsonNode yaml(Path file) throws IOException {
    return documents(file).get(0);
  }

  /** Files with whole Kubernetes objects: neither a kustomization nor a patch. */
  static List<Path> manifests() throws IOException {
    try (Stream<Path> files = Files.walk(KUBERNETES)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("kustomization.yaml") && !file.equals(GPU_PATCH))
          .sorted()
          .toList();
    }
  }

  /** All objects of one kind. */
  static List<JsonNode> objects(String kind) throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    for (Path file : manifests()) {
      objects.addAll(documents(file));
    }
    return objects.stream().filter(each -> each.path("kind").asText().equals(kind)).toList();
  }

  static JsonNode object(String kind, String name) throws IOException {
    return objects(kind).stream()
        .filter(each -> each.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
  }

  /**
   * The trainers' Deployment as the GPU's kustomization makes it, but for lists, which it joins.
   */
  static JsonNode gpuTrainer() throws IOException {
    JsonNode patch = yaml(GPU_PATCH);
    JsonNode base = object(patch.path("kind").asText(), patch.at("/metadata/name").asText());
    return JSON.readerForUpdating(base.deepCopy()).readValue(patch.toString());
  }

  static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asText()));
    return texts;
  }
}
