"""The Python way of some stages, timed for `speechrate bench`: prints one JSON object.

versions MODULES         of Python and these, joined by commas
headers ROOT SUBSET…     libsndfile's header read of every FLAC of these subsets below ROOT
decode ROOT FILES        full decoding of FILES of them: an ffmpeg process each, through pydub, where
                         ffmpeg is there (as the Python system does), else libsndfile's decoder
encoder HOW ROOT         resemblyzer: embed_utterance(preprocess_wav(file)) of every FLAC below ROOT, after the
                         first one. HOW is default (one after the other, torch's own threads) or pool (a process
                         for each core, each with one thread)
embeddings DIR ROUNDS    numpy: load the dict, an array a split
dataset DIR ROUNDS       numpy and pandas: load dict and labels, join by sample_id, arrays a split
training HOW DIR MODEL EPOCHS
                         torch: load and join, train 256-128-1, save the module, test MSE. HOW is
                         reference (a DataLoader that feeds a sample at a time) or optimised (tensors
                         indexed by a permutation, fused Adam)
evaluation HOW TABLE ROUNDS
                         numpy: metrics of three predictors with intervals over resampled speakers. HOW is
                         rounds (one after the other) or atonce (sums a speaker, weighted ranks)
predict HOW DIR ROUNDS   onnxruntime: x.npy through model.onnx, with the best of four batch sizes. HOW is default
                         (its own threads) or pool (one thread a batch, as many at once as cores)
make DIR N DIMENSION     writes the inputs of embeddings, dataset and training
"""

import json
import os
import sys
import time


def flacs(root, subsets=()):
    for folder, _, names in os.walk(root):
        if subsets and not set(subsets) & set(folder.split(os.sep)):
            continue
        for name in names:
            if name.lower().endswith(".flac"):
                yield os.path.join(folder, name)


def versions(names):
    import importlib
    import platform

    if "resemblyzer" in names:
        morphology()
    modules = {name: importlib.import_module(name) for name in names.split(",")}
    found = {name: module.__version__ for name, module in modules.items() if hasattr(module, "__version__")}
    if "soundfile" in modules:
        found["libsndfile"] = modules["soundfile"].__libsndfile_version__
    return {"python": platform.python_version(), **found}


def headers(root, *subsets):
    import soundfile

    began = time.perf_counter()
    lengths = [soundfile.info(path).duration for path in flacs(root, subsets)]
    return {"files": len(lengths), "seconds": time.perf_counter() - began}


