package org.speechrate.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/speechrate} in a repository and with a PATH of the test's own. */
class LauncherTest {
  private static final List<String> SHELL_TOOLS =
      List.of(
          "bash",
          "env",
          "dirname",
          "readlink",
          "grep",
          "sed",
          "find",
          "head",
          "tail",
          "mkdir",
          "mv",
          "rm",
          "cat",
          "flock",
          "tput");

  @TempDir Path folder;
  private Path bin;
  private Path launcher;

  @BeforeEach
  void repository() throws Exception {
    launcher = folder.resolve("repo/deploy/speechrate");
    Files.createDirectories(launcher.getParent());
    Files.copy(Tools.repository().resolve("deploy/speechrate"), launcher);
    bin = Files.createDirectory(folder.resolve("bin"));
    for (String tool : SHELL_TOOLS) {
      Path found = Tools.onPath(tool).orElse(null);
      if (found != null) {
        Files.createSymbolicLink(bin.resolve(tool), found);
      }
    }
  }

  @Test
  void saysInOneLineWhichProgramIsMissing() throws Exception {
    assertMissing("java is missing");
    program("java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2");
    assertMissing("Java 17 or newer is needed, found: openjdk version \"11.0.2\"");
    program("java", "echo 'java version \"1.8.0_392\"' >&2");
    assertMissing("Java 17 or newer is needed, found: java version \"1.8.0_392\"");
    program("java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2");
    assertMissing("javac is missing");
    program("javac", "");
    assertMissing("mvn is missing");
    program("mvn", "");
    assertMissing("python3 is missing");
  }

  @Test
  void doctorTellsAllThatIsMissing() throws Exception {
    Result nothing = launch(launcher, "--workspace", "up", "doctor");
    assertThat(nothing.exit()).isEqualTo(Exit.MISSING);
    assertThat(nothing.err().lines().map(line -> line.substring(0, line.indexOf(" is missing"))))
        .containsExactly(
            "speechrate: java", "speechrate: javac", "speechrate: mvn", "speechrate: python3");
    assertThat(nothing.err().lines()).allMatch(line -> line.contains("install"));
    program("java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2");
    program("javac", "");
    program("mvn", "");
    Result some = launch(launcher, "doctor");
    assertThat(some.exit()).isEqualTo(Exit.MISSING);
    assertThat(some.err()).contains("Java 17 or newer is needed").contains("python3 is missing");
    assertThat(some.err().lines()).hasSize(2);
  }

  @Test
  void aFailedBuildShowsItsLastLinesAndWhereAllOfThemAre() throws Exception {
    allPrograms("echo compiler says no; exit 1");
    Result result = launch(launcher, "runs");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .contains("compiler says no")
        .contains("the build failed; all of its output: ")
        .contains(".tools/build.log");
  }

  @Test
  void buildsOnceAndAgainWhenASourceIsNewer() throws Exception {
    allPrograms(
        "echo built >> builds; mkdir -p deploy/target/classes; : > deploy/target/classpath");
    Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);
    assertThat(launch(link, "runs").err()).contains("building");
    assertThat(launch(launcher, "runs").err()).doesNotContain("building");
    assertThat(builds()).isEqualTo(1);

    Path source = folder.resolve("repo/deploy/src/main/New.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class New {}");
    Files.setLastModifiedTime(
        source, java.nio.file.attribute.FileTime.from(java.time.Instant.now().plusSeconds(60)));
    launch(launcher, "runs");
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void passesOnArgumentsAndTheExitCode() throws Exception {
    allPrograms("mkdir -p deploy/target/classes; : > deploy/target/classpath");
    program(
        "java",
        "case $1 in -version) echo 'openjdk version \"21\"' >&2;; *) echo \"$@\"; exit 2;; esac");
    Result result = launch(launcher, "train", "--set", "corpus.splits={\"train\": \"a b\"}");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.out())
        .contains("SpeechrateCommand train --set corpus.splits={\"train\": \"a b\"}")
        .contains("-Dai.djl.pytorch.num_threads=1");
  }

  @Test
  void verifyRunsMavenAfterTheToolsAndPassesItsExitCodeOn() throws Exception {
    allPrograms(
        "mkdir -p deploy/target/classes; : > deploy/target/classpath;"
            + " case \"$*\" in *verify*) echo tests ran: $*; exit 5;; esac");
    Result result = launch(launcher, "--verbose", "verify");
    assertThat(result.out()).contains("tests ran: -B verify -Dfuzz.seconds=15\n");
    assertThat(result.exit()).isEqualTo(5);
    assertThat(launch(launcher, "verify", "--fuzz-seconds", "60").out())
        .contains("-Dfuzz.seconds=60\n");
    assertThat(launch(launcher, "verify", "--fuzz-seconds=0").out())
        .contains("tests ran: -B verify\n");
    assertThat(launch(launcher, "verify", "--help").out()).doesNotContain("tests ran");
  }

  @Test
  void verifyTellsHowToKeepWhatFuzzingFound() throws Exception {
    String inputs = "src/test/resources/org/speechrate/table/CsvFuzzTestInputs/read";
    allPrograms(
        "mkdir -p deploy/target/classes; : > deploy/target/classpath; case \"$*\" in *verify*) mkdir"
            + " -p activities/target/fuzz/"
            + inputs
            + "; echo x > activities/target/fuzz/"
            + inputs
            + "/crash-1; exit 1;; esac");
    Result result = launch(launcher, "verify");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err().lines().filter(line -> line.contains("crash-1")))
        .containsExactly(
            "speechrate: fuzzing found activities/target/fuzz/"
                + inputs
                + "/crash-1; keep it as a test: cp activities/target/fuzz/"
                + inputs
                + "/crash-1 activities/"
                + inputs
                + "/WHAT-IT-SHOWS");
  }

  private long builds() throws IOException {
    try (var lines = Files.lines(folder.resolve("repo/builds"))) {
      return lines.count();
    }
  }

  private void allPrograms(String maven) throws IOException {
    program("java", "echo 'openjdk version \"17.0.15\"' >&2");
    program("javac", "");
    program("python3", "");
    program("mvn", maven);
  }

  private void program(String name, String script) throws IOException {
    Path file = Files.writeString(bin.resolve(name), "#!/usr/bin/env bash\n" + script + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private void assertMissing(String words) throws Exception {
    Result result = launch(launcher, "demo");
    assertThat(result.exit()).isEqualTo(Exit.MISSING);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).startsWith("speechrate: " + words).contains("install");
  }

  private record Result(int exit, String out, String err) {}

  private Result launch(Path program, String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("PATH", bin.toString());
    builder.environment().remove("JAVA_HOME");
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
