package org.speechrate.labels;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.Workspace;

/** The CSV of labels. */
class GivenLabelsFuzzTest {
  @TempDir static Path folder;
  private static Workspace workspace;
  private static Path given;

  @BeforeAll
  static void makeWorkspace() throws IOException {
    workspace = Workspace.open(folder, List.of());
    given = Files.createDirectory(folder.resolve("given"));
    Files.writeString(given.resolve("dev_cps.csv"), "sample_id,cps\nd,10\n");
    Files.writeString(given.resolve("test_cps.csv"), "sample_id,cps\nt,12\n");
  }

  static Stream<byte[]> seeds() {
    return Stream.of(
            "audio_path,text,cps,speaker_id,chapter_id,audio_id\nr/84-1-0000.flac,GO,12.5,84,1,0\n",
            "sample_id,cps,age\na,1e1,7\nb,.5,\n",
            "sample_id,cps\na,nan\nb,-1\nc,1e999\nd,10\n,10\n",
            "\uFEFF,sample_id,cps,cps\n",
            "sample_id,cps\n\"a\n\",10\n\"b",
            "cps\n1\n",
            "sample_id,cps\n\u2028\u202e,x\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Files.write(given.resolve("train_cps.csv"), content);
    Hostile.read(
        "train_cps.csv",
        () -> GivenLabels.in("given", workspace).copyTo(folder, StageMonitor.silent()));
  }
}
