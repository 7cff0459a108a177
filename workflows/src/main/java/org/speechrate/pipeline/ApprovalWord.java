package org.speechrate.pipeline;

import io.temporal.common.converter.RawValue;
import java.util.Optional;

/**
 * What somebody says of a run that waits for it: read as strictly as a run's input, and refused in
 * one line.
 *
 * @param who as they call themselves
 * @param text their comment, or their reason
 */
record ApprovalWord(String who, Optional<String> text) {
  private static final int LONGEST_NAME = 100;
  private static final int LONGEST_TEXT = 1000;

  static ApprovalWord approval(RawValue input) {
    return read(input, "comment", "{\"who\": \"Ana\", \"comment\": \"checked the report\"}");
  }

  /** Of which the reason must be there. */
  static ApprovalWord rejection(RawValue input) {
    String example = "{\"who\": \"Ana\", \"reason\": \"too few test speakers\"}";
    ApprovalWord word = read(input, "reason", example);
    if (word.text().isEmpty()) {
      throw SpecNode.refusal("reason is missing: say why, as in " + example);
    }
    return word;
  }

  private static ApprovalWord read(RawValue input, String text, String example) {
    SpecNode node = new SpecNode("", RunSpecReader.parse(TrainWorkflowImpl.text(input), example));
    String who =
        atMost("who", LONGEST_NAME, node.text("who"))
            .orElseThrow(
                () -> SpecNode.refusal("who is missing: say who you are, as in " + example));
    ApprovalWord word = new ApprovalWord(who.strip(), atMost(text, LONGEST_TEXT, node.text(text)));
    node.refuseOthers();
    return word;
  }

  private static Optional<String> atMost(String field, int most, Optional<String> value) {
    if (value.filter(each -> each.length() > most).isPresent()) {
      throw SpecNode.refusal(
          String.format(
              "%s must have at most %d characters, got %d", field, most, value.get().length()));
    }
    return value;
  }
}
