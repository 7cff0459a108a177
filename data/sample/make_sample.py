#!/usr/bin/env python3
"""Makes the bundled sample data: a small synthetic corpus in LibriSpeech's layout and its embeddings.

What it writes (below --out, by default the folder of this script):

  corpus/<subset>/LibriSpeech/<subset>/<speaker>/<chapter>/<speaker>-<chapter>-<nnnn>.flac
  corpus/<subset>/LibriSpeech/<subset>/<speaker>/<chapter>/<speaker>-<chapter>.trans.txt
  embeddings_npy/numpy_embs.npy   {"train"|"dev"|"test": [{"file_path", "embedding", "label"}, ...]}
  speakers.tsv                    how each made-up speaker was set up
  SHA256SUMS                      of every FLAC and transcript (check: sha256sum -c SHA256SUMS)

Recipe. 24 speakers (ids 9001 to 9024, outside LibriSpeech's range), 11 utterances each. Everything is
drawn from one seed before any model sees the audio:
  * split: the speakers are shuffled; the first 16 are train, the next 4 dev, the last 4 test;
  * voice: an espeak-ng English accent and a voice variant, no pair used twice, and a pitch;
  * speed: in each split, the speakers' mean speeds are the midpoints of equal parts of 130..260
    words/min, handed out in shuffled order; an utterance is at its speaker's mean plus a uniform
    draw of -35..35. Voice, pitch and text know nothing of the speed;
  * text: sentences of 5 to 9 words composed from the word lists below, none used twice.
Audio: espeak-ng's 22.05 kHz WAV, resampled to 16 kHz, 16 bit mono FLAC; nothing is trimmed.
Embeddings: resemblyzer's VoiceEncoder.embed_utterance(preprocess_wav(file)), on the CPU.

Set-up that works (Debian 12; Debian's torch spares the CUDA wheels of PyPI's):

  apt-get install espeak-ng python3-torch python3-venv
  /usr/bin/python3 -m venv --system-site-packages venv && . venv/bin/activate
  pip install "numpy<2" scipy soundfile librosa webrtcvad-wheels && pip install --no-deps resemblyzer
  python data/sample/make_sample.py --check

Made with espeak-ng 1.51, torch 1.13.0, numpy 1.26.4, scipy 1.17.1, soundfile 0.14.0 (libsndfile 1.2.2),
librosa 0.11.0, resemblyzer 0.1.4. The same versions give the same transcripts and the same FLAC bytes;
other versions of espeak-ng or libsndfile may not. Embeddings may differ in the last digits.
"""
import argparse
import hashlib
import random
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import scipy.io.wavfile
import scipy.signal
import soundfile

RATE = 16000
UTTERANCES_PER_SPEAKER = 11
SLOWEST, FASTEST, SPREAD = 130.0, 260.0, 35.0  # words per minute
SPLITS = [("train", "train-clean-100", 16), ("dev", "dev-clean", 4), ("test", "test-clean", 4)]
STORED_AS = "data/sample"  # file_path in the embeddings is relative to the repository's root

