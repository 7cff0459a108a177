package org.speechrate.report;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.speechrate.pipeline.Counts;
import org.speechrate.pipeline.EpochLoss;

/** Errors on train and dev by epoch, and the epoch whose weights were kept. */
final class LossPlot {
  private static final String HEADING = "Losses while training";
  private static final int HEIGHT = 240;

  /** More are not seen at this width. */
  private static final int MOST_EPOCHS = 400;

  private LossPlot() {}

  static Markup draw(List<EpochLoss> losses, Optional<Integer> keptEpoch) {
    List<EpochLoss> train = finite(losses, EpochLoss::trainMse);
    List<EpochLoss> dev = finite(losses, EpochLoss::devMse);
    if (train.isEmpty() && dev.isEmpty()) {
      return Figure.missing(HEADING, "No losses are known.");
    }
    Optional<EpochLoss> kept =
        losses.stream().filter(loss -> keptEpoch.equals(Optional.of(loss.epoch()))).findFirst();
    String caption =
        Counts.of(losses.size(), "epoch")
            + kept.map(loss -> "; kept: " + words(loss)).orElse("")
            + "."
            + (dev.isEmpty() ? " There is no dev split, so no dev loss." : "");
    if (losses.size() == 1) {
      return Figure.missing(HEADING, "One epoch makes no curve. " + words(losses.get(0)) + ".");
    }
    Plot plot =
        new Plot(
            "losses",
            "Train and dev MSE by epoch",
            caption,
            HEIGHT,
            Axis.linear("epoch", losses.get(0).epoch(), losses.get(losses.size() - 1).epoch()),
            Axis.ofErrors(
                "MSE in (letters/s)²",
                DoubleStream.concat(
                    train.stream().mapToDouble(EpochLoss::trainMse),
                    dev.stream().mapToDouble(EpochLoss::devMse))));
    kept.ifPresent(loss -> keep(plot, loss, losses));
    curve(plot, "curve loss-train", train, EpochLoss::trainMse);
    curve(plot, "curve loss-dev", dev, EpochLoss::devMse);
    kept.filter(loss -> Double.isFinite(loss.devMse()))
        .ifPresent(
            loss ->
                plot.marks()
                    .empty(
                        "circle",
                        "class",
                        "fill loss-dev",
                        "cx",
                        plot.x(loss.epoch()),
                        "cy",
                        plot.y(loss.devMse()),
                        "r",
                        5));
    return Figure.of(
        HEADING,
        legend(!train.isEmpty(), !dev.isEmpty()).above(plot.end()),
        caption,
        "Both should fall and then level off. Where train goes on falling while dev rises, the model"
            + " learns its train speakers by heart; the kept epoch should lie before that. A dev loss"
            + " that still falls at the end would have gained from more epochs.");
  }

  private static Legend legend(boolean train, boolean dev) {
    Legend legend = new Legend();
    if (train) {
      legend.item("line loss-train", "train");
    }
    return dev ? legend.item("line loss-dev", "dev") : legend;
  }

  private static void keep(Plot plot, EpochLoss kept, List<EpochLoss> losses) {
    String x = plot.x(kept.epoch());
    boolean right = kept.epoch() * 2 > losses.get(losses.size() - 1).epoch();
    plot.marks()
        .empty("line", "class", "guide", "x1", x, "x2", x, "y1", 0, "y2", HEIGHT)
        .leaf(
            "text",
            "kept epoch " + kept.epoch(),
            "class",
            "label",
            "x",
            x,
            "dx",
            right ? -6 : 6,
            "y",
            12,
            "text-anchor",
            right ? "end" : "start");
  }

  private static void curve(
      Plot plot, String style, List<EpochLoss> losses, ToDoubleFunction<EpochLoss> loss) {
    if (losses.isEmpty()) {
      return;
    }
    int every = (losses.size() + MOST_EPOCHS - 1) / MOST_EPOCHS;
    String points =
        IntStream.range(0, losses.size())
            .filter(i -> i % every == 0 || i == losses.size() - 1)
            .mapToObj(losses::get)
            .map(at -> plot.x(at.epoch()) + "," + plot.y(loss.applyAsDouble(at)))
            .collect(Collectors.joining(" "));
    plot.marks().empty("polyline", "class", style, "points", points);
  }

  private static List<EpochLoss> finite(List<EpochLoss> losses, ToDoubleFunction<EpochLoss> loss) {
    return losses.stream().filter(at -> Double.isFinite(loss.applyAsDouble(at))).toList();
  }

  private static String words(EpochLoss loss) {
    return "epoch "
        + loss.epoch()
        + " with train MSE "
        + (Double.isFinite(loss.trainMse()) ? Numbers.of(loss.trainMse()) : "unknown")
        + (Double.isFinite(loss.devMse()) ? ", dev MSE " + Numbers.of(loss.devMse()) : "");
  }
}
