package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.speechrate.pipeline.PredictSpecReader;
import org.speechrate.pipeline.ProbeSpecReader;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.SweepSpecReader;
import org.speechrate.pipeline.training.TrainingSpec;

class SpecsTest {
  /** Of a record: not what a user gives, but what the reader notes beside it. */
  private static final List<String> NOT_GIVEN = List.of("training.overridden");

  @Test
  void whatIsSetIsWrittenAndNoMore() {
    assertThat(TrainSpec.create().tree()).isEmpty();
    assertThat(
            TrainSpec.create()
                .hidden(256, 64)
                .epochs(50)
                .loss(TrainingSpec.Loss.HUBER)
                .model("wide")
                .reuse(false)
                .tree())
        .hasToString(
            "{\"training\":{\"hidden\":[256,64],\"epochs\":50,\"loss\":\"huber\"},"
                + "\"publishing\":{\"model\":\"wide\"},\"reuse\":false}");
  }

  @Test
  void aSpecGoesOnFromAnother() {
    Map<String, Object> winner = Map.of("training", Map.of("seed", 3, "hidden", List.of(64)));
    assertThat(TrainSpec.of(winner).seed(4).tree().at("/training/seed").asInt()).isEqualTo(4);
    assertThat(TrainSpec.of(winner).tree().at("/training/hidden")).hasToString("[64]");
    assertThat(SweepSpecReader.read(SweepSpec.of(winner).grid("training.seed", 0, 1).json()))
        .extracting(sweep -> sweep.variants().size())
        .isEqualTo(2);
  }

  @Test
  void aSweepNamesItsVariantsInThreeWays() {
    assertThat(
            SweepSpec.create()
                .epochs(9)
                .grid("training.seed", 0, 1)
                .grid("training.hidden", List.of(64), List.of(32, 16))
                .halving(2, 3, 9)
                .tree())
        .hasToString(
            "{\"training\":{\"epochs\":9},\"sweep\":{\"grid\":{\"training.seed\":[0,1],"
                + "\"training.hidden\":[[64],[32,16]]},"
                + "\"halving\":"
                + SweepSpec.create().halving(2, 3, 9).tree().at("/sweep/halving")
                + "}}");
    assertThat(
            SweepSpec.create()
                .variant(TrainSpec.create().hidden(64).seed(1))
                .variant(TrainSpec.create().embeddingsArray("layer_1"))
                .tree())
        .hasToString(
            "{\"sweep\":{\"list\":[{\"training.hidden\":[64],\"training.seed\":1},"
                + "{\"embeddings.array\":\"layer_1\"}]}}");
    assertThat(
            SweepSpecReader.read(
                    SweepSpec.create()
                        .random(5, 1)
                        .log("training.learningRate", 1e-4, 1e-2)
                        .uniform("training.dropout", 0, 0.5)
                        .among("training.hidden", List.of(64), List.of(128))
                        .json())
                .variants())
        .hasSize(5);
  }

  /** So that no field of a run is missing here, and none is misspelt. */
  @Test
  void everyFieldOfARunHasItsSetter() throws ReflectiveOperationException {
    TreeSet<String> fields = new TreeSet<>();
    for (RecordComponent part : RunSpec.class.getRecordComponents()) {
      if (part.getType().isRecord()) {
        for (RecordComponent field : part.getType().getRecordComponents()) {
          fields.add(part.getName() + "." + field.getName());
        }
      } else {
        fields.add(part.getName());
      }
    }
    NOT_GIVEN.forEach(fields::remove);
    assertThat(set(TrainSpec::create)).containsExactlyElementsOf(fields);
    assertThat(set(SweepSpec::create)).containsAll(fields);
    fields.removeIf(field -> field.matches("(embeddings|evaluation|publishing)\\..*"));
    assertThat(set(() -> ProbeSpec.of("layers"))).containsAll(fields);
  }

