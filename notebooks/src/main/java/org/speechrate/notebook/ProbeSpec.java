package org.speechrate.notebook;

/** Input of {@link Speechrate#probe(ProbeSpec)}. */
public final class ProbeSpec extends DataSpec<ProbeSpec> {
  private ProbeSpec() {}

  /**
   * The defaults.
   *
   * @param layers folder with a folder or .npy file for each layer, or an .npz with an array for
   *     each
   */
  public static ProbeSpec of(String layers) {
    return new ProbeSpec().set("probe.layers", layers);
  }

  /** Networks trained on each layer. */
  public ProbeSpec seeds(int number) {
    return set("probe.seeds", number);
  }

  /** Whether there are control tasks. */
  public ProbeSpec control(boolean yes) {
    return set("probe.control", yes);
  }

  /** Of the bootstrap; 0 makes no intervals. */
  public ProbeSpec rounds(int number) {
    return set("probe.rounds", number);
  }
}
