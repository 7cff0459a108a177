"""Makes the audio that AudioHeaderTest reads, and expected.csv beside it: file, sample rate, samples.

To be run in its folder. Needs PyPI's soundfile (libsndfile) and numpy, and Debian's ffmpeg and lame. The samples are those of
the tone that was encoded, or where the encoding itself adds some, those that ffmpeg decodes.
"""
import os
import struct
import subprocess

import numpy
import soundfile

RATE = 16000
rows = []


def tone(samples, rate=RATE):
    return (numpy.sin(numpy.arange(samples) * 2 * numpy.pi * 220 / rate) * 0.3).astype(numpy.float32)


def run(*command, **options):
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, **options)


def ffmpeg(*arguments):
    run("ffmpeg", "-y", "-nostdin", *arguments)


def decoded(name):
    """Samples that ffmpeg decodes, at the file's own rate."""
    raw = subprocess.run(
        ["ffmpeg", "-nostdin", "-i", name, "-f", "s16le", "-ac", "1", "-"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return len(raw) // 2


def expect(name, rate, samples):
    rows.append((name, rate, samples))
    try:
        info = soundfile.info(name)
        libsndfile = f"{info.frames} at {info.samplerate}"
    except Exception as e:
        libsndfile = str(e)[-40:]
    print(f"{name:28} {os.path.getsize(name):6} expected {samples:6} at {rate}; "
          f"ffmpeg {decoded(name)}; libsndfile {libsndfile}")


def patch(name, at, content):
    with open(name, "r+b") as file:
        file.seek(at)
        file.write(content)


def chunk(name, kind):
    return open(name, "rb").read().index(kind)


N = 1234
source = tone(N)
soundfile.write("source.wav", source, RATE, subtype="PCM_16")

for subtype in ["PCM_16", "PCM_U8", "FLOAT", "ULAW"]:
    name = f"{subtype.lower()}.wav"
    soundfile.write(name, source[:300], RATE, subtype=subtype)
    expect(name, RATE, 300)
for subtype in ["MS_ADPCM", "GSM610"]:
    name = f"{subtype.lower()}.wav"
    soundfile.write(name, source, RATE, subtype=subtype)
    expect(name, RATE, N)
soundfile.write("extensible.wav", numpy.stack([source[:300]] * 2, 1), RATE, format="WAVEX", subtype="PCM_24")
expect("extensible.wav", RATE, 300)
soundfile.write("rf64.wav", source[:300], RATE, format="RF64", subtype="PCM_16")
expect("rf64.wav", RATE, 300)
with open("stream.wav", "wb") as out:
    run("ffmpeg", "-nostdin", "-i", "source.wav", "-f", "wav", "-", stdout=out)
expect("stream.wav", RATE, N)
with open("crashed.wav", "wb") as out:
    out.write(open("pcm_16.wav", "rb").read())
patch("crashed.wav", 4, struct.pack("<I", 0))
patch("crashed.wav", chunk("crashed.wav", b"data") + 4, struct.pack("<I", 0))
expect("crashed.wav", RATE, 300)

soundfile.write("tone.flac", source, RATE)
expect("tone.flac", RATE, N)
# Noise, so that there are several frames of 4096 samples; an encoder that writes to a pipe cannot
# go back to its header.
noise = (numpy.random.default_rng(0).integers(-1, 2, 9000)).astype(numpy.int16)
soundfile.write("noise.wav", noise, RATE, subtype="PCM_16")
with open("stream.flac", "wb") as out:
    run("ffmpeg", "-nostdin", "-i", "noise.wav", "-metadata_header_padding", "0", "-f", "flac", "-", stdout=out)
expect("stream.flac", RATE, 9000)
with open("stereo24.flac", "wb") as out:
    run("ffmpeg", "-nostdin", "-i", "extensible.wav", "-c:a", "flac", "-sample_fmt", "s32", "-metadata_header_padding", "0", "-f", "flac", "-", stdout=out)
expect("stereo24.flac", RATE, 300)

run("lame", "--quiet", "-b", "48", "source.wav", "lame.mp3")
expect("lame.mp3", RATE, N)
run("lame", "--quiet", "-V", "9", "--add-id3v2", "--tt", "t", "source.wav", "vbr.mp3")
expect("vbr.mp3", RATE, N)
ffmpeg("-i", "source.wav", "-ar", "44100", "-b:a", "32k", "ffmpeg44100.mp3")
expect("ffmpeg44100.mp3", 44100, decoded("ffmpeg44100.mp3"))
run("lame", "--quiet", "-t", "-b", "16", "source.wav", "uncounted.mp3")
expect("uncounted.mp3", RATE, decoded("uncounted.mp3"))
ffmpeg("-i", "source.wav", "-b:a", "16k", "-write_id3v1", "1", "-metadata", "title=t", "tags.mp3")
expect("tags.mp3", RATE, N)
ffmpeg("-i", "source.wav", "-c:a", "mp2", "-b:a", "32k", "-f", "mp2", "layer2.mp3")
expect("layer2.mp3", RATE, decoded("layer2.mp3"))
soundfile.write("libsndfile.mp3", source, RATE)
expect("libsndfile.mp3", RATE, N)

soundfile.write("vorbis.ogg", source, RATE, format="OGG", subtype="VORBIS")
expect("vorbis.ogg", RATE, N)
soundfile.write("opus.opus", source, RATE, format="OGG", subtype="OPUS")
expect("opus.opus", 48000, N * 3)
ffmpeg("-i", "source.wav", "-c:a", "libopus", "-b:a", "8k", "ffmpeg.opus")
expect("ffmpeg.opus", 48000, N * 3)
ffmpeg("-i", "source.wav", "-c:a", "libvorbis", "-q:a", "0", "ffmpeg.ogg")
expect("ffmpeg.ogg", RATE, N)

for name in ["source.wav", "noise.wav"]:
    os.remove(name)
with open("expected.csv", "w") as file:
    file.write("file,rate,samples\n")
    for row in rows:
        file.write(",".join(map(str, row)) + "\n")
