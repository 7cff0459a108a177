package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.activity.ActivityInterface;
import io.temporal.api.enums.v1.EventType;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.common.metadata.POJOActivityInterfaceMetadata;
import io.temporal.common.metadata.POJOActivityMethodMetadata;
import io.temporal.common.metadata.POJOWorkflowInterfaceMetadata;
import io.temporal.common.metadata.POJOWorkflowMethodMetadata;
import io.temporal.common.metadata.WorkflowMethodType;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.workflow.WorkflowInterface;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Histories of real runs of this release and of earlier ones, each in a folder named after what was
 * new in it: today's code must be able to go on with a run that theirs began. There is one of every
 * kind; CONTRIBUTING tells how they are recorded.
 */
class WorkflowReplayTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<Class<?>> CLASSES = classes();

  private static final Class<?>[] WORKFLOWS =
      CLASSES.stream()
          .filter(type -> !type.isInterface())
          .filter(type -> workflowInterfaces(type).findAny().isPresent())
          .toArray(Class<?>[]::new);

  private static final Pattern ABSOLUTE_PATH = Pattern.compile("(?<![\\w.:/<\\\\])/\\w+/");

  static List<Path> histories() throws Exception {
    Path folder = Path.of(WorkflowReplayTest.class.getResource("/histories").toURI());
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  static Class<?>[] workflows() {
    return WORKFLOWS;
  }

  private static WorkflowExecutionHistory history(Path file) {
    try {
      return WorkflowExecutionHistory.fromJson(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void replay(WorkflowExecutionHistory history) throws Exception {
    WorkflowReplayer.replayWorkflowExecution(
        history, WORKFLOWS[0], Arrays.copyOfRange(WORKFLOWS, 1, WORKFLOWS.length));
  }

  @ParameterizedTest
  @MethodSource("histories")
  void recordedRunReplays(Path file) {
    assertThatCode(() -> replay(history(file))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void runsOfEveryTypeAreRecordedThatCompletedFailedAndWereCancelledAndEachUpdate(Class<?> type)
      throws Exception {
    POJOWorkflowInterfaceMetadata metadata =
        POJOWorkflowInterfaceMetadata.newInstance(workflowInterfaces(type).findFirst().get());
    List<HistoryEvent> events =
        histories().stream()
            .map(WorkflowReplayTest::history)
            .filter(history -> typeOf(history).equals(metadata.getWorkflowType().get()))
            .flatMap(history -> history.getEvents().stream())
            .toList();

    assertThat(events)
        .extracting(HistoryEvent::getEventType)
        .contains(
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
            EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED);
    assertThat(events)
        .extracting(
            event ->
                event
                    .getWorkflowExecutionUpdateAcceptedEventAttributes()
                    .getAcceptedRequest()
                    .getInput()
                    .getName())
        .containsAll(
            metadata.getMethodsMetadata().stream()
                .filter(method -> method.getType() == WorkflowMethodType.UPDATE)
                .map(POJOWorkflowMethodMetadata::getName)
                .toList());
  }

  @Test
  void everyActivityIsInARecordedRun() throws Exception {
    Set<String> recorded =
        histories().stream()
            .flatMap(file -> history(file).getEvents().stream())
            .filter(HistoryEvent::hasActivityTaskScheduledEventAttributes)
            .map(
                event ->
                    event.getActivityTaskScheduledEventAttributes().getActivityType().getName())
            .collect(Collectors.toSet());

    assertThat(recorded)
        .containsExactlyInAnyOrderElementsOf(
            CLASSES.stream()
                .filter(type -> type.isInterface() && has(type, ActivityInterface.class))
                .flatMap(
                    type ->
                        POJOActivityInterfaceMetadata.newInstance(type)
                            .getMethodsMetadata()
                            .stream())
                .map(POJOActivityMethodMetadata::getActivityTypeName)
                .toList());
  }

  @ParameterizedTest
  @MethodSource("histories")
  void noRecordedRunTellsOfTheMachine(Path file) throws IOException {
    String json = Files.readString(file);
    assertThat(json).doesNotContainPattern(ABSOLUTE_PATH);
    JSON.readTree(json).findValuesAsText("data").stream()
        .map(data -> new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8))
        .forEach(text -> assertThat(text).doesNotContainPattern(ABSOLUTE_PATH));
  }

  @Test
  void anotherOrderOfStagesDoesNotReplay() throws Exception {
    Path published =
        histories().stream()
            .filter(file -> file.endsWith("train-published.json"))
            .findFirst()
            .get();
    String swapped =
        Files.readString(published)
            .replace("\"ScanCorpus\"", "\"x\"")
            .replace("\"LoadEmbeddings\"", "\"ScanCorpus\"")
            .replace("\"x\"", "\"LoadEmbeddings\"");

    assertThatThrownBy(() -> replay(WorkflowExecutionHistory.fromJson(swapped)))
        .hasMessageContaining("ScanCorpus");
  }

  private static String typeOf(WorkflowExecutionHistory history) {
    return history
        .getEvents()
        .get(0)
        .getWorkflowExecutionStartedEventAttributes()
        .getWorkflowType()
        .getName();
  }

  /** All of this module, tests excepted. */
  private static List<Class<?>> classes() {
    try {
      Path root =
          Path.of(TrainWorkflow.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.walk(root)) {
        return files
            .map(file -> root.relativize(file).toString())
            .filter(name -> name.endsWith(".class"))
            .<Class<?>>map(WorkflowReplayTest::load)
            .toList();
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> load(String file) {
    String name = file.substring(0, file.length() - ".class".length()).replaceAll("[/\\\\]", ".");
    try {
      return Class.forName(name, false, WorkflowReplayTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Class<?>> workflowInterfaces(Class<?> type) {
    return Arrays.stream(type.getInterfaces()).filter(each -> has(each, WorkflowInterface.class));
  }

  private static boolean has(Class<?> type, Class<? extends Annotation> annotation) {
    return type.isAnnotationPresent(annotation);
  }
}
