package org.speechrate.deploy.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.speechrate.dataset.SampleTable;
import org.speechrate.deploy.CommandFailure;
import org.speechrate.deploy.Exit;
import org.speechrate.embeddings.EmbeddingMatrix;
import org.speechrate.model.SpeechRateModel;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.RunSpec;
import org.speechrate.pipeline.RunSpecReader;
import org.speechrate.pipeline.training.TrainingSpec;
import org.speechrate.regression.RidgeRegression;
import org.speechrate.store.Json;
import org.speechrate.training.SpeakerGroups;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code speechrate bench recipe}. */
@Command(
    name = "recipe",
    mixinStandardHelpOptions = true,
    header = {"Judge a training recipe by repeated leave-speakers-out.", ""},
    sortOptions = false,
    description = {
      "Splits the speakers of train and dev anew, again and again: a fifth is left out to be"
          + " predicted, as many as dev has choose the epoch, and the others are trained on. Beside"
          + " it stand the mean and ridge regression, whose penalty is chosen by speaker-grouped"
          + " cross-validation. The test split takes no part.",
      "",
      "The splits share utterances, so the intervals, by bootstrap over splits, tell how much the"
          + " choice of speakers matters here, and not what other speakers would bring.",
      ""
    })
final class BenchRecipeCommand implements Callable<Integer> {
  private static final int ROUNDS = 10_000;
  private static final int LEFT_OUT = 5;

