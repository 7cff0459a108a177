package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.speechrate.deploy.ContainerFiles.COMPOSE;
import static org.speechrate.deploy.ContainerFiles.DOCKER;
import static org.speechrate.deploy.ContainerFiles.DOCKERFILE;
import static org.speechrate.deploy.ContainerFiles.JSON;
import static org.speechrate.deploy.ContainerFiles.KUBERNETES;
import static org.speechrate.deploy.ContainerFiles.REPOSITORY;
import static org.speechrate.deploy.ContainerFiles.object;
import static org.speechrate.deploy.ContainerFiles.objects;
import static org.speechrate.deploy.ContainerFiles.texts;
import static org.speechrate.deploy.ContainerFiles.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.envconfig.LoadClientConfigProfileOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.TrainWorkflow;
import picocli.CommandLine;

/** Holds the images' and the clusters' files against the code: no name in them may be made up. */
class ContainersTest {
  /** After a worker's own time to leave, for the rest of its process to end. */
  private static final Duration LEAVING = Duration.ofSeconds(10);

  /** Containers of our images: what runs in them. */
  private static final Pattern OURS = Pattern.compile("speechrate(-gpu)?");

  @Test
  void everyCommandIsOneThatTheImageTakes() throws Exception {
    List<List<String>> commands = new ArrayList<>();
    commands.add(list("CMD"));
    workers().forEach(worker -> commands.add(arguments(worker)));
    for (List<String> command : commands) {
      parse(Stream.concat(entrypoint().stream().skip(1), command.stream()).toList());
    }
    // What the comments tell people to paste.
    List<String> pasted =
        found(Files.readString(COMPOSE), "exec worker deploy/speechrate (.*)").toList();
    assertThat(pasted).isNotEmpty();
    pasted.forEach(line -> parse(List.of(line.split(" ", -1))));
  }

  private static CommandLine.ParseResult parse(List<String> arguments) {
    return SpeechrateCommand.commandLine(new TerminalCapture(false).terminal())
        .parseArgs(arguments.toArray(String[]::new));
  }

  @Test
  void theDeploymentsServeAllQueues() throws Exception {
    List<String> queues = new ArrayList<>();
    for (JsonNode deployment : objects("Deployment")) {
      queues.add(option(arguments(container(deployment)), "--queues"));
    }
    assertThat(queues).containsExactlyInAnyOrderElementsOf(WorkerAssembly.QUEUES);
  }

  @Test
  void everybodyMeansTheSamePort() throws Exception {
    String port = option(list("CMD"), "--metrics-port");
    assertThat(instructions("EXPOSE")).contains(port);
    JsonNode worker = service("worker");
    assertThat(option(arguments(worker), "--metrics-port")).isEqualTo(port);
    assertThat(worker.at("/healthcheck/test").toString()).contains("127.0.0.1:" + port + "/readyz");
    JsonNode scraped =
        yaml(DOCKER.resolve("prometheus.yml")).at("/scrape_configs/0/dns_sd_configs/0");
    assertThat(scraped.path("port").asText()).isEqualTo(port);
    assertThat(texts(scraped.path("names"))).containsExactly("worker");
    for (JsonNode deployment : objects("Deployment")) {
      JsonNode pod = deployment.at("/spec/template");
      assertThat(pod.at("/metadata/annotations").path("prometheus.io/port").asText())
          .isEqualTo(port);
      assertThat(container(deployment).at("/ports/0/containerPort").asText()).isEqualTo(port);
      assertThat(option(arguments(container(deployment)), "--metrics-port")).isEqualTo(port);
    }
  }

