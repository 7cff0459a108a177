package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.speechrate.client.RunFailure;
import org.speechrate.client.RunHandle;
import org.speechrate.client.ServerFile;

/**
 * A real Prometheus scrapes a real worker in a process of its own, which has published a model,
 * refused a run and is training.
 */
@Timeout(240)
class PrometheusIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Path DASHBOARD =
      Tools.repository().resolve("deploy/grafana/dashboards/speechrate.json");
  private static final Path PAGE = Tools.repository().resolve("deploy/docs/metrics.md");

  /** Names in an expression; functions and labels have another beginning. */
  private static final Pattern METRIC =
      Pattern.compile(
          "\\b(?:\\w+:)?(?:speechrate|temporal|jvm|process|system)_\\w+(?::\\w+)?|\\bup\\b");

  private static TestWorkspace test;
  private static Process worker;
  private static String metrics;
  private static RunHandle run;
  private static PrometheusServer prometheus;

  @BeforeAll
  static void start() throws Exception {
    test = TestWorkspace.withSample(List.of());
    test.startServer();
    worker = startWorker();
    await().atMost(Duration.ofMinutes(1)).until(() -> !metricsOfWorker().isEmpty());
    metrics = metricsOfWorker();
    prometheus =
        new PrometheusServer(test.root().resolve("prometheus"), URI.create(metrics).getAuthority());
    // The first sample of a counter is no increase.
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !prometheus.query("speechrate_runs_total > -1").isEmpty());
    test.client().train(JSON.readTree("{}"), "published").result();
    RunHandle refused =
        test.client().train(JSON.readTree("{\"training\": {\"device\": \"gpu\"}}"), "refused");
    assertThatThrownBy(refused::result).isInstanceOf(RunFailure.class);
    run =
        test.client()
            .train(
                JSON.readTree("{\"training\": {\"epochs\": 100000, \"patience\": 0}}"), "running");
    TrainIT.untilEpoch(run, 2);
  }

  private static String metricsOfWorker() throws IOException {
    return ServerFile.read(test.root()).map(ServerFile::metrics).orElse("");
  }

  private static Process startWorker() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dspeechrate.home=" + Tools.repository(),
                SpeechrateCommand.class.getName(),
                "--workspace",
                test.root().toString(),
                "worker",
                "--metrics-port",
                Integer.toString(ChromaServer.freePort()))
            .redirectErrorStream(true)
            .redirectOutput(
                Tools.repository().resolve("deploy/target/prometheus-worker.log").toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    // As where a GPU is: without one its two series are absent.
    Path gpu = WorkspaceMetricsTest.nvidiaSmi(test.root()).getParent();
    builder.environment().merge("PATH", gpu.toString(), (path, first) -> first + ":" + path);
    return builder.start();
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      if (prometheus != null) {
        prometheus.close();
      }
      if (worker != null) {
        worker.destroyForcibly();
        assertThat(worker.waitFor(30, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      test.close();
    }
  }

  @Test
  void rulesAndTheirTestsPassPromtool() throws Exception {
    assertThat(PrometheusServer.promtool("check", "config", "prometheus.yml")).contains("SUCCESS");
    assertThat(PrometheusServer.promtool("test", "rules", "rules_test.yml")).contains("SUCCESS");
    String tests = Files.readString(PrometheusServer.CONFIGURATION.resolve("rules_test.yml"));
    Matcher alert =
        Pattern.compile("- alert: (\\w+)")
            .matcher(Files.readString(PrometheusServer.CONFIGURATION.resolve("rules.yml")));
    Set<String> alerts = new TreeSet<>();
    while (alert.find()) {
      alerts.add(alert.group(1));
      assertThat(tests).as("a test where it fires").contains("alertname: " + alert.group(1));
    }
    assertThat(alerts).hasSizeGreaterThanOrEqualTo(4);
  }

  @Test
  void everyQueryOfTheDashboardShowsSomethingDuringARun() throws Exception {
    List<String> queries = dashboardQueries();
    assertThat(queries).hasSizeGreaterThan(20);
    for (String query : queries) {
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(values(query)).as(query).isNotEmpty());
    }
  }

  @Test
  void everyMetricThatARuleUsesIsThereAndNoAlertFires() throws Exception {
    Set<String> names = new LinkedHashSet<>();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(rules())
                    .allSatisfy(
                        rule -> {
                          assertThat(rule.path("lastError").asText()).isEmpty();
                          assertThat(rule.path("health").asText()).isEqualTo("ok");
                        }));
    for (JsonNode rule : rules()) {
      Matcher name = METRIC.matcher(rule.path("query").asText());
      while (name.find()) {
        names.add(name.group());
      }
      if (rule.path("type").asText().equals("recording")) {
        names.add(rule.path("name").asText());
      }
      if (rule.path("type").asText().equals("alerting")
          && !rule.path("name").asText().equals("SpeechrateRunsFail")) { // one of two has
        assertThat(rule.path("alerts")).as(rule.path("name").asText()).isEmpty();
      }
    }
    assertThat(names).hasSizeGreaterThan(15).contains("up");
    for (String name : names) {
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(values(name)).as(name).isNotEmpty());
    }
  }

  @Test
  void theRunThatIsUnderWayIsSeen() throws Exception {
    assertThat(values("speechrate_stage_running{stage=\"training\"}")).containsExactly(1.0);
    assertThat(values("speechrate_training_loss{split=\"dev\"}"))
        .singleElement()
        .satisfies(mse -> assertThat(mse).isPositive());
    assertThat(values("speechrate_published_test_mse{model=\"speech-rate\"}"))
        .singleElement()
        .satisfies(mse -> assertThat(mse).isBetween(1.0, 14.0));
    assertThat(values("speechrate_refusals_total{kind=\"NO_GPU\"}")).containsExactly(1.0);
    assertThat(values("speechrate_runs_total{outcome=\"completed\"}")).containsExactly(1.0);
    assertThat(values("time() - speechrate_last_success_timestamp_seconds"))
        .singleElement()
        .satisfies(age -> assertThat(age).isBetween(0.0, 240.0));
    double before = values("speechrate_training_samples_total").get(0);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> values("speechrate_training_samples_total").get(0) >= before + 176);
  }

  @Test
  void theWorkerLivesAndIsReadyWhileItTrains() throws Exception {
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").body()).isEqualTo("ok\n");
  }

  @Test
  void thePageOfMetricsNamesWhatAWorkerTells() throws Exception {
    String text = get("/metrics").body();
    Set<String> told = new TreeSet<>();
    text.lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(
            line ->
                line.replaceAll("# TYPE (\\w+) .*", "$1").replaceAll("_seconds_max$", "_seconds"))
        .forEach(told::add);
    Set<String> written = new TreeSet<>();
    Matcher row = Pattern.compile("(?m)^\\| `(\\w+)`").matcher(Files.readString(PAGE));
    while (row.find()) {
      written.add(row.group(1));
    }
    // The SDK has others too, which appear when something goes wrong; its own page tells of them.
    assertThat(told.stream().filter(name -> !name.startsWith("temporal_")))
        .as("what a worker tells stands in " + PAGE)
        .isSubsetOf(written);
    Set<String> sometimes =
        Files.readString(PAGE)
            .lines()
            .filter(line -> line.startsWith("| `") && line.contains("where there "))
            .map(line -> line.replaceAll("\\| `(\\w+)`.*", "$1"))
            .collect(Collectors.toSet());
    written.removeAll(sometimes);
    assertThat(told).as("what stands in " + PAGE + " a worker tells").containsAll(written);
    assertThat(text.lines().count()).as("lines of a scrape").isLessThan(2500);
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(metrics).resolve(path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static List<JsonNode> rules() throws Exception {
    List<JsonNode> rules = new ArrayList<>();
    prometheus
        .api("rules")
        .path("groups")
        .forEach(group -> group.path("rules").forEach(rules::add));
    assertThat(rules).isNotEmpty();
    return rules;
  }

  /** Those that are numbers. */
  private static List<Double> values(String expression) throws Exception {
    List<Double> values = new ArrayList<>();
    for (JsonNode sample : prometheus.query(expression)) {
      values.add(Double.parseDouble(sample.path("value").path(1).asText()));
    }
    return values.stream().filter(value -> !value.isNaN()).toList();
  }

  /** With the variables as Grafana fills them in. */
  private static List<String> dashboardQueries() throws IOException {
    JsonNode dashboard = JSON.readTree(Files.readAllBytes(DASHBOARD));
    List<String> queries = new ArrayList<>();
    dashboard
        .path("panels")
        .forEach(
            panel ->
                panel
                    .path("targets")
                    .forEach(
                        target -> {
                          assertThat(target.path("datasource").path("uid").asText())
                              .isEqualTo("${datasource}");
                          queries.add(filledIn(target.path("expr").asText()));
                        }));
    dashboard
        .path("templating")
        .path("list")
        .forEach(
            variable ->
                Stream.of(variable.path("definition").asText())
                    .filter(definition -> definition.startsWith("label_values("))
                    .map(definition -> definition.replaceAll("label_values\\((.*), \\w+\\)", "$1"))
                    .map(PrometheusIT::filledIn)
                    .forEach(queries::add));
    return queries;
  }

  private static String filledIn(String expression) {
    String filled =
        expression
            .replace("$job", "speechrate")
            .replace("$instance", ".*")
            .replace("$__rate_interval", "10s");
    assertThat(filled).as("a variable that is not there").doesNotContain("$");
    return filled;
  }
}