ACCENTS = ["en-us", "en-us-nyc", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029"]
VARIANTS = ["f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]

PEOPLE = ["the baker", "the gardener", "my neighbour", "the teacher", "our captain", "the old painter", "her cousin",
          "the young farmer", "the librarian", "his uncle", "the carpenter", "a quiet traveller", "the doctor",
          "their grandmother", "the shepherd", "the new pilot"]
PLURALS = ["the children", "my friends", "the sailors", "two brothers", "the students", "seven dancers", "the nurses",
           "our guests", "the villagers", "a dozen runners"]
DID = ["found", "carried", "painted", "repaired", "borrowed", "admired", "forgot", "described", "cleaned", "hid",
       "measured", "sold", "noticed", "wrapped"]
DO = ["find", "carry", "paint", "repair", "borrow", "remember", "describe", "clean", "measure", "sell", "move", "bring"]
ADJECTIVES = ["wooden", "yellow", "heavy", "broken", "silver", "little", "ancient", "striped", "dusty", "beautiful",
              "comfortable", "narrow", "polished", "familiar", "enormous", "green"]
THINGS = ["table", "lantern", "bicycle", "basket", "umbrella", "clock", "letter", "violin", "blanket", "teapot",
          "ladder", "mirror", "suitcase", "kite", "photograph", "telescope", "button", "map"]
MANY = ["apples", "candles", "feathers", "postcards", "potatoes", "ribbons", "lemons", "stamps", "notebooks", "pebbles",
        "tomatoes", "boxes"]
NUMBERS = ["three", "four", "five", "six", "nine", "eleven", "fifteen", "twenty one", "thirty", "forty two", "eighty",
           "a hundred"]
PLACES = ["near the river", "behind the station", "in the kitchen", "under the bridge", "at the market",
          "across the valley", "beside the chapel", "on the island", "outside the theatre", "in the attic",
          "along the harbour", "by the window"]
TIMES = ["this morning", "before breakfast", "last winter", "after the storm", "every Sunday", "on Thursday",
         "at midnight", "during the holiday", "a week ago", "in the afternoon"]
PAST_TIMES = [t for t in TIMES if t != "every Sunday"]
WENT = ["walked slowly", "waited patiently", "sang together", "laughed loudly", "rested", "worked", "played cards",
        "gathered quietly", "argued", "danced"]
WEATHER = ["cloudy", "wonderfully warm", "terribly cold", "foggy", "too windy", "calm", "unusually bright"]
STAYED = ["stayed at home", "went for a swim", "lit the fire", "opened every window", "took the early train",
          "drank hot chocolate", "shared an orange"]
CANNOT = ["can't", "won't", "couldn't", "didn't", "wouldn't", "shouldn't"]


def sentence(rng):
    """One sentence of 5 to 9 words, in ordinary spelling, without the final stop."""
    c = rng.choice
    templates = [
        lambda: f"{c(PEOPLE)} {c(DID)} the {c(ADJECTIVES)} {c(THINGS)} {c(PLACES)}",
        lambda: f"{c(PEOPLE)} {c(DID)} {c(NUMBERS)} {c(MANY)} {c(PAST_TIMES)}",
        lambda: f"{c(PLURALS)} {c(WENT)} {c(PLACES)} {c(PAST_TIMES)}",
        lambda: f"{c(PEOPLE)} {c(CANNOT)} {c(DO)} the {c(ADJECTIVES)} {c(THINGS)}",
        lambda: f"it was {c(WEATHER)} so {c(PLURALS)} {c(STAYED)}",
        lambda: f"I've {c(['never', 'always', 'often'])} wanted to {c(DO)} {c(PEOPLE)}'s {c(THINGS)}",
        lambda: f"{c(PEOPLE)}'s {c(THINGS)} was {c(['left', 'lost', 'kept', 'seen'])} {c(PLACES)}",
        lambda: f"there are {c(NUMBERS)} {c(ADJECTIVES)} {c(MANY)} {c(PLACES)}",
        lambda: f"please {c(DO)} the {c(MANY)} and the {c(ADJECTIVES)} {c(THINGS)}",
        lambda: f"{c(['where', 'when', 'why', 'how'])} did {c(PEOPLE)} {c(DO)} the {c(THINGS)}",
        lambda: f"{c(PLURALS)} {c(WENT)} {c(PAST_TIMES)}",
        lambda: f"{c(PEOPLE)} {c(DID)} {c(NUMBERS)} {c(MANY)}",
        lambda: f"we'll {c(DO)} {c(NUMBERS)} {c(MANY)} for {c(PLURALS)}",
        lambda: f"{c(PLURALS)} {c(CANNOT)} {c(DO)} {c(NUMBERS)} {c(MANY)} {c(['today', 'alone', 'again', 'either'])}",
    ]
    while True:
        text = c(templates)()
        if 5 <= len(text.split()) <= 9:
            return text[0].upper() + text[1:]


def plan(seed):
    """All speakers and utterances, drawn from the seed alone."""
    rng = random.Random(seed)
    ids = [str(9001 + i) for i in range(sum(n for _, _, n in SPLITS))]
    rng.shuffle(ids)
    pairs = [(a, v) for a in ACCENTS for v in VARIANTS]
    rng.shuffle(pairs)
    speakers = []
    for split, subset, count in SPLITS:
        speeds = [SLOWEST + (FASTEST - SLOWEST) * (i + 0.5) / count for i in range(count)]
        rng.shuffle(speeds)
        for speed in speeds:
            accent, variant = pairs.pop()
            speakers.append(dict(speaker=ids.pop(), split=split, subset=subset, voice=f"{accent}+{variant}",
                                 pitch=rng.randint(25, 75), mean_wpm=speed, chapters=rng.randint(1, 2)))
    speakers.sort(key=lambda s: s["speaker"])
    seen = set()
    for s in speakers:
        s["utterances"] = []
        first = UTTERANCES_PER_SPEAKER if s["chapters"] == 1 else (UTTERANCES_PER_SPEAKER + 1) // 2
        for i in range(UTTERANCES_PER_SPEAKER):
            text = sentence(rng)
            while text in seen:
                text = sentence(rng)
            seen.add(text)
            chapter, number = (1, i) if i < first else (2, i - first)
            s["utterances"].append(dict(chapter=chapter, id=f"{s['speaker']}-{chapter}-{number:04d}", text=text,
                                        wpm=round(s["mean_wpm"] + rng.uniform(-SPREAD, SPREAD))))
    return speakers


def folder_of(speaker, utterance):
    subset = speaker["subset"]
    return Path("corpus", subset, "LibriSpeech", subset, speaker["speaker"], str(utterance["chapter"]))


def speak(out, speaker, utterance):
    """One utterance as FLAC; returns its number of samples."""
    with tempfile.TemporaryDirectory() as tmp:
        wav = Path(tmp, "speech.wav")  # not --stdout, whose WAV header is broken
        subprocess.run(["espeak-ng", "-v", speaker["voice"], "-p", str(speaker["pitch"]), "-s", str(utterance["wpm"]),
                        "-a", "90", "-w", str(wav), utterance["text"] + "."], check=True)
        rate, samples = scipy.io.wavfile.read(wav)
    common = np.gcd(rate, RATE)
    samples = scipy.signal.resample_poly(samples.astype(np.float64), RATE // common, rate // common,
                                         window=("kaiser", 8.0))
    samples = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    soundfile.write(out / folder_of(speaker, utterance) / (utterance["id"] + ".flac"), samples, RATE,
                    format="FLAC", subtype="PCM_16", compression_level=1.0)
    return len(samples)


def make_corpus(out, speakers, jobs):
    for name in ("corpus", "embeddings_npy"):
        shutil.rmtree(out / name, ignore_errors=True)
    todo = [(s, u) for s in speakers for u in s["utterances"]]
    for s, u in todo:
        (out / folder_of(s, u)).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        for (s, u), samples in zip(todo, pool.map(lambda su: speak(out, *su), todo)):
            u["samples"] = samples
    transcripts = {}
    for s, u in todo:
        path = folder_of(s, u) / f"{s['speaker']}-{u['chapter']}.trans.txt"
        transcripts.setdefault(path, []).append(f"{u['id']} {u['text'].upper()}\n")
    for path, lines in transcripts.items():
        (out / path).write_bytes("".join(lines).encode("ascii"))
    rows = ["speaker\tsplit\tsubset\tvoice\tpitch\tmean_wpm\tchapters\tutterances\tseconds\n"]
    for s in speakers:
        seconds = sum(u["samples"] for u in s["utterances"]) / RATE
        rows.append(f"{s['speaker']}\t{s['split']}\t{s['subset']}\t{s['voice']}\t{s['pitch']}\t{s['mean_wpm']:.2f}\t"
                    f"{s['chapters']}\t{len(s['utterances'])}\t{seconds:.2f}\n")
    (out / "speakers.tsv").write_bytes("".join(rows).encode("ascii"))
    files = sorted(p for p in (out / "corpus").rglob("*") if p.is_file())
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(out).as_posix()}\n" for p in files]
    (out / "SHA256SUMS").write_bytes("".join(sums).encode("ascii"))


def make_embeddings(out, speakers):
    import torch
    from resemblyzer import VoiceEncoder, preprocess_wav
    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    data = {split: [] for split, _, _ in SPLITS}
    for s in speakers:
        for u in s["utterances"]:
            path = folder_of(s, u) / (u["id"] + ".flac")
            embedding = np.array(encoder.embed_utterance(preprocess_wav(out / path)), dtype=np.float32)
            assert embedding.shape == (256,) and np.isfinite(embedding).all()
            data[s["split"]].append({"file_path": f"{STORED_AS}/{path.as_posix()}", "embedding": embedding,
                                     "label": s["speaker"]})
    (out / "embeddings_npy").mkdir(exist_ok=True)
    np.save(out / "embeddings_npy" / "numpy_embs.npy", np.array(data, dtype=object))


def ridge(x, y, alpha):
    """Ridge regression with a free intercept; returns a predictor."""
    mx, my = x.mean(0), y.mean()
    w = np.linalg.solve((x - mx).T @ (x - mx) + alpha * np.eye(x.shape[1]), (x - mx).T @ (y - my))
    return lambda z: (z - mx) @ w + my


def check(out):
    """Counts, and whether a ridge on the embeddings beats the mean; reads only the files written."""
    data = np.load(out / "embeddings_npy" / "numpy_embs.npy", allow_pickle=True).item()
    sets = {}
    for split, subset, _ in SPLITS:
        x, y, who, seconds, words = [], [], [], [], []
        for item in data[split]:
            path = out / Path(item["file_path"]).relative_to(STORED_AS)
            chapter = "-".join(path.stem.split("-")[:2])
            lines = (path.parent / f"{chapter}.trans.txt").read_text().splitlines()
            text = dict(line.split(" ", 1) for line in lines)[path.stem]
            info = soundfile.info(path)
            assert (info.samplerate, info.channels, info.subtype) == (RATE, 1, "PCM_16")
            x.append(item["embedding"].astype(np.float64))
            y.append(sum(map(str.isalnum, text)) / (info.frames / RATE))
            who.append(item["label"])
            seconds.append(info.frames / RATE)
            words.append(len(text.split()))
        x, y, who = np.array(x), np.array(y), np.array(who)
        sets[split] = x, y, who
        print(f"{split:5s} {len(y):3d} utterances, {len(set(who)):2d} speakers, {sum(seconds):6.1f} s "
              f"({min(seconds):.2f}..{max(seconds):.2f}), {min(words)}..{max(words)} words, "
              f"cps mean {y.mean():.2f}, {y.min():.2f}..{y.max():.2f}, sd {y.std():.2f}")
    x, y, who = sets["train"]
    error = {}
    for alpha in 10.0 ** np.arange(-3, 2.01, 0.5):  # chosen on train only, leaving one speaker out at a time
        left_out = [ridge(x[who != s], y[who != s], alpha)(x[who == s]) - y[who == s] for s in np.unique(who)]
        error[alpha] = np.mean(np.concatenate(left_out) ** 2)
    alpha = min(error, key=error.get)
    predict = ridge(x, y, alpha)
    print(f"ridge alpha {alpha:.4g}, leave-one-speaker-out MSE on train {error[alpha]:.3f}")
    for split, (sx, sy, _) in sets.items():
        mse, mean = np.mean((predict(sx) - sy) ** 2), np.mean((y.mean() - sy) ** 2)
        print(f"{split:5s} ridge MSE {mse:6.3f}  train-mean MSE {mean:6.3f}  R2 {1 - mse / sy.var():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write below")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--jobs", type=int, default=1, help="espeak-ng processes at a time")
    parser.add_argument("--no-embeddings", action="store_true", help="make the corpus only")
    parser.add_argument("--check", action="store_true", help="print counts and the ridge figures at the end")
    parser.add_argument("--only-check", action="store_true", help="make nothing, print the figures of what is there")
    args = parser.parse_args()
    if not args.only_check:
        speakers = plan(args.seed)
        make_corpus(args.out, speakers, args.jobs)
        if not args.no_embeddings:
            make_embeddings(args.out, speakers)
    if args.only_check or args.check and not args.no_embeddings:
        check(args.out)


if __name__ == "__main__":
    main()