  @Test
  void everyFieldBesidesHasItsSetter() throws ReflectiveOperationException {
    assertThat(set(SweepSpec::create))
        .filteredOn(field -> field.startsWith("sweep."))
        .containsExactlyInAnyOrderElementsOf(
            known("sweep.", "{\"sweep\": {\"x\": 1}}", SweepSpecReader::read));
    assertThat(set(() -> ProbeSpec.of("layers")))
        .filteredOn(field -> field.startsWith("probe."))
        .containsExactlyInAnyOrderElementsOf(
            known("probe.", "{\"probe\": {\"layers\": \"l\", \"x\": 1}}", ProbeSpecReader::read));
    assertThat(set(PredictSpec::create))
        .filteredOn(field -> field.startsWith("predict."))
        .containsExactlyInAnyOrderElementsOf(
            known("predict.", "{\"predict\": {\"x\": 1}}", PredictSpecReader::read));
    assertThat(set(PredictSpec::create))
        .contains("reuse", "embeddings.path", "embeddings.source", "embeddings.url");
  }

  /** A reader tells them where it finds one that it does not know. */
  private static List<String> known(String object, String json, Consumer<String> reader) {
    Throwable refusal = catchThrowable(() -> reader.accept(json));
    assertThat(refusal).isInstanceOf(Refusal.class);
    String list = refusal.getMessage().replaceFirst("^.* is not a known field; known here: ", "");
    return Arrays.stream(list.split(", ")).map(field -> object + field).toList();
  }

  /** The fields that all setters together set. */
  private static Set<String> set(Supplier<? extends Spec<?>> fresh)
      throws ReflectiveOperationException {
    TreeSet<String> fields = new TreeSet<>();
    for (Method setter : fresh.get().getClass().getMethods()) {
      if (setter.isBridge()
          || Modifier.isStatic(setter.getModifiers())
          || !Spec.class.isAssignableFrom(erased(setter))
          || setter.getName().equals("set")) {
        continue;
      }
      Spec<?> spec = fresh.get();
      setter.invoke(
          spec, Arrays.stream(setter.getParameterTypes()).map(SpecsTest::sample).toArray());
      fields.addAll(paths(spec.tree()));
    }
    return fields;
  }

  /** Inherited setters return what the class extends {@link Spec} with. */
  private static Class<?> erased(Method setter) {
    return setter.getReturnType() == Object.class ? Spec.class : setter.getReturnType();
  }

  private static List<String> paths(ObjectNode tree) {
    List<String> paths = new ArrayList<>();
    for (Map.Entry<String, JsonNode> object : tree.properties()) {
      if (object.getValue() instanceof ObjectNode fields) {
        fields.fieldNames().forEachRemaining(name -> paths.add(object.getKey() + "." + name));
      } else {
        paths.add(object.getKey());
      }
    }
    return paths;
  }

  private static Object sample(Class<?> type) {
    if (type == int.class) {
      return 1;
    }
    if (type == long.class) {
      return 1L;
    }
    if (type == double.class) {
      return 0.5;
    }
    if (type == boolean.class) {
      return true;
    }
    if (type == String.class) {
      return "training.seed";
    }
    if (type == int[].class) {
      return new int[] {1};
    }
    if (type == Object[].class) {
      return new Object[] {1};
    }
    if (type == TrainSpec.class) {
      return TrainSpec.create().seed(1);
    }
    assertThat(type).matches(Class::isEnum);
    return type.getEnumConstants()[0];
  }

  @Test
  void theRunReadsWhatTheSettersWrite() {
    RunSpec read =
        RunSpecReader.read(
            TrainSpec.create()
                .corpusRoot("corpus")
                .corpusSplits("a", "b", "c")
                .embeddingsPath("x.npz")
                .activation(TrainingSpec.Activation.GELU)
                .bootstrap(0)
                .json());
    assertThat(read.corpus().splits()).containsEntry("dev", "b");
    assertThat(read.training().activation()).isEqualTo(TrainingSpec.Activation.GELU);
    assertThat(read.evaluation().bootstrap()).isZero();
  }
}
