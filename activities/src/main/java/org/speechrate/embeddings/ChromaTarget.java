package org.speechrate.embeddings;

import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.speechrate.embeddings.EmbeddingTarget.Extra;
import org.speechrate.pipeline.Refusal;
import org.speechrate.table.Problems;

/**
 * A collection of a ChromaDB server, as the Python system writes it: ids {@code <split>_<i>},
 * metadata {@code {file_path, label, split}}. It is filled under another name and gets its own when
 * it is whole; one that it replaces is renamed before and deleted after that.
 */
final class ChromaTarget {
  static final Set<Extra> KEEPS = Set.of(Extra.values());

  /** Of the collection's name in that of another: older servers take 63 characters. */
  private static final int LONGEST_PART = 40;

  private final ChromaClient client;
  private final String name;
  private final boolean replace;

  ChromaTarget(ChromaClient client, String name, boolean replace) {
    this.client = client;
    this.name = name;
    this.replace = replace;
  }

  /**
   * The collection, if it is there and may be replaced.
   *
   * @throws Refusal if it may not
   */
  Optional<ChromaClient.Collection> earlier() throws IOException {
    Optional<ChromaClient.Collection> earlier = client.existing(name);
    if (earlier.isPresent() && !replace) {
      throw new Refusal(
          Refusal.Kind.INVALID_SPEC,
          shown() + ": is there already; choose another name, or replace it with --force");
    }
    return earlier;
  }

  void write(StagedEmbeddings rows) throws IOException {
    rows.forEachName(
        (sampleId, split) -> EmbeddingTarget.requireSplit(ChromaEmbeddings.WORD, sampleId, split));
    String unfinished = beside("converting");
    try {
      ChromaClient.Collection made = client.create(unfinished, rows.facts().dimension());
      fill(made, rows);
      publish(made);
    } catch (IOException | RuntimeException e) {
      delete(unfinished, e);
      throw e;
    }
  }

  private void fill(ChromaClient.Collection made, StagedEmbeddings rows) throws IOException {
    int most = client.batchRows(made.dimension());
    Map<String, Long> ofSplit = new HashMap<>();
    ChromaBatch[] batch = {new ChromaBatch(most)};
    long[] added = {0};
    rows.forEach(
        (row, values) -> {
          long index = ofSplit.merge(row.split(), 1L, Long::sum) - 1;
          batch[0].add(
              row.split() + "_" + index,
              values,
              new ChromaPage.Metadata(row.anyPath(), row.split(), row.label()));
          if (batch[0].isFull()) {
            client.add(made, batch[0]);
            added[0] += batch[0].size();
            batch[0] = new ChromaBatch(most);
            long all = rows.facts().embeddings();
            rows.monitor()
                .progress(
                    String.format(Locale.ROOT, "writing: %,d of %,d embeddings", added[0], all),
                    added[0],
                    all);
          }
        });
    if (batch[0].size() > 0) {
      client.add(made, batch[0]);
    }
    long holds = client.count(made);
    if (holds != rows.facts().embeddings()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: it holds %,d embeddings after %,d were added",
              shown(),
              holds,
              rows.facts().embeddings()));
    }
  }

  private void publish(ChromaClient.Collection made) throws IOException {
    Optional<ChromaClient.Collection> earlier = earlier();
    if (earlier.isEmpty()) {
      client.rename(made, name);
      return;
    }
    String aside = beside("replaced");
    client.rename(earlier.get(), aside);
    try {
      client.rename(made, name);
    } catch (IOException | RuntimeException e) {
      try {
        client.rename(earlier.get(), name);
      } catch (IOException | Refusal again) {
        e.addSuppressed(again);
        throw new IOException(
            e.getMessage() + "; the collection " + name + " is now " + aside + ", rename it", e);
      }
      throw e;
    }
    delete(aside, null);
  }

  /**
   * Deletes what is of no use any more.
   *
   * @param after the failure after which it is deleted, if any
   */
  private void delete(String collection, Exception after) throws IOException {
    try {
      if (client.existing(collection).isPresent()) {
        client.delete(collection);
      }
    } catch (IOException | Refusal e) {
      Exception first = after == null ? e : after;
      throw new IOException(
          Problems.oneLine(
              first.getMessage() + "; the collection " + collection + " is left over, delete it"),
          first);
    }
  }

  /** A name that tells what it belongs to, and that no other process takes. */
  private String beside(String what) {
    return String.join(
        "_",
        name.substring(0, Math.min(LONGEST_PART, name.length())),
        what,
        HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()));
  }

  /** How the user knows it. */
  String shown() {
    return client.shown() + ", collection " + name;
  }
}