  @ParentCommand private BenchCommand bench;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description =
          "A run's JSON object (default: the bundled sample by recipe default); may be given again:"
              + " the first one names the data, each one's training is judged.")
  private List<Path> inputs = new ArrayList<>();

  @Option(
      names = "--splits",
      paramLabel = "N",
      defaultValue = "20",
      description = "How often the speakers are split (default: ${DEFAULT-VALUE}).")
  private int splits;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the splits (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--allow-read",
      paramLabel = "PATH",
      description = "Folder outside the workspace that may be read; may be given again.")
  private List<Path> allowRead = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /** Of the speakers that one split leaves out, in (letters/s)². */
  private record Trial(double mean, double ridge, double ridgeWithDev, List<Double> recipes) {}

  /**
   * @param mse mean over the splits
   * @param toMean sum of its MSEs over the sum of the mean's
   * @param lessRidge mean over the splits of its MSE minus ridge's, with a 95 % interval
   */
  private record Row(
      String recipe,
      double mse,
      double toMean,
      int worseThanMean,
      Difference lessRidge,
      Difference lessRidgeWithDev,
      int betterThanRidge,
      List<Double> splits) {}

  private record Difference(double mean, double low, double high) {}

  @Override
  public Integer call() throws Exception {
    if (splits < 2) {
      throw CommandFailure.wrongInput("--splits must be at least 2, got " + splits);
    }
    for (Path allowed : allowRead) {
      Bench.requireFolder("--allow-read", allowed);
    }
    try {
      List<RunSpec> specs = specs();
      StageProcess stages = StageProcess.in(bench.workspace(), allowRead);
      StageProcess.Joined joined = stages.join(specs.get(0));
      SpeakerGroups speakers =
          SpeakerGroups.read(
              stages.store().open(joined.dataset()).resolve(SampleTable.FILE),
              stages.store().open(joined.embeddings()).resolve(EmbeddingMatrix.FILE));
      report(speakers, specs.stream().map(RunSpec::training).toList());
    } catch (Refusal refusal) {
      throw CommandFailure.wrongInput(refusal.getMessage());
    }
    return Exit.DONE;
  }

  private List<RunSpec> specs() throws IOException, CommandFailure {
    List<RunSpec> specs = new ArrayList<>();
    for (Path input : inputs) {
      if (!Files.isRegularFile(input)) {
        throw CommandFailure.wrongInput("--input: no such file: " + input);
      }
      specs.add(RunSpecReader.read(Files.readString(input, StandardCharsets.UTF_8)));
    }
    return specs.isEmpty() ? List.of(RunSpecReader.read("{}")) : specs;
  }

  private void report(SpeakerGroups speakers, List<TrainingSpec> recipes)
      throws CommandFailure, InterruptedException {
    int test = Math.max(1, Math.round(speakers.count() / (float) LEFT_OUT));
    int dev = Math.max(1, speakers.devCount());
    int train = speakers.count() - test - dev;
    if (train < 2) {
      throw CommandFailure.wrongInput(
          String.format(
              "train and dev have %d speakers; with %d left out and %d for dev, at least 2 must"
                  + " remain",
              speakers.count(), test, dev));
    }
    List<Trial> trials = trials(speakers, recipes, test, dev);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < recipes.size(); i++) {
      int recipe = i;
      rows.add(row(recipes.get(i).title(), trials, trial -> trial.recipes().get(recipe)));
    }
    rows.add(row("ridge", trials, Trial::ridge));
    rows.add(row("ridge, fitted on dev too", trials, Trial::ridgeWithDev));
    rows.add(row("the mean", trials, Trial::mean));
    print(rows, speakers, train, dev, test);
  }

  private List<Trial> trials(SpeakerGroups speakers, List<TrainingSpec> recipes, int test, int dev)
      throws CommandFailure, InterruptedException {
    ExecutorService cores =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<Trial>> futures = new ArrayList<>();
      for (int split = 1; split <= splits; split++) {
        List<Integer> order = speakers.shuffled(seed, split);
        futures.add(cores.submit(() -> trial(speakers, recipes, order, test, dev)));
      }
      List<Trial> trials = new ArrayList<>();
      for (Future<Trial> future : futures) {
        trials.add(future.get());
        bench.terminal().say(String.format("split %d of %d …", trials.size(), splits));
      }
      return trials;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Refusal refusal) {
        throw refusal;
      }
      throw CommandFailure.failed(e.getCause().toString());
    } finally {
      cores.shutdownNow();
    }
  }

  private static Trial trial(
      SpeakerGroups speakers,
      List<TrainingSpec> recipes,
      List<Integer> order,
      int testCount,
      int devCount)
      throws IOException {
    List<Integer> test = order.subList(0, testCount);
    List<Integer> dev = order.subList(testCount, testCount + devCount);
    List<Integer> train = order.subList(testCount + devCount, order.size());
    float[][] x = speakers.embeddings(test);
    double[] cps = speakers.cps(test);
    List<Double> mses = new ArrayList<>();
    for (TrainingSpec recipe : recipes) {
      SpeechRateModel model = speakers.train(recipe, train, dev);
      float[] predicted = model.predict(x);
      mses.add(mse(cps, IntStream.range(0, cps.length).mapToDouble(i -> predicted[i]).toArray()));
    }
    double mean = Arrays.stream(speakers.cps(train)).average().orElseThrow();
    double[] means = new double[cps.length];
    Arrays.fill(means, mean);
    return new Trial(
        mse(cps, means),
        mse(cps, ridge(speakers, train, x)),
        mse(cps, ridge(speakers, order.subList(testCount, order.size()), x)),
        mses);
  }

  private static double[] ridge(SpeakerGroups speakers, List<Integer> train, float[][] x) {
    RidgeRegression ridge = new RidgeRegression(x[0].length);
    ridge.add(speakers.embeddings(train), speakers.cps(train), speakers.places(train));
    RidgeRegression.Fit fit = ridge.fit();
    return Arrays.stream(x).mapToDouble(fit::predict).toArray();
  }

  private static double mse(double[] cps, double[] predicted) {
    return IntStream.range(0, cps.length)
        .mapToDouble(i -> (predicted[i] - cps[i]) * (predicted[i] - cps[i]))
        .average()
        .orElseThrow();
  }

  private Row row(String name, List<Trial> trials, ToDoubleFunction<Trial> mse) {
    double[] own = trials.stream().mapToDouble(mse).toArray();
    double[] mean = trials.stream().mapToDouble(Trial::mean).toArray();
    double[] lessRidge = less(own, trials.stream().mapToDouble(Trial::ridge).toArray());
    double[] lessBoth = less(own, trials.stream().mapToDouble(Trial::ridgeWithDev).toArray());
    return new Row(
        name,
        Arrays.stream(own).average().orElseThrow(),
        Arrays.stream(own).sum() / Arrays.stream(mean).sum(),
        (int) Arrays.stream(less(own, mean)).filter(each -> each > 0).count(),
        difference(lessRidge),
        difference(lessBoth),
        (int) Arrays.stream(lessRidge).filter(each -> each < 0).count(),
        Arrays.stream(own).boxed().toList());
  }

  private static double[] less(double[] own, double[] other) {
    return IntStream.range(0, own.length).mapToDouble(i -> own[i] - other[i]).toArray();
  }

  /** The mean of the splits' differences, and of 10,000 draws of as many splits the middle 95 %. */
  private Difference difference(double[] differences) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] means =
        IntStream.range(0, ROUNDS)
            .mapToDouble(
                round ->
                    random
                        .ints(differences.length, 0, differences.length)
                        .mapToDouble(i -> differences[i])
                        .average()
                        .orElseThrow())
            .sorted()
            .toArray();
    return new Difference(
        Arrays.stream(differences).average().orElseThrow(),
        means[(int) (0.025 * ROUNDS)],
        means[(int) (0.975 * ROUNDS)]);
  }

  private void print(List<Row> rows, SpeakerGroups speakers, int train, int dev, int test) {
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("bench", "recipe");
      all.put("splits", splits);
      all.put("seed", seed);
      all.put("utterances", speakers.utterances());
      all.put("speakers", Map.of("train", train, "dev", dev, "leftOut", test));
      all.put("recipes", rows);
      bench.terminal().out().print(new String(Json.write(all), StandardCharsets.UTF_8));
      return;
    }
    PrintStream out = bench.terminal().out();
    out.printf(
        Locale.ROOT,
        "%d utterances of %d speakers, split %d times: %d train, %d dev, %d left out%n%n",
        speakers.utterances(),
        speakers.count(),
        splits,
        train,
        dev,
        test);
    int widest = rows.stream().mapToInt(row -> row.recipe().length()).max().orElseThrow() + 2;
    String format = "%-" + widest + "s%8s%10s%17s%26s%21s%n";
    out.printf(
        format,
        "MSE in (letters/s)²",
        "MSE",
        "/ mean's",
        "worse than mean",
        "less ridge's [95 %]",
        "better than ridge");
    for (Row row : rows) {
      Difference less = row.lessRidge();
      out.printf(
          format,
          row.recipe(),
          String.format(Locale.ROOT, "%.3f", row.mse()),
          String.format(Locale.ROOT, "%.3f", row.toMean()),
          row.worseThanMean(),
          String.format(Locale.ROOT, "%+.3f [%+.3f, %+.3f]", less.mean(), less.low(), less.high()),
          row.betterThanRidge());
    }
  }
}
