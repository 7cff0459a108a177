"""The Python way of some stages, timed for `speechrate bench`: prints one JSON object.

versions MODULES         of Python and these, joined by commas
headers ROOT SUBSET…     libsndfile's header read of every FLAC of these subsets below ROOT
decode ROOT FILES        full decoding of FILES of them: an ffmpeg process each, through pydub, where
                         ffmpeg is there (as the Python system does), else libsndfile's decoder
embeddings DIR ROUNDS    numpy: load the dict, an array a split
dataset DIR ROUNDS       numpy and pandas: load dict and labels, join by sample_id, arrays a split
training HOW DIR MODEL EPOCHS
                         torch: load and join, train 256-128-1, save the module, test MSE. HOW is
                         reference (a DataLoader that feeds a sample at a time) or optimised (tensors
                         indexed by a permutation, fused Adam)
make DIR N DIMENSION     writes the inputs of the three above
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
