package org.speechrate.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;

class RunTablesTest {
  @TempDir Path folder;

  @Test
  void metricsHaveOneRowPerSplitAndAnUndefinedR2IsMissing() {
    Table table = RunTables.metrics(FakeTrain.result("w", "r").evaluation());
    assertThat(table.columnNames())
        .containsExactly(
            "split", "n", "mse", "mse_low", "mse_high", "mae", "r2", "baseline_mse", "ridge_mse");
    assertThat(table.stringColumn("split").asList()).containsExactly("train", "dev", "test");
    assertThat(table.longColumn("n").get(2)).isEqualTo(48);
    assertThat(table.doubleColumn("mse").get(2)).isEqualTo(2.5);
    assertThat(table.doubleColumn("r2").isMissing(1)).isTrue();
    assertThat(table.doubleColumn("r2").get(2)).isEqualTo(0.375);
    assertThat(table.doubleColumn("baseline_mse").get(2)).isEqualTo(4.0);
    assertThat(table.doubleColumn("mse_low").isMissing(1)).isTrue();
    assertThat(table.doubleColumn("mse_low").get(2)).isEqualTo(2.0);
    assertThat(table.doubleColumn("mse_high").get(2)).isEqualTo(3.5);
    assertThat(table.doubleColumn("ridge_mse").get(2)).isEqualTo(2.75);
  }

  @Test
  void idsStayTextWhateverTheyLookLike() throws IOException {
    Table table =
        RunTables.predictions(
            file(
                "sample_id,split,speaker_id,true_cps,predicted_cps\n"
                    + "0012,test,007,10.5,11.25\n"
                    + "NA,test,,9,8\n"
                    + "\"a,\"\"b\"\"\",test,null,1e1,12\n"));
    ;
    assertThat(table.stringColumn("sample_id").asList()).containsExactly("0012", "NA", "a,\"b\"");
    assertThat(table.stringColumn("speaker_id").asList()).containsExactly("007", "", "null");
    assertThat(table.stringColumn("speaker_id").isMissing(1)).isTrue();
    assertThat(table.doubleColumn("true_cps").asDoubleArray()).containsExactly(10.5, 9, 10);
    assertThat(table.doubleColumn("predicted_cps").asDoubleArray()).containsExactly(11.25, 8, 12);
  }

  @Test
  void historyWithoutDevHasMissingLosses() throws IOException {
    Table table = RunTables.history(file("epoch,train_mse,dev_mse\n1,4.5,\n2,3.5,\n"));
    assertThat(table.column("epoch").type()).isEqualTo(ColumnType.INTEGER);
    assertThat(table.doubleColumn("train_mse").asDoubleArray()).containsExactly(4.5, 3.5);
    assertThat(table.doubleColumn("dev_mse").countMissing()).isEqualTo(2);
  }

  @Test
  void namesAnAbsentColumnAndTheOnesThatAreThere() throws IOException {
    Path file = file("epoch,loss\n1,2\n");
    assertThatThrownBy(() -> RunTables.history(file))
        .isInstanceOf(NotebookException.class)
        .hasMessageEndingWith("lacks the columns [train_mse, dev_mse]; it has [epoch, loss]");
  }

  @Test
  void aNumberThatIsNoneIsOneLine() throws IOException {
    Path file = file("epoch,train_mse,dev_mse\n1,many,2\n");
    assertThatThrownBy(() -> RunTables.history(file))
        .isInstanceOf(NotebookException.class)
        .hasMessageStartingWith("cannot read " + file)
        .hasMessageNotContaining("\n");
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("file.csv"), content);
  }
}
