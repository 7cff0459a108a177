package org.speechrate.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.speechrate.encoder.Encoding;
import org.speechrate.encoder.UtteranceEncoder;
import org.speechrate.pipeline.Refusal;
import org.speechrate.store.Json;

/** The process in which a bench encodes audio; prints seconds, those of the audio, and vectors. */
final class EncoderProcess {
  private EncoderProcess() {}

  /**
   * @param args folder of the encoder; folder of FLACs
   */
  public static void main(String[] args) {
    try (UtteranceEncoder encoder = UtteranceEncoder.open(Path.of(args[0]), false);
        Stream<Path> walk = Files.walk(Path.of(args[1]))) {
      List<Path> files = walk.filter(EncoderProcess::isFlac).sorted().toList();
      if (files.isEmpty()) {
        throw new IOException("there is no .flac in " + args[1]);
      }
      encoder.encode(files.get(0));
      System.out.write(Json.write(encode(encoder, files)));
      System.out.flush();
    } catch (Refusal | IOException | ExecutionException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static boolean isFlac(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".flac");
  }

  private static Map<String, Object> encode(UtteranceEncoder encoder, List<Path> files)
      throws ExecutionException, InterruptedException {
    ExecutorService cores =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      long began = System.nanoTime();
      List<Future<Encoding>> running = new ArrayList<>();
      for (Path file : files) {
        running.add(cores.submit(() -> encoder.encode(file)));
      }
      Map<String, float[]> vectors = new TreeMap<>();
      double audioSeconds = 0;
      for (int i = 0; i < files.size(); i++) {
        Encoding encoding = running.get(i).get();
        audioSeconds += encoding.seconds();
        if (encoding instanceof Encoding.Vector vector) {
          vectors.put(files.get(i).getFileName().toString(), vector.values());
        }
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      return Map.of("seconds", seconds, "audioSeconds", audioSeconds, "vectors", vectors);
    } finally {
      cores.shutdownNow();
    }
  }
}
