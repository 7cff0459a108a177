package org.speechrate.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.speechrate.pipeline.Counts;
import org.speechrate.report.ReportData.Group;

/** The error of each speaker of the test split, beside the mean's, the largest first. */
final class SpeakerPlot {
  private static final String HEADING = "Error by speaker";
  private static final int ROW = 19;
  static final int MOST_SPEAKERS = 60;
  private static final int LONGEST_NAME = 11;
  private static final int LEFT = 92;
  private static final int RIGHT = 58;
  private static final int TOP = 34;
  private static final int BOTTOM = 50;

  private SpeakerPlot() {}

  static Markup draw(List<Group> speakers) {
    if (speakers.isEmpty()) {
      return Figure.missing(
          HEADING,
          "Not every utterance's speaker is known, so there are no errors by speaker, and nobody can"
              + " say whether the test split's people were heard in training.");
    }
    List<Group> sorted = new ArrayList<>(speakers);
    sorted.sort(Comparator.comparingDouble(Group::mse).reversed().thenComparing(Group::name));
    List<Group> drawn = new ArrayList<>(sorted);
    if (sorted.size() > MOST_SPEAKERS) {
      drawn = new ArrayList<>(sorted.subList(0, MOST_SPEAKERS / 2));
      drawn.addAll(sorted.subList(sorted.size() - MOST_SPEAKERS / 2, sorted.size()));
    }
    long better = speakers.stream().filter(each -> each.mse() < each.baselineMse()).count();
    Group worst = sorted.get(0);
    Group best = sorted.get(sorted.size() - 1);
    String caption =
        String.format(
            Locale.ROOT,
            "Better than the mean for %,d of %s. RMSE from %s to %s letters/s.%s",
            better,
            Counts.of(speakers.size(), "speaker"),
            Numbers.of(Math.sqrt(best.mse())),
            Numbers.of(Math.sqrt(worst.mse())),
            drawn.size() < sorted.size()
                ? String.format(
                    Locale.ROOT,
                    " Drawn are the %d with the largest and the %d with the smallest error.",
                    MOST_SPEAKERS / 2,
                    MOST_SPEAKERS / 2)
                : "");
    return Figure.of(
        HEADING,
        new Legend()
            .item("dot model", "the model")
            .item("dot hollow", "always the mean")
            .above(picture(drawn, caption)),
        caption,
        "One row a speaker: the filled dot is the model's error (RMSE), the ring the mean's, and the"
            + " number at the right counts the utterances. A dot left of its ring is a gain. A few"
            + " speakers far above the others carry the whole error: listen to them first. Rows of"
            + " few utterances say little.");
  }

  private static Markup picture(List<Group> speakers, String description) {
    int height = ROW * speakers.size();
    int width = Plot.WIDTH - LEFT - RIGHT;
    Axis x =
        Axis.linear(
            "RMSE in letters/s",
            0,
            speakers.stream()
                    .flatMapToDouble(each -> DoubleStream.of(each.mse(), each.baselineMse()))
                    .map(Math::sqrt)
                    .max()
                    .orElse(1)
                * 1.02);
    Markup svg =
        Plot.begin("speakers", "Error of each speaker", description, height + TOP + BOTTOM)
            .open("g", "transform", "translate(" + LEFT + " " + TOP + ")");
    for (double tick : x.ticks()) {
      String at = Plot.number(width * x.at(tick));
      svg.empty("line", "class", "grid", "x1", at, "x2", at, "y1", -4, "y2", height);
      svg.leaf(
          "text",
          x.text(tick),
          "class",
          "tick",
          "x",
          at,
          "y",
          height + 18,
          "text-anchor",
          "middle");
    }
    svg.leaf("text", "speaker", "class", "axis", "x", -10, "y", -14, "text-anchor", "end");
    svg.leaf(
        "text",
        "utterances",
        "class",
        "axis",
        "x",
        width + RIGHT - 2,
        "y",
        -14,
        "text-anchor",
        "end");
    svg.leaf(
        "text", x.label(), "class", "axis", "x", width, "y", height + 40, "text-anchor", "end");
    for (int i = 0; i < speakers.size(); i++) {
      row(svg, x, width, speakers.get(i), Plot.number(ROW * (i + 0.5)));
    }
    return svg.close().close();
  }

  private static void row(Markup svg, Axis x, int width, Group speaker, String y) {
    String model = Plot.number(width * x.at(Math.sqrt(speaker.mse())));
    String mean = Plot.number(width * x.at(Math.sqrt(speaker.baselineMse())));
    svg.open("g")
        .leaf(
            "title",
            String.format(
                Locale.ROOT,
                "%s: RMSE %s, the mean's %s, mean error %s, %s",
                Markup.shorten(speaker.name(), 80),
                Numbers.of(Math.sqrt(speaker.mse())),
                Numbers.of(Math.sqrt(speaker.baselineMse())),
                Numbers.signed(speaker.bias()),
                Counts.of(speaker.n(), "utterance")))
        .leaf(
            "text",
            Markup.shorten(speaker.name(), LONGEST_NAME),
            "class",
            "tick name",
            "x",
            -10,
            "y",
            y,
            "dy",
            "0.35em",
            "text-anchor",
            "end")
        .empty("line", "class", "stem", "x1", mean, "x2", model, "y1", y, "y2", y)
        .empty("circle", "class", "hollow", "cx", mean, "cy", y, "r", 4)
        .empty("circle", "class", "fill model", "cx", model, "cy", y, "r", "4.5")
        .leaf(
            "text",
            String.format(Locale.ROOT, "%,d", speaker.n()),
            "class",
            "tick",
            "x",
            width + RIGHT - 2,
            "y",
            y,
            "dy",
            "0.35em",
            "text-anchor",
            "end")
        .close();
  }
}
