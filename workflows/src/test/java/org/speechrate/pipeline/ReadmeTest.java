package org.speechrate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README.md tells people to paste is taken, and its table of fields is the whole truth. */
class ReadmeTest {
  private static final Pattern JSON_BLOCK = Pattern.compile("```json\\s+(.*?)```", Pattern.DOTALL);
  private static final Pattern FIELD_ROW = Pattern.compile("(?m)^\\| `([a-zA-Z.]+)` \\|");

  private static String readme() throws IOException {
    return Files.readString(Path.of("..", "README.md"));
  }

  @Test
  void everyInputToPasteIsTaken() throws IOException {
    List<String> inputs =
        JSON_BLOCK.matcher(readme()).results().map(match -> match.group(1)).toList();

    assertThat(inputs).hasSizeGreaterThanOrEqualTo(3);
    assertThat(inputs)
        .allSatisfy(
            input -> assertThatCode(() -> RunSpecReader.read(input)).doesNotThrowAnyException());
  }

  @Test
  void theTableNamesEveryFieldAndNoOther() throws IOException {
    Set<String> documented = new TreeSet<>();
    FIELD_ROW
        .matcher(readme())
        .results()
        .map(MatchResult::group)
        .map(row -> row.replaceAll("[|` ]", ""))
        .filter(name -> name.contains(".") || name.equals("reuse"))
        .forEach(documented::add);

    Set<String> fields = new TreeSet<>();
    JsonNode spec = new ObjectMapper().findAndRegisterModules().valueToTree(RunSpecReader.read(""));
    spec.fields()
        .forEachRemaining(
            top -> {
              if (top.getValue().isObject()) {
                top.getValue()
                    .fieldNames()
                    .forEachRemaining(name -> fields.add(top.getKey() + "." + name));
              } else {
                fields.add(top.getKey());
              }
            });
    fields.remove("training.overridden");

    assertThat(documented).isEqualTo(fields);
  }
}
