package org.speechrate.pipeline.corpus;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the audio and transcripts are.
 *
 * @param root folder in LibriSpeech's layout; absent where nothing reads audio
 * @param splits train, dev and test, each with the name of its subset folder
 * @param durations how an utterance's seconds are taken from its header
 */
public record CorpusSpec(
    Optional<String> root, SortedMap<String, String> splits, Durations durations) {

  /** How an utterance's seconds are taken from its header. */
  public enum Durations {
    /** Samples divided by the sample rate. */
    @JsonProperty("exact")
    EXACT,
    /** Rounded to whole milliseconds, as the Python system did. */
    @JsonProperty("milliseconds")
    MILLISECONDS
  }

  public CorpusSpec {
    splits = Collections.unmodifiableSortedMap(new TreeMap<>(splits));
  }
}