def decode(root, files):
    import shutil

    paths = sorted(flacs(root))
    paths = paths[:: max(1, len(paths) // int(files))][: int(files)]
    if shutil.which("ffmpeg") and shutil.which("ffprobe"):
        way = "pydub, an ffmpeg process each"
        from pydub import AudioSegment

        def length(path):
            return len(AudioSegment.from_file(path)) / 1000
    else:
        way = "soundfile; no ffmpeg and ffprobe on the PATH, which take much longer"
        import soundfile

        def length(path):
            samples, rate = soundfile.read(path)
            return len(samples) / rate

    length(paths[0])
    began = time.perf_counter()
    audio = sum(length(path) for path in paths)
    seconds = time.perf_counter() - began
    return {"files": len(paths), "way": way, "seconds": seconds, "audioSeconds": audio}


def morphology():
    """Gives newer scipy back the name that resemblyzer 0.1.4 imports."""
    import types

    import scipy.ndimage

    module = types.ModuleType("scipy.ndimage.morphology")
    module.binary_dilation = scipy.ndimage.binary_dilation
    sys.modules["scipy.ndimage.morphology"] = module


def open_encoder(first, threads=None):
    """In this process; made ready by an utterance."""
    global embed
    morphology()
    import torch
    from resemblyzer import VoiceEncoder, preprocess_wav

    if threads:
        torch.set_num_threads(threads)
    voice = VoiceEncoder("cpu", verbose=False)

    def embed(path):
        return voice.embed_utterance(preprocess_wav(path))

    embed(first)
    return torch.get_num_threads()


def embed_one(path):
    return embed(path)


def encoder(how, root):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import Barrier

    paths = sorted(flacs(root))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if how == "pool":
        ready = Barrier(cores)
        with ProcessPoolExecutor(cores, initializer=join_pool, initargs=(paths[0], ready)) as pool:
            list(pool.map(meet, range(cores)))
            began = time.perf_counter()
            vectors = list(pool.map(embed_one, paths))
            seconds = time.perf_counter() - began
        threads = 1
    else:
        threads = open_encoder(paths[0])
        began = time.perf_counter()
        vectors = [embed(path) for path in paths]
        seconds = time.perf_counter() - began
    named = {os.path.basename(path): vector.tolist() for path, vector in zip(paths, vectors)}
    return {"seconds": seconds, "processes": cores if how == "pool" else 1, "threads": threads, "vectors": named}


def join_pool(first, barrier):
    global ready
    ready = barrier
    open_encoder(first, threads=1)


def meet(_):
    """Each process takes one of these, and ends it when all are there."""
    ready.wait()


def load(folder):
    import numpy as np

    return np.load(f"{folder}/embeddings_npy/numpy_embs.npy", allow_pickle=True).item()


def embeddings(folder):
    import numpy as np

    return {split: np.stack([row["embedding"] for row in rows]) for split, rows in load(folder).items()}


def dataset(folder):
    import numpy as np
    import pandas as pd

    arrays = {}
    for split, rows in load(folder).items():
        ids = [os.path.splitext(os.path.basename(row["file_path"]))[0] for row in rows]
        x = pd.DataFrame({"audio_id": ids, "row": range(len(rows))})
        labels = pd.read_csv(f"{folder}/processed/{split}_cps.csv")
        joined = labels.merge(x, on="audio_id", how="inner", validate="one_to_one")
        vectors = np.stack([row["embedding"] for row in rows])
        arrays[split] = vectors[joined["row"].to_numpy()], joined["cps"].to_numpy()
    return arrays


def rounds(work, folder, count):
    import numpy  # noqa: F401 imports are part of the process, not of a round
    import pandas  # noqa: F401

    seconds = []
    for _ in range(int(count)):
        began = time.perf_counter()
        work(folder)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


def training(how, folder, out, epochs):
    import numpy as np
    import pandas as pd
    import torch

    torch.set_num_threads(min(2, os.cpu_count() or 1))
    torch.manual_seed(0)
    everything = load(folder)

    def split(name):
        labels = pd.read_csv(f"{folder}/processed/{name}_cps.csv")
        # By audio_path where the labels have it, as the Python system joins, else by the file's name.
        paths = "audio_path" in labels
        cps = dict(zip(labels.audio_path if paths else labels.sample_id, labels.cps))
        keys = [row["file_path"] for row in everything[name]]
        if not paths:
            keys = [os.path.splitext(os.path.basename(key))[0] for key in keys]
        vectors = np.array([row["embedding"] for row in everything[name]], dtype=np.float32)
        return torch.tensor(vectors), torch.tensor([cps[key] for key in keys], dtype=torch.float32)

    x, y = split("train")
    model = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], 128), torch.nn.ReLU(), torch.nn.Linear(128, 1)
    )
    fused = {"fused": True} if how == "optimised" else {}
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-4, **fused)
    loss = torch.nn.MSELoss()

    def batches():
        if how == "reference":
            samples = torch.utils.data.TensorDataset(x, y)
            return torch.utils.data.DataLoader(samples, batch_size=32, shuffle=True)
        order = torch.randperm(len(y))
        return ((x[rows], y[rows]) for rows in order.split(32))

    seconds = []
    for _ in range(int(epochs)):
        began = time.perf_counter()
        for inputs, targets in batches():
            optimiser.zero_grad()
            loss(model(inputs).squeeze(1), targets).backward()
            optimiser.step()
        seconds.append(time.perf_counter() - began)
    torch.save(model, out)
    x, y = split("test")
    with torch.no_grad():
        mse = loss(model(x).squeeze(1), y).item()
    return {"epochSeconds": seconds, "testMse": mse}


