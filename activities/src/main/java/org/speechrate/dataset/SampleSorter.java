package org.speechrate.dataset;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.speechrate.table.Splits;

/**
 * Brings samples into the order train, dev, test, then sample_id, however many they are: sorted
 * runs that the heap has room for, on disk where there are several, and then merged.
 */
final class SampleSorter implements Closeable {
  private static final Comparator<Sample> ORDER =
      Comparator.comparingInt((Sample each) -> Splits.NAMES.indexOf(each.split()))
          .thenComparing(Sample::sampleId);

  /** Of a run in the heap, about. */
  private static final long RUN_BYTES = 64L << 20;

  /** Of a sample in the heap, beside the characters of its names. */
  private static final int SAMPLE_BYTES = 200;

  private static final int BUFFER_BYTES = 1 << 16;

  private final Path folder;
  private final long runBytes;
  private final List<Sample> run = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private long bytes;

  /**
   * @param folder for the runs, which are gone at the end
   */
  SampleSorter(Path folder) {
    this(folder, RUN_BYTES);
  }

  SampleSorter(Path folder, long runBytes) {
    this.folder = folder;
    this.runBytes = runBytes;
  }

  void add(Sample sample) {
    run.add(sample);
    bytes += SAMPLE_BYTES + (long) sample.sampleId().length() + sample.speakerId().length();
    if (bytes >= runBytes) {
      writeRun();
    }
  }

  private void writeRun() {
    run.sort(ORDER);
    Path file = folder.resolve(".run-" + files.size());
    files.add(file);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES))) {
      for (Sample each : run) {
        out.writeInt(each.row());
        out.writeByte(Splits.NAMES.indexOf(each.split()));
        for (String text : List.of(each.sampleId(), each.speakerId(), each.cps())) {
          byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
          out.writeInt(encoded.length);
          out.write(encoded);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    run.clear();
    bytes = 0;
  }

  /** Hands over all samples; may be called again, but nothing be added then. */
  void forEach(Consumer<Sample> consumer) throws IOException {
    if (files.isEmpty()) {
      run.sort(ORDER);
      run.forEach(consumer);
      return;
    }
    if (!run.isEmpty()) {
      writeRun();
    }
    List<Run> opened = new ArrayList<>();
    try {
      PriorityQueue<Run> runs = new PriorityQueue<>(Comparator.comparing(Run::first, ORDER));
      for (Path file : files) {
        Run each = new Run(file);
        opened.add(each);
        if (each.next()) {
          runs.add(each);
        }
      }
      while (!runs.isEmpty()) {
        Run least = runs.poll();
        consumer.accept(least.first());
        if (least.next()) {
          runs.add(least);
        }
      }
    } finally {
      for (Run each : opened) {
        each.close();
      }
    }
  }

  /** A run on disk, and the first sample of what is left of it. */
  private static final class Run implements Closeable {
    private final DataInputStream in;
    private Sample first;

    Run(Path file) throws IOException {
      in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
    }

    Sample first() {
      return first;
    }

    /** False at the end. */
    boolean next() throws IOException {
      int row;
      try {
        row = in.readInt();
      } catch (EOFException e) {
        return false;
      }
      String split = Splits.NAMES.get(in.readByte());
      first = new Sample(row, text(), split, text(), text());
      return true;
    }

    private String text() throws IOException {
      return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @Override
  public void close() throws IOException {
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }
}
