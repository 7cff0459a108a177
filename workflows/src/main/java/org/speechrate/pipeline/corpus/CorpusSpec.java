package org.speechrate.pipeline.corpus;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the audio and transcripts are.
 *
 * @param root folder in LibriSpeech's layout, or with a manifest, what its relative paths are
 *     relative to
 * @param manifest CSV or TSV with a row for each utterance, instead of LibriSpeech's layout; absent
 *     beside an absent root where nothing reads audio
 * @param splits train, dev and test, each with the name of its subset folder
 * @param durations how an utterance's seconds are taken from its header
 * @param threads how many files are read at once; absent: as many as the worker has cores
 */
public record CorpusSpec(
    Optional<String> root,
    Optional<String> manifest,
    SortedMap<String, String> splits,
    Durations durations,
    Optional<Integer> threads) {

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

  /** The manifest or else the root; absent where nothing reads audio. */
  public Optional<String> path() {
    return manifest.or(() -> root);
  }
}
