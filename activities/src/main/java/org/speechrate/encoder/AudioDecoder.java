package org.speechrate.encoder;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swresample;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.speechrate.corpus.AudioHeader;
import org.speechrate.pipeline.Refusal;

/**
 * The samples of an audio file, by FFmpeg's libraries: all channels averaged, resampled, full scale
 * 1. Takes what the corpus takes, told by its content: FLAC, WAV, MP3, Ogg Vorbis and Ogg Opus.
 */
final class AudioDecoder implements AutoCloseable {
  /** FFmpeg would try hundreds, some of which open other files. */
  private static final String FORMATS = "flac,wav,mp3,ogg";

  /** Below this rate there is no speech to hear, and a small file could become a huge one. */
  private static final int LOWEST_RATE_HZ = 4_000;

  /**
   * A lossy file's decoded length may differ from what its header tells by some frames, as it
   * begins and ends with samples that are none of the recording.
   */
  private static final double LOSSY_TOLERANCE_SECONDS = 0.1;

  /** Errors that FFmpeg hands on from the operating system, as negative numbers, lie below. */
  private static final int MOST_OF_SYSTEM = 1000;

  /** ENOMEM, ENFILE and EMFILE: what is short now may be there later. */
  private static final Set<Integer> SHORTAGES = Set.of(12, 23, 24);

  static {
    avutil.av_log_set_level(avutil.AV_LOG_QUIET);
  }

  private final Path file;
  private final AudioHeader header;
  private final int targetHz;
  private final AVFormatContext container = new AVFormatContext(null);
  private final AVPacket packet = avcodec.av_packet_alloc();
  private final AVFrame frame = avutil.av_frame_alloc();
  private final SwrContext resampler = new SwrContext();
  private final PointerPointer<Pointer> planes = new PointerPointer<>(1);
  private FloatPointer converted = new FloatPointer(0);
  private AVCodecContext decoder = new AVCodecContext(null);
  private int stream;
  private boolean lossless;
  private int rateHz;
  private int channels;
  private int format;
  private long decoded;
  private float[] samples;
  private int size;

  private AudioDecoder(Path file, AudioHeader header, int targetHz) {
    this.file = file;
    this.header = header;
    this.targetHz = targetHz;
    this.samples = new float[Math.toIntExact(atTarget(header.totalSamples()))];
  }

  /**
   * @param header of the file; bounds what is held in memory
   * @param targetHz the rate to resample to
   * @return mono
   * @throws Refusal if it cannot be decoded up to the end that its header tells; the message
   *     continues the file's name
   */
  static float[] decode(Path file, AudioHeader header, int targetHz) throws IOException {
    if (header.sampleRateHz() < LOWEST_RATE_HZ) {
      throw broken(
          String.format(
              Locale.ROOT,
              "has %,d samples per second, too few for speech; at least %,d are needed",
              header.sampleRateHz(),
              LOWEST_RATE_HZ));
    }
    try (AudioDecoder decoder = new AudioDecoder(file, header, targetHz)) {
      decoder.open();
      decoder.decode();
      return decoder.samples();
    }
  }

  private void open() throws IOException {
    AVDictionary options = new AVDictionary(null);
    try (BytePointer url =
        new BytePointer("file:" + file.toAbsolutePath(), StandardCharsets.UTF_8)) {
      avutil.av_dict_set(options, "format_whitelist", FORMATS, 0);
      avutil.av_dict_set(options, "protocol_whitelist", "file", 0);
      require(avformat.avformat_open_input(container, url, null, options), "cannot be opened");
    } finally {
      avutil.av_dict_free(options);
    }
    stream = findAudio();
    if (stream < 0 || container.streams(stream).codecpar().sample_rate() == 0) {
      // Only where the header does not tell, as this decodes the begin once more.
      require(
          avformat.avformat_find_stream_info(container, (PointerPointer<?>) null),
          "cannot be decoded");
      stream = findAudio();
    }
    require(stream, "holds no audio");
    AVStream audio = container.streams(stream);
    int id = audio.codecpar().codec_id();
    boolean pcm = id >= avcodec.AV_CODEC_ID_FIRST_AUDIO && id < avcodec.AV_CODEC_ID_ADPCM_IMA_QT;
    lossless = pcm || id == avcodec.AV_CODEC_ID_FLAC;
    AVCodec codec = avcodec.avcodec_find_decoder(id);
    if (codec == null) {
      throw broken("has an encoding that is not known here; convert it to FLAC");
    }
    decoder = avcodec.avcodec_alloc_context3(codec);
    require(avcodec.avcodec_parameters_to_context(decoder, audio.codecpar()), "cannot be decoded");
    decoder.pkt_timebase(audio.time_base());
    if (lossless) {
      decoder.err_recognition(avcodec.AV_EF_CRCCHECK | avcodec.AV_EF_EXPLODE);
    }
    decoder.thread_count(1);
    require(avcodec.avcodec_open2(decoder, codec, (PointerPointer<?>) null), "cannot be decoded");
  }

  private int findAudio() {
    return avformat.av_find_best_stream(
        container, avutil.AVMEDIA_TYPE_AUDIO, -1, -1, (PointerPointer<?>) null, 0);
  }

