package org.speechrate.corpus;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.speechrate.fuzz.Hostile;
import org.speechrate.table.Problems;

class TranscriptFuzzTest {
  static Stream<byte[]> seeds() {
    return Stream.of(
            "84-1-0000 GO\n84-1-0001 DO YOU HEAR\r\n",
            "\357\273\277a B\n\n  \n",
            "a\nb C\nb D\n",
            "a \377\376 B\n",
            "\342\200\250 \342\200\256\n\0 \0",
            "a B\rc D\n")
        .map(Hostile::bytes);
  }

  @MethodSource("seeds")
  @FuzzTest
  void read(byte[] content) throws Exception {
    Hostile.read(
        "t.trans.txt",
        () -> {
          Problems problems = new Problems();
          Transcript.parse(content, "t.trans.txt", problems);
          problems.refuseIfAny("corpus.root");
        });
  }
}