  @Test
  void whatIsProbedAndScrapedIsServed() throws Exception {
    Set<String> paths = new TreeSet<>();
    List<String> healthcheck = texts(service("worker").at("/healthcheck/test"));
    paths.add(URI.create(healthcheck.get(healthcheck.size() - 1)).getPath());
    for (JsonNode deployment : objects("Deployment")) {
      paths.add(
          deployment.at("/spec/template/metadata/annotations").path("prometheus.io/path").asText());
      JsonNode container = container(deployment);
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        JsonNode get = container.path(probe).path("httpGet");
        assertThat(get.path("port").asText()).isEqualTo(container.at("/ports/0/name").asText());
        paths.add(get.path("path").asText());
      }
    }
    assertThat(paths).containsExactly("/healthz", "/metrics", "/readyz");
    try (MetricsEndpoint endpoint = new MetricsEndpoint(MetricsEndpoint.ANYWHERE)) {
      for (String path : paths) {
        HttpResponse<Void> answer =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create(endpoint.address()).resolve(path)).build(),
                    HttpResponse.BodyHandlers.discarding());
        assertThat(answer.statusCode()).as(path).isIn(200, 503);
      }
    }
  }

  @Test
  void whoeverEndsAWorkerLetsItWriteItsCheckpoint() throws Exception {
    Duration least = WorkerAssembly.SHUTDOWN_GRACE.plus(LEAVING);
    String grace = service("worker").path("stop_grace_period").asText();
    assertThat(Duration.parse("PT" + grace)).isGreaterThanOrEqualTo(least);
    for (JsonNode deployment : objects("Deployment")) {
      long seconds = deployment.at("/spec/template/spec/terminationGracePeriodSeconds").asLong();
      assertThat(Duration.ofSeconds(seconds)).isGreaterThanOrEqualTo(least);
    }
  }

  @Test
  void runsAreKeptAsLongAsUpKeepsThem() throws Exception {
    assertThat(texts(service("retention").path("command")))
        .contains("--retention=" + DevServer.RETENTION.toHours() + "h");
  }

  @Test
  void temporalIsNamedByVariablesThatItsConfigurationReads() throws Exception {
    for (JsonNode variables :
        List.of(
            service("worker").path("environment"),
            object("ConfigMap", "speechrate-temporal").path("data"))) {
      Map<String, String> environment = new HashMap<>();
      variables
          .properties()
          .forEach(each -> environment.put(each.getKey(), each.getValue().asText()));
      ClientConfigProfile profile =
          ClientConfigProfile.load(
              LoadClientConfigProfileOptions.newBuilder()
                  .setDisableFile(true)
                  .setEnvOverrides(environment)
                  .build());
      assertThat(List.of(profile.getAddress(), profile.getNamespace()))
          .containsExactlyInAnyOrderElementsOf(environment.values());
    }
  }

  @Test
  void theImageSetsVariablesAndPropertiesThatAreRead() throws Exception {
    String gpuPage = Files.readString(REPOSITORY.resolve("deploy/docs/gpu.md"));
    String launcher = Files.readString(REPOSITORY.resolve("deploy/speechrate"));
    String ours = Files.readString(DOCKER.resolve("speechrate"));
    List<String> variables =
        new ArrayList<>(
            found(Files.readString(DOCKERFILE), "(?:^ENV|^   ) ([A-Z][A-Z_]+)=").toList());
    assertThat(variables).contains("DJL_CACHE_DIR", "PYTORCH_FLAVOR");
    assertThat(variables.remove("LANG")).isTrue();
    assertThat(variables).allMatch(name -> gpuPage.contains(name + "=") || launcher.contains(name));
    assertThat(found(ours, "export (\\w+=\\w+)").toList())
        .isEqualTo(found(launcher, "^export (\\w+=\\w+)").toList());

    Set<String> properties = properties(launcher);
    properties.removeIf(name -> !name.startsWith("speechrate.") && !name.startsWith("ai.djl."));
    properties.remove("speechrate.columns"); // a terminal's
    properties.add("speechrate.log"); // of each container
    assertThat(properties(ours)).isEqualTo(properties);
    assertThat(ours).contains("\n  " + SpeechrateCommand.class.getName() + " \"$@\"");
  }

  private static Set<String> properties(String script) {
    return found(script, "-D([\\w.]*\\.\\w+)=").collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theGpuImageHasTheLibtorchThatDjlBindsTo() throws Exception {
    String pom = Files.readString(REPOSITORY.resolve("pom.xml"));
    String version = found(pom, "<pytorch.version>(.*)</").findFirst().orElseThrow();
    String dockerfile = Files.readString(DOCKERFILE);
    assertThat(found(dockerfile, "PYTORCH_VERSION=(\\S+)").toList()).containsExactly(version);
    assertThat(Files.readString(REPOSITORY.resolve("deploy/tools/gpu.txt")))
        .contains("\ntorch==" + version + " ");
    String flavor = found(dockerfile, "PYTORCH_FLAVOR=(\\S+)").findFirst().orElseThrow();
    assertThat(getClass().getResource("/jnilib/linux-x86_64/" + flavor + "/libdjl_torch.so"))
        .isNotNull();
  }

  @Test
  void theImagesAreMadeOfFilesThatAreThere() throws Exception {
    List<String> carried =
        Files.readAllLines(DOCKER.resolve("Dockerfile.dockerignore")).stream()
            .filter(line -> line.startsWith("!"))
            .map(line -> line.substring(1))
            .toList();
    assertThat(carried).allMatch(path -> Files.exists(REPOSITORY.resolve(path)));
    found(Files.readString(REPOSITORY.resolve("pom.xml")), "<module>(.*)</module>")
        .forEach(module -> assertThat(carried).contains(module + "/pom.xml", module + "/src/main"));
    for (String copy : instructions("COPY")) {
      if (!copy.startsWith("--from=") && !copy.startsWith(". ")) {
        assertThat(carried).contains(copy.split(" ", -1)[0]);
      }
    }
    assertThat(instructions("COPY")).contains("deploy/docker/speechrate " + entrypoint().get(0));
    assertThat(Files.isExecutable(DOCKER.resolve("speechrate"))).isTrue();

    List<String> stages = found(Files.readString(DOCKERFILE), "^FROM .* AS (\\S+)$").toList();
    for (JsonNode service : yaml(COMPOSE).path("services")) {
      if (service.has("build")) {
        assertThat(stages).contains(service.at("/build/target").asText());
        assertThat(DOCKER.resolve(service.at("/build/context").asText()).toRealPath())
            .isEqualTo(REPOSITORY.toRealPath());
      }
      for (String volume : texts(service.path("volumes"))) {
        if (volume.startsWith(".")) {
          assertThat(DOCKER.resolve(volume.split(":", -1)[0])).exists();
        }
      }
    }
  }

  @Test
  void prometheusAndGrafanaFindWhatIsMountedForThem() throws Exception {
    for (String rules : texts(yaml(DOCKER.resolve("prometheus.yml")).path("rule_files"))) {
      assertThat(mounted("prometheus", rules)).isRegularFile();
    }
    Path provisioning = mounted("grafana", "/etc/grafana/provisioning");
    List<String> dashboards = new ArrayList<>();
    List<URI> sources = new ArrayList<>();
    for (Path file : files(provisioning)) {
      JsonNode settings = yaml(file);
      settings.path("providers").forEach(each -> dashboards.add(each.at("/options/path").asText()));
      settings
          .path("datasources")
          .forEach(each -> sources.add(URI.create(each.path("url").asText())));
    }
    assertThat(dashboards).hasSize(1);
    assertThat(files(mounted("grafana", dashboards.get(0))))
        .isNotEmpty()
        .allMatch(file -> file.toString().endsWith(".json"));
    assertThat(sources).hasSize(1);
    String port = Integer.toString(sources.get(0).getPort());
    assertThat(texts(service(sources.get(0).getHost()).path("ports")))
        .containsExactly("127.0.0.1:" + port + ":" + port);
  }

  /** What lies at a path of a service's container, which it has from the repository. */
  private static Path mounted(String service, String path) throws IOException {
    return texts(service(service).path("volumes")).stream()
        .map(volume -> volume.split(":", -1))
        .filter(volume -> volume[0].startsWith(".") && Path.of(path).startsWith(volume[1]))
        .map(
            volume ->
                DOCKER.resolve(volume[0]).resolve(Path.of(volume[1]).relativize(Path.of(path))))
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing is mounted at " + path + " of " + service));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void everybodyIsTheSameUserAndHasTheWorkspaceWhereTheCommandLooks() throws Exception {
    String workspace = entrypoint().get(entrypoint().indexOf("--workspace") + 1);
    Set<String> users = new HashSet<>(instructions("USER"));
    users.remove("0:0"); // while an image is made
    assertThat(users).hasSize(1);
    String user = users.iterator().next();
    JsonNode worker = service("worker");
    assertThat(worker.path("user").asText()).isEqualTo("${SPEECHRATE_USER:-" + user + "}");
    assertThat(texts(worker.path("volumes"))).allMatch(volume -> volume.endsWith(":" + workspace));
    for (JsonNode owner : podOwners()) {
      JsonNode pod = owner.at("/spec/template/spec");
      JsonNode security = pod.path("securityContext");
      assertThat(security.path("runAsUser").asText() + ":" + security.path("runAsGroup").asText())
          .isEqualTo(user);
      assertThat(security.path("fsGroup").asText()).isEqualTo(user.split(":", -1)[1]);
      assertThat(mounts(pod)).containsEntry("workspace", workspace).containsEntry("tmp", "/tmp");
    }
  }

  @Test
  void whatAManifestRefersToIsThere() throws Exception {
    for (JsonNode owner : podOwners()) {
      JsonNode pod = owner.at("/spec/template/spec");
      Set<String> volumes = new HashSet<>();
      for (JsonNode volume : pod.path("volumes")) {
        volumes.add(volume.path("name").asText());
        if (volume.has("persistentVolumeClaim")) {
          object("PersistentVolumeClaim", volume.at("/persistentVolumeClaim/claimName").asText());
        }
        if (volume.has("configMap")) {
          object("ConfigMap", volume.at("/configMap/name").asText());
        }
      }
      assertThat(volumes).isEqualTo(mounts(pod).keySet());
      object("ConfigMap", container(owner).at("/envFrom/0/configMapRef/name").asText());
      assertThat(owner.at("/metadata/namespace").asText())
          .isEqualTo(objects("Namespace").get(0).at("/metadata/name").asText());
    }
    Path base = KUBERNETES.resolve("base");
    List<String> resources = texts(yaml(base.resolve("kustomization.yaml")).path("resources"));
    try (Stream<Path> files = Files.list(base)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsAll(resources)
          .hasSize(resources.size() + 1);
    }
    JsonNode gpu = yaml(KUBERNETES.resolve("gpu/kustomization.yaml"));
    assertThat(KUBERNETES.resolve("gpu").resolve(gpu.at("/patches/0/path").asText()))
        .isEqualTo(ContainerFiles.GPU_PATCH);
    JsonNode patch = yaml(ContainerFiles.GPU_PATCH);
    JsonNode trainer = object("Deployment", patch.at("/metadata/name").asText());
    assertThat(container(patch).path("name")).isEqualTo(container(trainer).path("name"));
    assertThat(option(arguments(container(trainer)), "--queues"))
        .isEqualTo(TrainWorkflow.GPU_TASK_QUEUE);
    assertThat(container(patch).path("image")).isEqualTo(gpu.at("/images/0/name"));
  }

  @Test
  void theNightlyRunIsOneThatWouldBeAccepted() throws Exception {
    JsonNode job = objects("Job").get(0);
    Path input = Path.of(option(arguments(container(job)), "--input"));
    assertThat(mounts(job.at("/spec/template/spec")))
        .containsEntry("run", input.getParent().toString());
    String map = job.at("/spec/template/spec/volumes/1/configMap/name").asText();
    RunSpecReader.read(
        object("ConfigMap", map).path("data").path(input.getFileName().toString()).asText());
    assertThat(job.at("/spec/podFailurePolicy/rules/0/onExitCodes/values/0").asInt())
        .isEqualTo(Exit.WRONG_INPUT);
  }

  private static List<JsonNode> podOwners() throws IOException {
    return Stream.of(objects("Deployment"), objects("Job")).flatMap(List::stream).toList();
  }

  /** Every container of our images, of compose's file and Kubernetes' alike. */
  private static List<JsonNode> workers() throws IOException {
    List<JsonNode> containers = new ArrayList<>();
    yaml(COMPOSE).path("services").forEach(containers::add);
    podOwners().forEach(owner -> containers.add(container(owner)));
    List<JsonNode> ours =
        containers.stream()
            .filter(each -> OURS.matcher(each.path("image").asText()).matches())
            .toList();
    assertThat(ours).hasSize(4);
    return ours;
  }

  private static JsonNode container(JsonNode podOwner) {
    return podOwner.at("/spec/template/spec/containers/0");
  }

  private static Map<String, String> mounts(JsonNode pod) {
    Map<String, String> mounts = new HashMap<>();
    pod.at("/containers/0/volumeMounts")
        .forEach(each -> mounts.put(each.path("name").asText(), each.path("mountPath").asText()));
    return mounts;
  }

  private static JsonNode service(String name) throws IOException {
    return yaml(COMPOSE).path("services").path(name);
  }

  /** Of a container: {@code command} in compose, {@code args} in Kubernetes. */
  private static List<String> arguments(JsonNode container) {
    return texts(container.has("args") ? container.path("args") : container.path("command"));
  }

  private static String option(List<String> arguments, String name) {
    return arguments.stream()
        .filter(each -> each.startsWith(name + "="))
        .map(each -> each.substring(name.length() + 1))
        .findFirst()
        .orElseGet(() -> arguments.get(arguments.indexOf(name) + 1));
  }

  private static List<String> entrypoint() throws IOException {
    return list("ENTRYPOINT");
  }

  /** The image for workers is the last that sets one. */
  private static List<String> list(String instruction) throws IOException {
    List<String> all = instructions(instruction);
    return texts(JSON.readTree(all.get(all.size() - 1)));
  }

  private static List<String> instructions(String name) throws IOException {
    return found(Files.readString(DOCKERFILE), "^" + name + " (.*)$").toList();
  }

  private static Stream<String> found(String text, String pattern) {
    List<MatchResult> found =
        Pattern.compile(pattern, Pattern.MULTILINE).matcher(text).results().toList();
    return found.stream().map(match -> match.group(1));
  }
}
