package org.speechrate.table;

/** An utterance is known by the name of its audio file, without folder and ending. */
public final class SampleIds {
  private SampleIds() {}

  /** {@code C:\raw\84\84-121123-0000.flac} and {@code raw/84-121123-0000.flac} are the same. */
  public static String stem(String path) {
    String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
