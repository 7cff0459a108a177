package org.speechrate.notebook;

import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Function;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.speechrate.pipeline.RunResult;
import org.speechrate.pipeline.predict.PredictResult;
import org.speechrate.pipeline.probe.ProbeResult;
import org.speechrate.pipeline.sweep.SweepResult;
import tech.tablesaw.api.Table;

/**
 * What the Java kernel loads when it finds this module on its class path: imports, {@code sr}, and
 * pictures and tables instead of {@code toString()}.
 */
public final class SpeechrateExtension implements Extension {
  private static final String PRELUDE =
      """
      import org.speechrate.notebook.*;
      import org.speechrate.pipeline.*;
      import org.speechrate.pipeline.corpus.CorpusSpec.*;
      import org.speechrate.pipeline.dataset.DatasetSpec.*;
      import org.speechrate.pipeline.embeddings.EmbeddingsSpec.*;
      import org.speechrate.pipeline.predict.PredictResult;
      import org.speechrate.pipeline.probe.ProbeResult;
      import org.speechrate.pipeline.publishing.PublishingSpec.*;
      import org.speechrate.pipeline.sweep.SweepResult;
      import org.speechrate.pipeline.training.Recipe;
      import org.speechrate.pipeline.training.TrainingSpec.*;
      import static tech.tablesaw.aggregate.AggregateFunctions.*;
      import tech.tablesaw.api.*;
      Speechrate sr = SpeechrateExtension.client();
      """;

  /** What JupyterLab draws with the extension that plotly brings along. */
  static final MIMEType PLOTLY = new MIMEType("application", "vnd", "plotly.v1", "json");

  @Override
  public void install(BaseKernel kernel) {
    register(kernel.getRenderer());
    kernel.evalRaw(PRELUDE);
  }

  /** Made by the kernel as {@code sr}; it connects when it is first used. */
  public static Speechrate client() {
    return new Speechrate(
        Path.of(""), System.getenv(), () -> new DisplayLine(BaseKernel.notebookKernel()));
  }

  static void register(Renderer renderer) {
    register(renderer, Table.class, MIMEType.TEXT_HTML, TableHtml::of, Table::print);
    renderer
        .createRegistration(Chart.class)
        .preferring(PLOTLY, MIMEType.IMAGE_SVG, MIMEType.TEXT_PLAIN)
        .register(
            (chart, context) -> {
              context.renderIfRequested(PLOTLY, chart::plotly);
              context.renderIfRequested(MIMEType.IMAGE_SVG, chart::svg);
              context.renderIfRequested(MIMEType.TEXT_PLAIN, chart::altText);
            });
    register(renderer, RunResult.class, MIMEType.TEXT_HTML, RunHtml::of, RunHtml::textOf);
    register(renderer, SweepResult.class, MIMEType.TEXT_HTML, RunHtml::of, SweepResult::verdict);
    register(renderer, ProbeResult.class, MIMEType.TEXT_HTML, RunHtml::of, ProbeResult::verdict);
    register(
        renderer, PredictResult.class, MIMEType.TEXT_HTML, RunHtml::of, PredictResult::sentence);
    register(renderer, Comparison.class, MIMEType.TEXT_HTML, RunHtml::of, Comparison::verdict);
    register(renderer, Embeddings.class, MIMEType.TEXT_HTML, RunHtml::of, Object::toString);
    register(renderer, NotebookRun.class, MIMEType.TEXT_HTML, RunHtml::of, Object::toString);
  }

  private static <T> void register(
      Renderer renderer,
      Class<T> type,
      MIMEType richType,
      Function<T, String> rich,
      Function<T, String> plain) {
    renderer
        .createRegistration(type)
        .preferring(richType, MIMEType.TEXT_PLAIN)
        .register(
            (value, context) -> {
              context.renderIfRequested(richType, () -> rich.apply(value));
              context.renderIfRequested(MIMEType.TEXT_PLAIN, () -> plain.apply(value));
            });
  }

  /** One output of the cell that is replaced again and again; a saved notebook keeps the last. */
  private static final class DisplayLine implements ProgressLine {
    private final BaseKernel kernel;
    private final String id = UUID.randomUUID().toString();
    private boolean shown;

    DisplayLine(BaseKernel kernel) {
      this.kernel = kernel;
    }

    @Override
    public void show(String text) {
      DisplayData data = new DisplayData(text);
      if (shown) {
        kernel.getIO().display.updateDisplay(id, data);
      } else {
        // DisplayData.setDisplayId has another return type in each version of the kernel.
        data.putTransientData("display_id", id);
        kernel.display(data);
        shown = true;
      }
    }
  }
}
