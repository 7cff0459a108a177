package org.speechrate.embeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.AllowedHosts;
import org.speechrate.table.IdTable;
import org.speechrate.table.Problems;
import org.speechrate.table.Splits;

/**
 * What is in a source of embeddings, good or bad.
 *
 * @param files that it is made of, the first ten; none of a server
 * @param stored how its values are stored, such as float32
 * @param splits number of embeddings by split; "" where the source does not tell
 * @param labelled number of embeddings with a label
 * @param firstIds the first five
 * @param norms absent where no embedding is finite
 * @param notFinite embeddings with NaN or an infinite value
 * @param otherDimension embeddings that have another number of values than the first
 * @param badIds rows without a sample_id, with one that an earlier row has, or with an unknown
 *     split
 * @param zero embeddings whose values are all 0
 * @param constantDimensions counted from 0: those where all embeddings have the same value
 * @param runRefuses why a run would refuse the source; empty where it would not
 */
public record EmbeddingInspection(
    String source,
    List<String> files,
    long fileCount,
    long bytes,
    long embeddings,
    int dimension,
    List<String> stored,
    Map<String, Long> splits,
    long labelled,
    List<String> firstIds,
    Optional<Norms> norms,
    Found notFinite,
    Found otherDimension,
    Found badIds,
    Found zero,
    List<Integer> constantDimensions,
    List<String> runRefuses) {
  private static final int FIRST = 10;
  private static final int FIRST_IDS = 5;

  /** Euclidean lengths of the finite embeddings. */
  public record Norms(double min, double mean, double max) {}

  /**
   * Some of the rows.
   *
   * @param first where the first ten are, and what is wrong with them
   */
  public record Found(long count, List<String> first) {}

  /**
   * Reads the whole source, row by row.
   *
   * @param spec whose paths are relative to the current folder; any file may be read
   * @param hosts that ChromaDB may be on
   * @throws Refusal if the source is not of its format or damaged, as a run would
   */
  public static EmbeddingInspection of(
      EmbeddingsSpec spec, AllowedHosts hosts, StageMonitor monitor) throws IOException {
    EmbeddingSource source = EmbeddingSource.of(spec, hosts);
    Statistics statistics = new Statistics(monitor);
    EmbeddingFacts facts =
        source.copyTo(
            (shown, idsShown, rows, dimension) -> statistics.open(idsShown, dimension), monitor);
    return statistics.inspection(facts, source.files());
  }

  /** What is remembered of the rows: nothing that grows with them but a hash of each id. */
  private static final class Statistics implements EmbeddingSink.Rows {
    private final StageMonitor monitor;
    private final SortedSet<String> stored = new TreeSet<>();
    private final Map<String, Long> splits = new LinkedHashMap<>();
    private final List<String> firstIds = new ArrayList<>();
    private final Finds notFinite = new Finds();
    private final Finds otherDimension = new Finds();
    private final Finds badIds = new Finds();
    private final Finds zero = new Finds();
    private String type = "";
    private float[] first = {};
    private boolean[] differs = {};
    private IdTable ids;
    private long rows;
    private long labelled;
    private long finite;
    private double least = Double.POSITIVE_INFINITY;
    private double most;
    private double sum;

    Statistics(StageMonitor monitor) {
      this.monitor = monitor;
    }

    EmbeddingSink.Rows open(String idsShown, int dimension) {
      ids = new IdTable(idsShown);
      first = new float[dimension];
      differs = new boolean[dimension];
      Splits.NAMES.forEach(split -> splits.put(split, 0L));
      splits.put("", 0L);
      return this;
    }

    @Override
    public void stored(String itsType) {
      type = itsType;
      stored.add(type);
    }

    @Override
    public void add(
        String named, String place, String sampleId, String split, String label, float[] values) {
      if (monitor.stopRequested()) {
        monitor.progress("embeddings", rows, 0);
      }
      rows++;
      labelled += label.isEmpty() ? 0 : 1;
      if (firstIds.size() < FIRST_IDS) {
        firstIds.add(Problems.value(sampleId));
      }
      if (splits.computeIfPresent(split, (name, count) -> count + 1) == null) {
        badIds.add(named, sampleId, "its split is " + Problems.value(split));
      }
      if (sampleId.isEmpty()) {
        badIds.add(named, sampleId, "it has no sample_id");
      } else if (ids.putIfAbsent(sampleId, 0) >= 0) {
        badIds.add(named, sampleId, "an earlier row has its sample_id");
      }
      if (values.length != first.length) {
        otherDimension.add(place, sampleId, "it has " + Counts.of(values.length, "value"));
      } else {
        measure(place, sampleId, values);
      }
    }

    private void measure(String place, String sampleId, float[] values) {
      double squares = 0;
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          notFinite.add(
              place, sampleId, "value " + i + " is " + EmbeddingSink.describe(values[i], type));
          return;
        }
        squares += (double) values[i] * values[i];
      }
      for (int i = 0; i < values.length; i++) {
        if (finite == 0) {
          first[i] = values[i];
        }
        differs[i] |= values[i] != first[i];
      }
      finite++;
      if (squares == 0) {
        zero.add(place, sampleId, "");
      }
      double norm = Math.sqrt(squares);
      least = Math.min(least, norm);
      most = Math.max(most, norm);
      sum += norm;
    }

    @Override
    public EmbeddingFacts finish(String source) {
      return new EmbeddingFacts(source, rows, first.length);
    }

    EmbeddingInspection inspection(EmbeddingFacts facts, Map<String, Path> files)
        throws IOException {
      List<Integer> constant = new ArrayList<>();
      for (int i = 0; i < differs.length && finite > 1; i++) {
        if (!differs[i]) {
          constant.add(i);
        }
      }
      long bytes = 0;
      for (Path file : files.values()) {
        bytes += Files.size(file);
      }
      splits.values().removeIf(count -> count == 0);
      return new EmbeddingInspection(
          facts.source(),
          files.values().stream().limit(FIRST).map(Path::toString).toList(),
          files.size(),
          bytes,
          rows,
          first.length,
          List.copyOf(stored),
          splits,
          labelled,
          List.copyOf(firstIds),
          finite == 0 ? Optional.empty() : Optional.of(new Norms(least, sum / finite, most)),
          notFinite.found(),
          otherDimension.found(),
          badIds.found(),
          zero.found(),
          constant,
          refusals(constant));
    }

    private List<String> refusals(List<Integer> constant) {
      List<String> refusals = new ArrayList<>();
      if (rows == 0) {
        refusals.add("it holds no embedding");
      } else if (first.length == 0) {
        refusals.add("its embeddings have no values");
      } else if (finite > 1 && finite == rows && constant.size() == first.length) {
        refusals.add("all its embeddings are the same vector");
      }
      notFinite.explain("not finite", refusals);
      otherDimension.explain("not of the first one's dimension", refusals);
      badIds.explain("badly named", refusals);
      return refusals;
    }

    @Override
    public void close() {}
  }

  /** All are counted, the first are named. */
  private static final class Finds {
    private final List<String> named = new ArrayList<>();
    private long count;

    void add(String place, String sampleId, String problem) {
      if (count++ < FIRST) {
        named.add(
            Problems.oneLine(
                place
                    + (sampleId.isEmpty() ? "" : " (" + Problems.value(sampleId) + ")")
                    + (problem.isEmpty() ? "" : ": " + problem)));
      }
    }

    void explain(String problem, List<String> refusals) {
      if (count > 0) {
        refusals.add(
            String.format(
                Locale.ROOT,
                "%s %s %s",
                Counts.of(count, "embedding"),
                count == 1 ? "is" : "are",
                problem));
      }
    }

    Found found() {
      return new Found(count, List.copyOf(named));
    }
  }
}
