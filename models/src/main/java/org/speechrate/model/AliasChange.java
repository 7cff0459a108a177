package org.speechrate.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * One change of an alias: a file {@code models/<name>/aliases/NNNNNN.json}, which never changes.
 *
 * @param alias such as {@link ModelFolder#CHAMPION}
 * @param version that it names from now on
 * @param when UTC, ISO 8601
 * @param who as they called themselves, or the run that published the version
 * @param identity of the client: process and host, as they told it
 * @param previous version that it named before
 */
public record AliasChange(
    String alias,
    String version,
    String when,
    String who,
    String identity,
    String why,
    Optional<String> previous) {

  static AliasChange of(JsonNode json) {
    return new AliasChange(
        json.path("alias").asText(),
        json.path("version").asText(),
        json.path("when").asText(),
        json.path("who").asText(),
        json.path("identity").asText(),
        json.path("why").asText(),
        Optional.ofNullable(json.path("previous").textValue()));
  }
}
