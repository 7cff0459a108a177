package org.speechrate.table;

import java.util.List;

/** The three parts of a data set, in the order in which they stand everywhere. */
public final class Splits {
  public static final List<String> NAMES = List.of("train", "dev", "test");

  private Splits() {}
}
