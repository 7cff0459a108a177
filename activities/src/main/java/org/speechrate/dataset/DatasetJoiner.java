package org.speechrate.dataset;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.dataset.DatasetSpec.OnMissing;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/** Joins labels and embeddings by sample_id, and says what does not fit. */
final class DatasetJoiner {
  private static final Comparator<Sample> ORDER =
      Comparator.comparing((Sample each) -> Splits.NAMES.indexOf(each.split()))
          .thenComparing(Sample::sampleId);

  private DatasetJoiner() {}

  /**
   * What the join gave.
   *
   * @param samples in the order train, dev, test, then sample_id
   * @param labelsWithoutEmbedding left out, in the labels' order
   * @param embeddingsWithoutLabel left out, in the embeddings' order
   */
  record Joined(
      List<Sample> samples,
      List<Label> labelsWithoutEmbedding,
      List<Embedding> embeddingsWithoutLabel,
      Speakers speakers) {}

  /**
   * @throws Refusal if a sample has no partner and must have one, its two splits differ, a speaker
   *     is in two splits and must not be, or a split has too few rows
   */
  static Joined join(List<Label> labels, List<Embedding> embeddings, DatasetSpec spec) {
    Map<String, Embedding> unmatched = new HashMap<>();
    for (Embedding each : embeddings) {
      unmatched.put(each.sampleId(), each);
    }
    List<Sample> samples = new ArrayList<>();
    List<Label> alone = new ArrayList<>();
    List<String> elsewhere = new ArrayList<>();
    for (Label label : labels) {
      Embedding embedding = unmatched.remove(label.sampleId());
      if (embedding == null) {
        alone.add(label);
        continue;
      }
      if (!embedding.split().isEmpty() && !embedding.split().equals(label.split())) {
        elsewhere.add(
            String.format(
                "%s (labels: %s, embeddings: %s)",
                Problems.value(label.sampleId()), label.split(), embedding.split()));
      }
      samples.add(
          new Sample(
              embedding.row(), label.sampleId(), label.split(), label.speakerId(), label.cps()));
    }
    List<Embedding> unlabelled =
        embeddings.stream().filter(each -> unmatched.containsKey(each.sampleId())).toList();
    if (!elsewhere.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.SPLIT_OVERLAP,
          String.format(
              Locale.ROOT,
              "%,d of %,d samples are in one split by their label and in another by their"
                  + " embedding: %s; make the two agree",
              elsewhere.size(),
              samples.size(),
              Problems.firstTenPhrases(elsewhere)));
    }
    if (spec.onMissing() == OnMissing.FAIL) {
      refuseMissing(labels.size(), embeddings.size(), alone, unlabelled);
    }
    samples.sort(ORDER);
    refuseTooFew(samples, alone, unlabelled);
    List<Sample> named = Speakers.name(samples);
    return new Joined(named, alone, unlabelled, Speakers.check(named, spec.onSpeakerOverlap()));
  }

  private static void refuseMissing(
      int labels, int embeddings, List<Label> alone, List<Embedding> unlabelled) {
    List<String> sides = new ArrayList<>();
    if (!alone.isEmpty()) {
      sides.add(
          String.format(
              Locale.ROOT,
              "%,d of %,d labels have no embedding: %s",
              alone.size(),
              labels,
              Problems.firstTen(alone.stream().map(Label::sampleId).toList())));
    }
    if (!unlabelled.isEmpty()) {
      sides.add(
          String.format(
              Locale.ROOT,
              "%,d of %,d embeddings have no label: %s",
              unlabelled.size(),
              embeddings,
              Problems.firstTen(unlabelled.stream().map(Embedding::sampleId).toList())));
    }
    if (!sides.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.MISSING_SAMPLE,
          String.join("; ", sides) + "; dataset.onMissing: drop leaves them out");
    }
  }

  private static void refuseTooFew(
      List<Sample> samples, List<Label> alone, List<Embedding> unlabelled) {
    for (String split : Splits.NAMES) {
      long rows = samples.stream().filter(each -> each.split().equals(split)).count();
      // One row has no variance, so nothing can be scaled or learned from it.
      int least = split.equals("train") ? 2 : 1;
      if (rows < least) {
        throw new Refusal(
            Refusal.Kind.TOO_FEW_ROWS,
            String.format(
                Locale.ROOT,
                "split %s must have at least %s with label and embedding, it has %d (%s without"
                    + " embedding and %s without label were dropped)",
                split,
                Counts.of(least, "sample"),
                rows,
                Counts.of(alone.size(), "label"),
                Counts.of(unlabelled.size(), "embedding")));
      }
    }
  }
}
