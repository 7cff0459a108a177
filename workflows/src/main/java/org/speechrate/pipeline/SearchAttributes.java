package org.speechrate.pipeline;

import io.temporal.common.SearchAttributeKey;
import java.util.List;

/** Search attributes of a run; each worker registers them before it takes its first task. */
public final class SearchAttributes {
  public static final SearchAttributeKey<String> MODEL =
      SearchAttributeKey.forKeyword("SpeechrateModel");

  /** First 12 hex digits of the joined dataset's sha256. */
  public static final SearchAttributeKey<String> DATASET =
      SearchAttributeKey.forKeyword("SpeechrateDataset");

  public static final SearchAttributeKey<Double> TEST_MSE =
      SearchAttributeKey.forDouble("SpeechrateTestMse");

  public static final SearchAttributeKey<String> VERSION =
      SearchAttributeKey.forKeyword("SpeechrateVersion");

  /** True while a run is paused, else absent. */
  public static final SearchAttributeKey<Boolean> PAUSED =
      SearchAttributeKey.forBoolean("SpeechratePaused");

  /** True while a run waits for somebody's word whether its model may be published, else absent. */
  public static final SearchAttributeKey<Boolean> AWAITS_APPROVAL =
      SearchAttributeKey.forBoolean("SpeechrateAwaitsApproval");

  public static final List<SearchAttributeKey<?>> ALL =
      List.of(MODEL, DATASET, TEST_MSE, VERSION, PAUSED, AWAITS_APPROVAL);

  private SearchAttributes() {}
}
