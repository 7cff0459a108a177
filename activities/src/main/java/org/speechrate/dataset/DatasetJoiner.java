package org.speechrate.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.dataset.DatasetFacts;
import org.speechrate.pipeline.dataset.DatasetSpec;
import org.speechrate.pipeline.dataset.DatasetSpec.OnMissing;
import org.speechrate.stage.StageMonitor;
import org.speechrate.table.CsvInput;
import org.speechrate.table.CsvOutput;
import org.speechrate.table.IdTable;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/**
 * Joins labels and embeddings by sample_id, and says what does not fit. Of each embedding it keeps
 * a few numbers; the tables themselves may be larger than the memory.
 */
final class DatasetJoiner {
  private static final String DROPPED = "dropped.csv";

  /** What a split is multiplied by in the number of an embedding. */
  private static final long SPLIT = 1L << 32;

  private final Path labelsFolder;
  private final Path idsCsv;
  private final DatasetSpec spec;
  private final Optional<Long> shuffled;
  private final StageMonitor monitor;

  /** Of each embedding its row + {@link #SPLIT} × (1 + index of its split; 0 where not known). */
  private final IdTable embeddings = new IdTable("embeddings");

  private final BitSet labelled = new BitSet();

  /** Of utterances that an encoder made no embedding of, why. */
  private final Map<String, String> reasons = new HashMap<>();

  private final Problems.Names elsewhere = new Problems.Names();
  private final Problems.Names alone = new Problems.Names();
  private final Problems.Names unlabelled = new Problems.Names();
  private final TreeMap<String, Long> utterances = new TreeMap<>();
  private long labels;
  private long rows;
  private boolean allNamed = true;
  private boolean allInIds = true;

  /**
   * @param labelsFolder the labels stage's
   * @param idsCsv the embeddings stage's
   * @param shuffled seed by which the labels of each split change places
   */
  DatasetJoiner(
      Path labelsFolder,
      Path idsCsv,
      DatasetSpec spec,
      Optional<Long> shuffled,
      StageMonitor monitor) {
    this.labelsFolder = labelsFolder;
    this.idsCsv = idsCsv;
    this.spec = spec;
    this.shuffled = shuffled;
    this.monitor = monitor;
  }

  /**
   * Writes samples.csv, in the order train, dev, test, then sample_id, and dropped.csv, in the
   * order of the labels and then of the embeddings.
   *
   * @param dimension number of values of each embedding
   * @throws Refusal if a sample has no partner and must have one, its two splits differ, a speaker
   *     is in two splits and must not be, or a split has too few rows
   */
  DatasetFacts write(int dimension, Path folder) throws IOException {
    readIds();
    readReasons();
    try (SampleSorter samples = new SampleSorter(folder)) {
      try (CsvOutput dropped =
          CsvOutput.create(folder.resolve(DROPPED), List.of("sample_id", "split", "missing"))) {
        LabelTable.forEach(
            labelsFolder, spec.speakerFrom(), label -> join(label, samples, dropped));
        if (labelled.cardinality() < rows) {
          findUnlabelled(dropped);
        }
      }
      refuseWhatDoesNotFit();
      Speakers speakers = writeSamples(samples, folder);
      return new DatasetFacts(
          utterances,
          speakers.perSplit(),
          alone.count(),
          unlabelled.count(),
          dimension,
          speakers.check());
    }
  }

  private void readIds() throws IOException {
    try (CsvInput input = CsvInput.open(idsCsv, idsCsv.getFileName().toString())) {
      input.forEach(
          row -> {
            monitor.endIfStopped();
            rows = row.number();
            long split = 1L + Splits.NAMES.indexOf(row.get("split"));
            embeddings.putIfAbsent(
                row.get("sample_id"), Math.toIntExact(row.number() - 1) + SPLIT * split);
          });
    }
  }

  private void readReasons() throws IOException {
    Path missing = idsCsv.resolveSibling(EmbeddingMatrix.MISSING);
    if (Files.exists(missing)) {
      try (CsvInput input = CsvInput.open(missing, missing.getFileName().toString())) {
        input.forEach(row -> reasons.put(row.get("sample_id"), row.get("reason")));
      }
    }
  }

  private void join(Label label, SampleSorter samples, CsvOutput dropped) {
    monitor.endIfStopped();
    labels++;
    long embedding = embeddings.get(label.sampleId());
    int row = (int) (embedding % SPLIT);
    if (embedding < 0 || labelled.get(row)) {
      String reason = reasons.get(label.sampleId());
      alone.add(Problems.value(label.sampleId()) + (reason == null ? "" : " (" + reason + ")"));
      dropped.row(label.sampleId(), label.split(), "embedding");
      return;
    }
    labelled.set(row);
    int split = (int) (embedding / SPLIT) - 1;
    if (split >= 0 && !Splits.NAMES.get(split).equals(label.split())) {
      elsewhere.add(
          String.format(
              "%s (labels: %s, embeddings: %s)",
              Problems.value(label.sampleId()), label.split(), Splits.NAMES.get(split)));
    }
    utterances.merge(label.split(), 1L, Long::sum);
    allNamed = allNamed && !label.speakerId().isEmpty();
    allInIds = allInIds && Speakers.isInId(label.sampleId());
    samples.add(new Sample(row, label.sampleId(), label.split(), label.speakerId(), label.cps()));
  }

