package org.speechrate.deploy.bench;

import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A corpus in LibriSpeech's layout whose audio is silence: 16 kHz mono FLACs of LibriSpeech's
 * lengths, some hundred bytes each, which any decoder decodes.
 */
final class SilentCorpus {
  /** Of LibriSpeech's train-clean-100, dev-clean and test-clean together. */
  static final int LIBRISPEECH_FILES = 33_862;

  private static final int DEV_FILES = 2_703;
  private static final int TEST_FILES = 2_620;

  static final int FEWEST_FILES = 20;

  private static final int CHAPTER_FILES = 50;
  private static final int SPEAKER_CHAPTERS = 2;
  private static final int RATE_HZ = 16_000;
  private static final double SHORTEST_SECONDS = 1;
  private static final double LONGEST_SECONDS = 35;
  private static final double SECONDS_PER_WORD = 0.36;
  private static final List<String> WORDS =
      List.of("A", "OF", "THE", "THAT", "HOUSE", "EVENING", "SOMETHING", "DON'T", "NEVERTHELESS");

  /** As libFLAC chooses it at this rate. */
  private static final int BLOCK = 4096;

  private final SplittableRandom random = new SplittableRandom(0);

  /** Of the samples hashed so far; a FLAC's header holds the MD5 of its audio. */
  private final MessageDigest md5 = digest();

  private int hashedSamples;

  /** Writes train-clean-100, dev-clean and test-clean with this many files together. */
  void write(Path root, int files) throws IOException {
    int dev = Math.max(1, (int) ((long) files * DEV_FILES / LIBRISPEECH_FILES));
    int test = Math.max(1, (int) ((long) files * TEST_FILES / LIBRISPEECH_FILES));
    int[] samples = random.doubles(files).mapToInt(this::samples).toArray();
    byte[][] hashes = md5s(samples);
    for (int i = 0; i < files; ) {
      int end = i < dev ? dev : i < dev + test ? dev + test : files;
      end = Math.min(end, i + CHAPTER_FILES);
      String subset = StageProcess.SUBSETS.get(i < dev ? "dev" : i < dev + test ? "test" : "train");
      // A chapter's number is that of its first file, so no two are the same.
      int part = i < dev ? 0 : i < dev + test ? 1 : 2;
      int speaker = 1000 * (part + 1) + i / (CHAPTER_FILES * SPEAKER_CHAPTERS);
      writeChapter(
          root.resolve(subset).resolve(Integer.toString(speaker)).resolve(Integer.toString(i)),
          speaker + "-" + i,
          Arrays.copyOfRange(samples, i, end),
          Arrays.copyOfRange(hashes, i, end));
      i = end;
    }
  }

  /** Two thirds between 12 and 17 s, as utterances of LibriSpeech were cut. */
  private int samples(double uniform) {
    double seconds =
        uniform < 0.65
            ? 12 + 5 * uniform / 0.65
            : SHORTEST_SECONDS
                + Math.pow((uniform - 0.65) / 0.35, 1.6) * (LONGEST_SECONDS - SHORTEST_SECONDS);
    return (int) (seconds * RATE_HZ);
  }

  private void writeChapter(Path folder, String name, int[] samples, byte[][] hashes)
      throws IOException {
    Files.createDirectories(folder);
    try (BufferedWriter transcript = Files.newBufferedWriter(folder.resolve(name + ".trans.txt"))) {
      for (int i = 0; i < samples.length; i++) {
        String id = String.format("%s-%04d", name, i);
        Files.write(folder.resolve(id + ".flac"), flac(samples[i], hashes[i]));
        transcript.write(id);
        for (double at = 0; at < samples[i]; at += SECONDS_PER_WORD * RATE_HZ) {
          transcript.write(" " + WORDS.get(random.nextInt(WORDS.size())));
        }
        transcript.write('\n');
      }
    }
  }

  /** Of 16-bit zeros; the shortest first, so that each sample is hashed once. */
  private byte[][] md5s(int[] samples) {
    byte[][] hashes = new byte[samples.length][];
    IntStream.range(0, samples.length)
        .boxed()
        .sorted(Comparator.comparing(i -> samples[i]))
        .forEach(
            i -> {
              md5.update(new byte[(samples[i] - hashedSamples) * Short.BYTES]);
              hashedSamples = samples[i];
              try {
                hashes[i] = ((MessageDigest) md5.clone()).digest();
              } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("the JDK's MD5 can be cloned", e);
              }
            });
    return hashes;
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  /** RFC 9639: STREAMINFO, then frames of one constant subframe each. */
  static byte[] flac(int samples, byte[] md5) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer info =
        ByteBuffer.allocate(42)
            .put("fLaC".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
            .putInt(0x80000000 | 34) // the last block of metadata, 34 bytes
            .putShort((short) BLOCK)
            .putShort((short) BLOCK)
            .put(new byte[6]) // sizes of frames: unknown
            .putLong((long) RATE_HZ << 44 | 15L << 36 | samples) // mono, 16 bits
            .put(md5);
    out.writeBytes(info.array());
    for (int i = 0, left = samples; left > 0; i++, left -= BLOCK) {
      out.writeBytes(frame(i, Math.min(left, BLOCK)));
    }
    return out.toByteArray();
  }

  private static byte[] frame(int number, int samples) {
    // Size of the block: 4096 has a code, any other follows the number in 16 bits.
    boolean whole = samples == BLOCK;
    ByteBuffer frame = ByteBuffer.allocate(20);
    frame.putShort((short) 0xFFF8).put((byte) (whole ? 0xC5 : 0x75)).put((byte) 0x08);
    frame.put(utf8(number));
    if (!whole) {
      frame.putShort((short) (samples - 1));
    }
    frame.put((byte) crc(frame, 8, 0x07));
    frame.put((byte) 0).putShort((short) 0); // constant, 0
    frame.putShort((short) crc(frame, 16, 0x8005));
    return Arrays.copyOf(frame.array(), frame.position());
  }

  /** FLAC counts frames in the code of UTF-8. */
  private static byte[] utf8(int number) {
    return Character.toString(number).getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private static int crc(ByteBuffer bytes, int bits, int polynomial) {
    int crc = 0;
    int top = 1 << (bits - 1);
    for (int i = 0; i < bytes.position(); i++) {
      crc ^= (bytes.get(i) & 0xFF) << (bits - 8);
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & top) == 0 ? crc << 1 : crc << 1 ^ polynomial;
      }
      crc &= (top << 1) - 1;
    }
    return crc;
  }
}