  private void decode() throws IOException {
    int read = avformat.av_read_frame(container, packet);
    while (read >= 0) {
      try {
        if (packet.stream_index() == stream) {
          send(packet);
        }
      } finally {
        avcodec.av_packet_unref(packet);
      }
      read = avformat.av_read_frame(container, packet);
    }
    if (read != avutil.AVERROR_EOF()) {
      require(read, where());
    }
    send(null);
    if (channels != 0) {
      convert(null, 0);
    }
    long missing = header.totalSamples() - decoded;
    if (missing > tolerance(header.sampleRateHz())) {
      throw broken(
          String.format(
              Locale.ROOT,
              "is cut off or damaged: %.2f of the %.2f s that its header tells can be decoded",
              decoded / (double) header.sampleRateHz(),
              header.seconds()));
    }
  }

  /**
   * @param next null at the end
   */
  private void send(AVPacket next) throws IOException {
    int sent = avcodec.avcodec_send_packet(decoder, next);
    if (sent < 0 && lossless) {
      require(sent, where());
    }
    int received = avcodec.avcodec_receive_frame(decoder, frame);
    while (received >= 0) {
      take();
      received = avcodec.avcodec_receive_frame(decoder, frame);
    }
    // Players skip what is damaged in a lossy file; where much is, its length tells.
    if (lossless && received == avutil.AVERROR_INVALIDDATA()) {
      require(received, where());
    }
  }

  private void take() throws IOException {
    int frameChannels = frame.ch_layout().nb_channels();
    if (channels == 0) {
      rateHz = frame.sample_rate();
      channels = frameChannels;
      format = frame.format();
      openResampler();
    } else if (frame.sample_rate() != rateHz
        || frameChannels != channels
        || frame.format() != format) {
      throw broken("changes its sample rate or its channels inside; convert it to FLAC");
    }
    decoded += frame.nb_samples();
    convert(frame, frame.nb_samples());
  }

  private void openResampler() throws IOException {
    if (rateHz != header.sampleRateHz()) {
      throw broken(
          String.format(
              Locale.ROOT,
              "has %,d samples per second, its header tells %,d",
              rateHz,
              header.sampleRateHz()));
    }
    double[] equal = new double[channels];
    Arrays.fill(equal, 1.0 / channels);
    try (AVChannelLayout mono = new AVChannelLayout();
        AVChannelLayout in = new AVChannelLayout();
        DoublePointer mix = new DoublePointer(equal)) {
      avutil.av_channel_layout_default(mono, 1);
      // By their number alone: all count alike, wherever their loudspeakers stand.
      avutil.av_channel_layout_default(in, channels);
      require(
          swresample.swr_alloc_set_opts2(
              resampler, mono, avutil.AV_SAMPLE_FMT_FLT, targetHz, in, format, rateHz, 0, null),
          "cannot be resampled");
      require(swresample.swr_set_matrix(resampler, mix, channels), "cannot be mixed down");
      require(swresample.swr_init(resampler), "cannot be resampled");
    }
  }

  /**
   * @param from null for what the resampler still holds
   */
  private void convert(AVFrame from, int count) throws IOException {
    int most = swresample.swr_get_out_samples(resampler, count);
    require(most, "cannot be resampled");
    if (converted.capacity() < most) {
      converted.close();
      converted = new FloatPointer(most);
    }
    planes.put(0, converted);
    int made =
        swresample.swr_convert(
            resampler, planes, most, from == null ? null : from.extended_data(), count);
    require(made, "cannot be resampled");
    long length = size + (long) made;
    if (length > samples.length) {
      if (length > atTarget(header.totalSamples()) + tolerance(targetHz) + 1) {
        throw broken(
            String.format(
                Locale.ROOT,
                "is damaged: it holds more than the %.2f s that its header tells",
                header.seconds()));
      }
      samples = Arrays.copyOf(samples, (int) length);
    }
    converted.get(samples, size, made);
    size = (int) length;
  }

  private float[] samples() {
    return size == samples.length ? samples : Arrays.copyOf(samples, size);
  }

  private long atTarget(long count) {
    return (long) Math.ceil(count * (double) targetHz / header.sampleRateHz());
  }

  private long tolerance(int hz) {
    return lossless ? 0 : (long) (LOSSY_TOLERANCE_SECONDS * hz);
  }

  private String where() {
    return String.format(
        Locale.ROOT, "is damaged at %.2f s", decoded / (double) header.sampleRateHz());
  }

  /** Lets a result pass that is no error. */
  private void require(int result, String problem) throws IOException {
    if (result >= 0) {
      return;
    }
    byte[] text = new byte[avutil.AV_ERROR_MAX_STRING_SIZE];
    avutil.av_strerror(result, text, text.length);
    String reason = new String(text, StandardCharsets.UTF_8).replaceAll("\0.*", "");
    String told = problem + " (FFmpeg: " + reason + ")";
    // What is no matter of the file's content may be better next time.
    if (SHORTAGES.contains(-result)) {
      throw new IOException(told);
    }
    if (-result < MOST_OF_SYSTEM) {
      // FFmpeg says some of damaged files too; where it is the disk's, or the file is gone, Java
      // meets it as well.
      try (InputStream in = Files.newInputStream(file)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    throw broken(told);
  }

  private static Refusal broken(String problem) {
    return new Refusal(Refusal.Kind.BAD_FORMAT, problem);
  }

  @Override
  public void close() {
    swresample.swr_free(resampler);
    avcodec.avcodec_free_context(decoder);
    avutil.av_frame_free(frame);
    avcodec.av_packet_free(packet);
    avformat.avformat_close_input(container);
    planes.close();
    converted.close();
  }
}
