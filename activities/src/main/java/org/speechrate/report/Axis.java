package org.speechrate.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * One axis of a plot: a range of values, and those that are written beside it.
 *
 * @param label what it shows, with its unit
 * @param log whether equal distances are equal factors
 */
record Axis(String label, double low, double high, boolean log, List<Double> ticks) {
  private static final int MOST_TICKS = 7;

  /** Beyond this factor between largest and smallest, a linear axis shows the largest alone. */
  private static final double LOG_FROM = 20;

  /** Beyond this many powers of ten, not every one gets a tick. */
  private static final int MOST_DECADES = 3;

  private static final double MARGIN = 0.04;

  Axis {
    ticks = List.copyOf(ticks);
  }

  /** From exactly {@code low} to {@code high}. */
  static Axis linear(String label, double low, double high) {
    // A range of nothing would divide by nothing.
    double widen = high > low ? 0 : Math.max(0.5, Math.abs(low) * MARGIN);
    double from = low - widen;
    double to = high + widen;
    double step = step(to - from);
    List<Double> ticks = new ArrayList<>();
    for (double i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return new Axis(label, from, to, false, ticks);
  }

  /** A little more than the values need. */
  static Axis around(String label, DoubleStream values) {
    var range = values.summaryStatistics();
    double margin = MARGIN * (range.getMax() - range.getMin());
    return linear(label, range.getMin() - margin, range.getMax() + margin);
  }

  /** Of errors, which lie far apart at the beginning of a training: logarithmic where they do. */
  static Axis ofErrors(String label, DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    double low = sorted[0];
    double high = sorted[sorted.length - 1];
    if (!(low > 0 && high > LOG_FROM * low)) {
      return around(label, DoubleStream.of(low, high));
    }
    List<Double> ticks = new ArrayList<>();
    int first = (int) Math.floor(Math.log10(low));
    int last = (int) Math.ceil(Math.log10(high));
    int every = (last - first + MOST_TICKS - 1) / MOST_TICKS;
    for (int power = first; power <= last; power += every) {
      for (int digit : last - first <= MOST_DECADES ? new int[] {1, 2, 5} : new int[] {1}) {
        double tick = digit * Math.pow(10, power);
        if (tick >= low / 1.1 && tick <= high * 1.1) {
          ticks.add(tick);
        }
      }
    }
    return new Axis(label + ", logarithmic", low / 1.1, high * 1.1, true, ticks);
  }

  /** 1, 2 or 5 times a power of ten, so that there are few enough ticks. */
  static double step(double range) {
    double power = Math.pow(10, Math.floor(Math.log10(range / MOST_TICKS)));
    for (int factor : new int[] {1, 2, 5}) {
      if (range / (factor * power) <= MOST_TICKS) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  /** Where the value lies: 0 at the axis' beginning, 1 at its end. */
  double at(double value) {
    return log
        ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
        : (value - low) / (high - low);
  }

  String text(double tick) {
    if (log || ticks.size() < 2) {
      return tick >= 1 && tick < 1e6 ? Numbers.fixed(tick, 0) : Numbers.of(tick);
    }
    double step = ticks.get(1) - ticks.get(0);
    double largest = Math.max(Math.abs(low), Math.abs(high));
    int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-6));
    return decimals > 4 || largest >= 1e6 ? Numbers.of(tick) : Numbers.fixed(tick, decimals);
  }
}