  private void findUnlabelled(CsvOutput dropped) throws IOException {
    try (CsvInput input = CsvInput.open(idsCsv, idsCsv.getFileName().toString())) {
      input.forEach(
          row -> {
            monitor.endIfStopped();
            if (!labelled.get((int) (row.number() - 1))) {
              unlabelled.add(Problems.value(row.get("sample_id")));
              dropped.row(row.get("sample_id"), row.get("split"), "label");
            }
          });
    }
  }

  /**
   * Names the speakers: as the labels do where they do it for all, else by the first number of
   * LibriSpeech ids where every id is one, else not at all.
   */
  private Speakers writeSamples(SampleSorter samples, Path folder) throws IOException {
    Optional<SpeakerSplits> speakers =
        allNamed || allInIds ? Optional.of(new SpeakerSplits()) : Optional.empty();
    try (CsvOutput csv = SampleTable.create(folder)) {
      Optional<ShuffledLabels> others = shuffle(samples);
      samples.forEach(
          each -> {
            monitor.endIfStopped();
            String id = each.sampleId();
            String speaker = allNamed ? each.speakerId() : allInIds ? Speakers.inId(id) : "";
            speakers.ifPresent(known -> known.add(speaker, each.split()));
            String cps = others.map(labels -> labels.next(each.split())).orElse(each.cps());
            SampleTable.write(csv, new Sample(each.row(), id, each.split(), speaker, cps));
          });
    }
    return speakers.isEmpty()
        ? Speakers.UNKNOWN
        : Speakers.check(speakers.get(), folder.resolve(SampleTable.FILE), spec.onSpeakerOverlap());
  }

  private Optional<ShuffledLabels> shuffle(SampleSorter samples) throws IOException {
    if (shuffled.isEmpty()) {
      return Optional.empty();
    }
    ShuffledLabels labels = new ShuffledLabels();
    samples.forEach(labels::add);
    labels.shuffle(shuffled.get());
    return Optional.of(labels);
  }

  private void refuseWhatDoesNotFit() {
    if (elsewhere.count() > 0) {
      throw new Refusal(
          Refusal.Kind.SPLIT_OVERLAP,
          String.format(
              Locale.ROOT,
              "%,d of %,d samples are in one split by their label and in another by their"
                  + " embedding: %s; make the two agree",
              elsewhere.count(),
              labelled.cardinality(),
              elsewhere));
    }
    if (labelled.isEmpty() && labels > 0 && rows > 0) {
      throw new Refusal(
          Refusal.Kind.MISSING_SAMPLE,
          String.format(
              Locale.ROOT,
              "%s and %s have no sample_id in common: labels have \"%s\", embeddings have \"%s\";"
                  + " sample_ids must be equal",
              Counts.of(labels, "label"),
              Counts.of(rows, "embedding"),
              alone.firstPhrase(),
              unlabelled.firstPhrase()));
    }
    if (spec.onMissing() == OnMissing.FAIL) {
      refuseMissing();
    }
    refuseTooFew();
  }

  private void refuseMissing() {
    List<String> sides = new ArrayList<>();
    if (alone.count() > 0) {
      sides.add(
          String.format(
              Locale.ROOT,
              "%,d of %,d labels have no embedding: %s",
              alone.count(),
              labels,
              alone));
    }
    if (unlabelled.count() > 0) {
      sides.add(
          String.format(
              Locale.ROOT,
              "%,d of %,d embeddings have no label: %s",
              unlabelled.count(),
              rows,
              unlabelled));
    }
    if (!sides.isEmpty()) {
      throw new Refusal(
          Refusal.Kind.MISSING_SAMPLE,
          String.join("; ", sides) + "; dataset.onMissing: drop leaves them out");
    }
  }

  private void refuseTooFew() {
    for (String split : Splits.NAMES) {
      long samples = utterances.getOrDefault(split, 0L);
      // One row has no variance, so nothing can be scaled or learned from it.
      int least = split.equals("train") ? 2 : 1;
      if (samples < least) {
        throw new Refusal(
            Refusal.Kind.TOO_FEW_ROWS,
            String.format(
                Locale.ROOT,
                "split %s must have at least %s with label and embedding, it has %d (%s without"
                    + " embedding and %s without label were dropped)",
                split,
                Counts.of(least, "sample"),
                samples,
                Counts.of(alone.count(), "label"),
                Counts.of(unlabelled.count(), "embedding")));
      }
    }
  }
}
