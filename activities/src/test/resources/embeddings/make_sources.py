"""Made the files beside it with numpy 2.4.6 and kaldiio: columns.npz, each.npz, vectors.ark, vectors.scp, text.ark."""

import kaldiio
import numpy as np

X = np.array([[1, 2], [3, 4], [5, 6]])
IDS = ["84-1-0000", "84-1-0001", "é-2"]

np.savez_compressed(
    "columns.npz", x=X.astype(np.float64), ids=np.array(IDS), split=np.array([b"train", b"dev", b""])
)
np.savez("each.npz", **{IDS[2]: X[2].astype(np.float16), IDS[0]: X[:1].astype(np.float32), IDS[1]: X[1] * 1.0})

vectors = {IDS[0]: X[0].astype(np.float32), IDS[1]: X[1].astype(np.float64), "b": X[2].astype(np.float32)}
with kaldiio.WriteHelper("ark,scp:vectors.ark,vectors.scp") as out:
    for name, vector in vectors.items():
        out(name, vector)
with kaldiio.WriteHelper("ark,t:text.ark") as out:
    for name, vector in vectors.items():
        out(name, vector)
