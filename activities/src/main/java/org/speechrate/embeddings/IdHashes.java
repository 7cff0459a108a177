package org.speechrate.embeddings;

/**
 * The ids that came so far, as 64-bit hashes in an open-addressed table: at most 32 bytes an id,
 * however long it is. Among ten million, two different ones look the same in one of 300,000 cases.
 */
final class IdHashes {
  private long[] table = new long[1024];
  private int size;

  /** Whether it is new. */
  boolean add(String id) {
    if (2L * size > table.length) {
      grow();
    }
    return put(hash(id));
  }

  private boolean put(long hash) {
    int at = (int) hash & (table.length - 1);
    while (table[at] != 0) {
      if (table[at] == hash) {
        return false;
      }
      at = (at + 1) & (table.length - 1);
    }
    table[at] = hash;
    size++;
    return true;
  }

  private void grow() {
    long[] old = table;
    table = new long[2 * old.length];
    size = 0;
    for (long hash : old) {
      if (hash != 0) {
        put(hash);
      }
    }
  }

  /** FNV-1a over the characters, its bits mixed as SplitMix64 does; never 0, which marks a gap. */
  private static long hash(String id) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < id.length(); i++) {
      hash = (hash ^ id.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    hash ^= hash >>> 31;
    return hash == 0 ? 1 : hash;
  }
}
