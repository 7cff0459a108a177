package org.speechrate.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.speechrate.pipeline.Refusal;
import org.speechrate.pipeline.embeddings.EmbeddingFacts;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec;
import org.speechrate.pipeline.embeddings.EmbeddingsSpec.Source;
import org.speechrate.stage.StageMonitor;
import org.speechrate.store.SourceHashes;
import org.speechrate.store.Workspace;

class KaldiEmbeddingsTest {
  @TempDir Path workspace;
  @TempDir Path output;

  private byte[] resource(String name) throws IOException {
    try (InputStream in = KaldiEmbeddingsTest.class.getResourceAsStream("/embeddings/" + name)) {
      return in.readAllBytes();
    }
  }

  private void put(String name, byte[] content) throws IOException {
    Files.createDirectories(workspace.resolve(name).getParent());
    Files.write(workspace.resolve(name), content);
  }

  /** One byte a character. */
  private void put(String name, String content) throws IOException {
    put(name, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private EmbeddingSource source(String path) throws IOException {
    return EmbeddingSource.of(
        new EmbeddingsSpec(Source.AUTO, Optional.of(path), Optional.empty()),
        Workspace.open(workspace, List.of()));
  }

  private EmbeddingFacts copy(String path) throws IOException {
    return source(path).copyTo(output, StageMonitor.silent());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(String path) {
    return assertThatThrownBy(() -> copy(path)).isInstanceOf(Refusal.class);
  }

  @Test
  void readsWhatKaldiioWrote() throws IOException {
    put("k/vectors.ark", resource("vectors.ark"));
    put("k/vectors.scp", resource("vectors.scp"));
    put("k/text.ark", resource("text.ark"));

    for (String name : List.of("k/vectors.ark", "k/vectors.scp", "k/text.ark")) {
      assertThat(copy(name)).isEqualTo(new EmbeddingFacts("kaldi", 3, 2));
      assertThat(Npy.values(output.resolve("x.npy"))).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(output.resolve("ids.csv"))
          .hasContent("sample_id,split,label\n84-1-0000,,\n84-1-0001,,\nb,,\n");
    }
  }

  @Test
  void readsAnScpInAnyOrderWithPathsFromTheWorkspace() throws IOException {
    put("k/vectors.ark", resource("vectors.ark"));
    put("s/v.scp", "z k/vectors.ark:66\ny k/vectors.ark:10\n");
    copy("s/v.scp");

    assertThat(Npy.values(output.resolve("x.npy"))).containsExactly(5, 6, 1, 2);
    assertThat(source("s/v.scp").inputs(new SourceHashes(output.resolve("h.json"))))
        .containsOnlyKeys("embeddings", "archive k/vectors.ark");
  }

  @Test
  void jumpsBetweenMoreArchivesThanStayOpen() throws IOException {
    StringBuilder scp = new StringBuilder();
    List<Float> expected = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      put("k/" + i + ".ark", "a [ 7 7 ]\nb [ " + i + " 2 ]\n");
      scp.append("b" + i + " " + i + ".ark:12\n");
      expected.addAll(List.of((float) i, 2f));
    }
    for (int i = 0; i < 40; i++) {
      scp.append("a" + i + " " + i + ".ark:2\n"); // backwards
      expected.addAll(List.of(7f, 7f));
    }
    put("k/v.scp", scp.toString());
    copy("k/v.scp");

    assertThat(Npy.values(output.resolve("x.npy"))).containsExactly(expected.toArray(Float[]::new));
  }

  @Test
  void refusesAnEmptyList() throws IOException {
    put("v.scp", "\n");

    refused("v.scp")
        .hasMessage(
            "embeddings.path \"v.scp\": must hold at least one embedding, it holds none; give one"
                + " for each utterance");
  }

  @Test
  void refusesMatrices() throws IOException {
    String cure = "; give one vector for each utterance, such as the mean of its frames";
    put("m.ark", "u \0BFM \4\1\0\0\0\4\1\0\0\0....");
    put("t.ark", "u  [\n  1 2\n  3 4 ]\n");

    refused("m.ark").hasMessage("embeddings.path \"m.ark\": u is a matrix" + cure);
    refused("t.ark").hasMessage("embeddings.path \"t.ark\": u is a matrix" + cure);
  }

  @Test
  void refusesWhatIsCutOffOrNoNumber() throws IOException {
    put("a.ark", "u \0BFV \4\2\0\0\0....");
    put("b.ark", "u [ 1 2");
    put("c.ark", "u [ 1 x ]\n");
    put("d.ark", "u [ 1 nan ]\n");
    put("e.ark", "u \0BFV \4\377\377\377\177");
    put("f.ark", "u [ 1 ]\nu [ 2 ]\n");

    refused("a.ark")
        .hasMessage("embeddings.path \"a.ark\": is cut off within u; copy the file again");
    refused("b.ark")
        .hasMessage("embeddings.path \"b.ark\": is cut off within u; copy the file again");
    refused("c.ark").hasMessage("embeddings.path \"c.ark\": u holds \"x\", which is no number");
    refused("d.ark")
        .hasMessage(
            "embeddings.path \"d.ark\": vector 0, counted from 0 (u): value 1 of its embedding is"
                + " NaN; compute it again, or leave its utterance out");
    refused("e.ark")
        .hasMessage(
            "embeddings.path \"e.ark\": u: says that an embedding has 2,147,483,647 values, at most"
                + " 1,048,576 are read");
    refused("f.ark")
        .hasFieldOrPropertyWithValue("kind", Refusal.Kind.DUPLICATE_ID)
        .hasMessageContaining("u is there twice: vector 0 and vector 1, counted from 0");
    put("g.ark", "u [ 1 1e300 ]\n");
    refused("g.ark")
        .hasMessageContaining("value 1 of its embedding is Infinity, or does not fit float32");
  }

  @Test
  void refusesLinesOfAnScpThatItMayNotFollow() throws IOException {
    put("vectors.ark", resource("vectors.ark"));
    put("a.scp", "u cat x.ark |\n");
    put("b.scp", "u ../../etc/passwd:0\n");
    put("c.scp", "u vectors.ark:900\n");
    put("d.scp", "u\n");
    put("z.scp", new byte[20_000]);
    refused("z.scp")
        .hasMessage(
            "embeddings.path \"z.scp\": is neither a Kaldi archive of vectors nor an scp: a line has"
                + " more than 16384 characters; give one");
    put("e.scp", "u vectors.ark:10[0:1]\n");

    refused("a.scp")
        .hasMessageContaining("line 1 names a command, which is not read: \"cat x.ark |");
    refused("b.scp").hasFieldOrPropertyWithValue("kind", Refusal.Kind.PATH_NOT_ALLOWED);
    refused("c.scp")
        .hasMessage(
            "embeddings.path \"c.scp\": vectors.ark: offset 900 of u is after its end, at 84; make"
                + " the scp again with its ark");
    refused("d.scp")
        .hasMessage(
            "embeddings.path \"d.scp\": line 1 must be \"<id> <archive>:<offset>\", is \"u\"");
    refused("e.scp").hasMessageContaining("line 1 names a range, which is not read");
  }
}
