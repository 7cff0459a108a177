#!/usr/bin/env python3
"""Writes the .npy files of NumpyDictTest beside this script: real pickles by a real numpy.

usage: make_fixtures.py

Run once with numpy 1.26.4 and once with numpy 2 (2.4.6 wrote what is here); each writes the files of its major version:
numpy<major>-protocol<0..5>.npy   the dict below in a 0-d object array, by that pickle protocol
numpy<major>-saved.npy            the same in an array of shape (1,), by np.save itself
and numpy 2 also malicious-system.npy and malicious-eval.npy, which would run code if anything executed them.
"""
import io, os, pickle
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MAJOR = np.__version__.split(".")[0]


def item(path, embedding, label):
    return {"file_path": path, "embedding": embedding, "label": label}


DICT = {
    "train": [
        item("raw/train/84/1/84-1-0000.flac", np.array([1, 2, 3], "<f4"), 84),
        item("raw\\train\\84\\1\\84-1-0001.flac", np.array([[0.5, -0.25, 4]], "<f8"), "eighty-four"),
    ],
    "dev": [item(np.str_("raw/dev/é/174-1-0000.flac"), np.array([1.5, 65504, -2], "<f2"), np.int64(174))],
    "test": [item("raw/test/61/1/61-1-0000.flac", np.array([0, -1, 0.125], ">f4"), np.str_("sixty-one"))],
}


class Runs:
    def __init__(self, function, argument):
        self.call = (function, (argument,))

    def __reduce__(self):
        return self.call


def write(name, array, protocol):
    with open(os.path.join(HERE, name), "wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(pickle.dumps(array, protocol=protocol))


for protocol in range(6):
    write(f"numpy{MAJOR}-protocol{protocol}.npy", np.array(DICT, dtype=object), protocol)
one = np.empty(1, dtype=object)
one[0] = DICT
np.save(os.path.join(HERE, f"numpy{MAJOR}-saved.npy"), one)
if MAJOR == "2":
    write("malicious-system.npy", np.array({"train": [Runs(os.system, "touch executed")]}, dtype=object), 4)
    write("malicious-eval.npy", np.array({"train": [Runs(eval, "open('executed', 'w')")]}, dtype=object), 0)
