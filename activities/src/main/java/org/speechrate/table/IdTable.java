package org.speechrate.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.commons.codec.digest.MurmurHash3;
import org.speechrate.pipeline.Refusal;

/**
 * A number for each id, for so many ids that they cannot all be kept: of each there is a hash of
 * 128 bits, and with it 32 to 40 bytes, however long the id is. That two of a billion ids have one
 * hash happens once in 10²⁰ times.
 */
public final class IdTable {
  /** Ids are spread over parts that grow on their own, so that growing takes no second table. */
  private static final int PARTS = 64;

  private static final int FIRST_SLOTS = 8;

  /** A part below it doubles, as it takes next to nothing. */
  private static final int FEW_SLOTS = 1024;

  /** A slot is the two halves of the hash, and the number plus 1; an empty one is 0. */
  private static final int SLOT = 3;

  private static final double FULL = 0.75;

  /** What is left of the heap belongs to the rest of the worker. */
  private static final double SHARE_OF_HEAP = 0.7;

  private final String shown;
  private final long mostBytes;
  private final long[][] parts = new long[PARTS][SLOT * FIRST_SLOTS];
  private final int[] used = new int[PARTS];
  private long bytes = (long) PARTS * FIRST_SLOTS * SLOT * Long.BYTES;

  /**
   * @param shown what the ids are of, for a refusal
   */
  public IdTable(String shown) {
    this(shown, (long) (Runtime.getRuntime().maxMemory() * SHARE_OF_HEAP));
  }

  IdTable(String shown, long mostBytes) {
    this.shown = shown;
    this.mostBytes = mostBytes;
  }

  /** The id's number; -1 where it has none. */
  public long get(String id) {
    long[] hash = hash(id);
    long[] part = parts[part(hash)];
    return part[slot(part, hash[0], hash[1]) + 2] - 1;
  }

  /**
   * Gives the id its number, or another one.
   *
   * @param number at least 0
   * @return the number that it had; -1 where it had none
   * @throws Refusal if Java's heap is too small for so many ids
   */
  public long put(String id, long number) {
    return put(id, number, true);
  }

  /** The same, but an id that has a number keeps it. */
  public long putIfAbsent(String id, long number) {
    return put(id, number, false);
  }

  private long put(String id, long number, boolean replace) {
    long[] hash = hash(id);
    int index = part(hash);
    long[] part = parts[index];
    int slot = slot(part, hash[0], hash[1]);
    long before = part[slot + 2] - 1;
    if (before < 0 || replace) {
      part[slot] = hash[0];
      part[slot + 1] = hash[1];
      part[slot + 2] = number + 1;
    }
    if (before < 0 && ++used[index] > FULL * part.length / SLOT) {
      grow(index);
    }
    return before;
  }

  /** The numbers of all ids, in no order. */
  public LongStream numbers() {
    return Arrays.stream(parts)
        .flatMapToLong(
            part ->
                IntStream.range(0, part.length / SLOT)
                    .mapToLong(slot -> part[SLOT * slot + 2] - 1)
                    .filter(number -> number >= 0));
  }

  private static long[] hash(String id) {
    return MurmurHash3.hash128x64(id.getBytes(StandardCharsets.UTF_8));
  }

  private static int part(long[] hash) {
    return (int) (hash[0] >>> 32) & (PARTS - 1);
  }

  /** Where the hash stands, or an empty slot for it. */
  private static int slot(long[] part, long first, long second) {
    // 31 bits of the hash as a share of the slots: no division, and growing copies in order.
    int at = (int) (((second >>> 33) * (part.length / SLOT)) >>> 31) * SLOT;
    while (part[at + 2] != 0 && (part[at] != first || part[at + 1] != second)) {
      at = at + SLOT == part.length ? 0 : at + SLOT;
    }
    return at;
  }

  private void grow(int index) {
    long[] full = parts[index];
    int slots = full.length / SLOT;
    int more = slots < FEW_SLOTS ? slots : slots / 4;
    bytes += (long) more * SLOT * Long.BYTES;
    if (bytes > mostBytes) {
      throw new Refusal(
          Refusal.Kind.BAD_VALUE,
          Problems.oneLine(
              String.format(
                  Locale.ROOT,
                  "%s: there is no room for more than %,d ids in Java's heap of %,d MB; give the"
                      + " worker more, such as by JAVA_TOOL_OPTIONS=-Xmx8g",
                  shown,
                  Arrays.stream(used).asLongStream().sum(),
                  Runtime.getRuntime().maxMemory() >> 20)));
    }
    long[] larger = new long[(slots + more) * SLOT];
    for (int at = 0; at < full.length; at += SLOT) {
      if (full[at + 2] != 0) {
        System.arraycopy(full, at, larger, slot(larger, full[at], full[at + 1]), SLOT);
      }
    }
    parts[index] = larger;
  }
}