def evaluation(how, table, rounds):
    import numpy as np
    import pandas as pd

    frame = pd.read_csv(table)
    speakers, y = pd.factorize(frame.speaker)[0], frame["true"].to_numpy()
    p = frame[["model", "mean", "ridge"]].to_numpy().T.copy()
    rng, rounds = np.random.default_rng(0), int(rounds)
    began = time.perf_counter()
    with np.errstate(all="ignore"):
        point = metrics(np, y, p)
        drawn = (by_rounds if how == "rounds" else at_once)(np, rng, rounds, speakers, y, p)
        values = np.concatenate([point, point[:1] - point[1:]])
        drawn = np.concatenate([drawn, drawn[:, :1] - drawn[:, 1:]], axis=1)
        low, high = np.nanpercentile(drawn[:, :, :4], [2.5, 97.5], axis=0)
        correlations = drawn[:, [0, 2, 4]][:, :, 4:]
        np.percentile(correlations, [2.5, 97.5], axis=0)
    seconds = time.perf_counter() - began
    interval = {"low": low[0, 0], "high": high[0, 0]}
    return {"seconds": [seconds], "mse": {"value": values[0, 0], "interval": interval}}


def midranks(np, values):
    order = values.argsort(kind="stable")
    ordered = values[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    bounds = np.r_[np.flatnonzero(first), len(values)]
    group = first.cumsum() - 1
    ranks = np.empty(len(values))
    ranks[order] = (bounds[group] + bounds[group + 1] + 1) / 2
    return ranks


def metrics(np, y, p):
    """Six of each predictor, [k, 6]; y is [n], p is [k, n]."""

    def correlation(a, b):
        a, b = a - a.mean(), b - b.mean(axis=1, keepdims=True)
        return b @ a / np.sqrt(a @ a * (b * b).sum(axis=1))

    error = p - y
    mse = (error * error).mean(axis=1)
    scatter = ((y - y.mean()) ** 2).mean()
    ranks = np.stack([midranks(np, each) for each in p])
    return np.stack(
        [
            mse,
            np.abs(error).mean(axis=1),
            np.sqrt(mse),
            1 - mse / scatter,
            correlation(y, p),
            correlation(midranks(np, y), ranks),
        ],
        axis=1,
    )


def by_rounds(np, rng, rounds, speakers, y, p):
    rows = [np.flatnonzero(speakers == each) for each in range(speakers.max() + 1)]
    drawn = np.empty((rounds, len(p), 6))
    for r in range(rounds):
        chosen = np.concatenate([rows[each] for each in rng.integers(0, len(rows), len(rows))])
        drawn[r] = metrics(np, y[chosen], p[:, chosen])
    return drawn


def at_once(np, rng, rounds, speakers, y, p):
    count = speakers.max() + 1
    chosen = rng.integers(0, count, (rounds, count)) + count * np.arange(rounds)[:, None]
    times = np.bincount(chosen.ravel(), minlength=rounds * count).reshape(rounds, count)

    def drawn_sum(values):
        return times @ np.bincount(speakers, weights=values, minlength=count)

    n = times @ np.bincount(speakers, minlength=count)
    label = y - y.mean()
    label_sum = drawn_sum(label)
    scatter = drawn_sum(label**2) - label_sum**2 / n
    drawn = np.empty((rounds, len(p), 6))
    for k, predicted in enumerate(p - y.mean()):
        error = predicted - label
        total = drawn_sum(predicted)
        own = drawn_sum(predicted**2) - total**2 / n
        squares = drawn_sum(error**2)
        drawn[:, k, 0] = squares / n
        drawn[:, k, 1] = drawn_sum(np.abs(error)) / n
        drawn[:, k, 2] = np.sqrt(squares / n)
        drawn[:, k, 3] = 1 - squares / scatter
        drawn[:, k, 4] = (drawn_sum(label * predicted) - label_sum * total / n) / np.sqrt(scatter * own)
    step = 100  # rounds whose ranks stay in the cache
    for begin in range(0, rounds, step):
        weights = times[begin : begin + step, speakers].astype(float)
        half = (weights.sum(axis=1, keepdims=True)) / 2

        def ranks(values):
            order = values.argsort(kind="stable")
            ordered = values[order]
            last = np.r_[np.flatnonzero(ordered[1:] != ordered[:-1]), len(values) - 1]
            ends = weights[:, order].cumsum(axis=1)[:, last]
            starts = np.concatenate([np.zeros((len(ends), 1)), ends[:, :-1]], axis=1)
            result = np.empty_like(weights)
            group = np.repeat(np.arange(len(last)), np.diff(np.r_[-1, last]))
            result[:, order] = ((starts + ends) / 2 - half)[:, group]
            return result

        labels = ranks(y)
        label_squares = (weights * labels * labels).sum(axis=1)
        for k, predicted in enumerate(p):
            own = ranks(predicted)
            product = (weights * labels * own).sum(axis=1)
            squares = (weights * own * own).sum(axis=1)
            drawn[begin : begin + step, k, 5] = product / np.sqrt(label_squares * squares)
    return drawn


def predict(how, folder, rounds):
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if how == "pool":
        options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    best = None
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        run_all = pool.map if how == "pool" else map
        for batch in (256, 1024, 8192, 65536):
            seconds = []
            for _ in range(int(rounds)):
                began = time.perf_counter()
                x = np.load(f"{folder}/x.npy", mmap_mode="r")
                parts = run_all(
                    lambda at: session.run(None, {name: x[at : at + batch]})[0],
                    range(0, len(x), batch),
                )
                cps = np.concatenate(list(parts))
                seconds.append(time.perf_counter() - began)
            if best is None or min(seconds) < min(best["seconds"]):
                best = {"batch": batch, "seconds": seconds, "mean": float(cps.mean(dtype=float))}
    return best


def make(out, n, dimension):
    """Labels are linear in the embedding, plus noise; speakers are disjoint between splits."""
    import csv

    import numpy as np

    n, dimension = int(n), int(dimension)
    dev, test = n * 2703 // 33862, n * 2620 // 33862
    rng = np.random.default_rng(0)
    w = rng.standard_normal(dimension) / np.sqrt(dimension)
    os.makedirs(f"{out}/embeddings_npy")
    os.makedirs(f"{out}/processed")
    everything, speaker = {}, 1000
    for split, rows in (("train", n - dev - test), ("dev", dev), ("test", test)):
        x = rng.standard_normal((rows, dimension)).astype(np.float32)
        cps = 11.87 + 0.8 * (x @ w) + 1.6 * rng.standard_normal(rows)
        everything[split] = []
        with open(f"{out}/processed/{split}_cps.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow("audio_path,text,cps,speaker_id,chapter_id,audio_id".split(","))
            for i in range(rows):
                speaker += i % 110 == 0
                name = f"{speaker}-{speaker * 7}-{i % 110:04d}"
                path = f"data/raw/{split}/LibriSpeech/{split}/{speaker}/{speaker * 7}/{name}.flac"
                table.writerow(
                    [path, "A MADE UP LINE, WITH A COMMA", float(cps[i]), speaker, speaker * 7, name]
                )
                everything[split].append({"file_path": path, "embedding": x[i], "label": speaker})
    np.save(f"{out}/embeddings_npy/numpy_embs.npy", np.array(everything, dtype=object))
    return {"rows": n}


def main(way, *arguments):
    if way in ("embeddings", "dataset"):
        return rounds(globals()[way], *arguments)
    return globals()[way](*arguments)


if __name__ == "__main__":
    try:
        print(json.dumps(main(*sys.argv[1:])))
    except ImportError as missing:
        sys.exit(f"{missing} in {sys.executable}")
