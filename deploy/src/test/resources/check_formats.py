"""Opens a version's model in one ecosystem, and prints by how much it differs from what is expected.

python check_formats.py onnx|safetensors|torch VERSION X EXPECTED [REGRESSION_MODEL]

VERSION: the version's folder; X: an .npy of embeddings (n, d); EXPECTED: n letters per second, one a
line; REGRESSION_MODEL: what publishing.alsoWrite wrote.
"""

import json
import math
import sys
import types
from pathlib import Path

import numpy as np

kind, version, x, expected = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
x = np.load(x)
expected = np.loadtxt(expected)
assert x.dtype == np.float32 and x.shape[0] == len(expected)
metadata = {}
difference = {}


def compare(name, cps):
    cps = np.asarray(cps, dtype=np.float64)
    assert cps.shape == (len(expected), 1), cps.shape
    difference[name] = float(np.abs(cps[:, 0] - expected).max())


def by_hand(w, activation):
    """The network from named weights, in float32."""
    h = x
    count = sum(name.startswith("fc") for name in w) // 2
    for k in range(1, count + 1):
        h = h @ w[f"fc{k}.weight"].T + w[f"fc{k}.bias"]
        if k < count and activation == "relu":
            h = np.maximum(h, 0)
        elif k < count and activation == "tanh":
            h = np.tanh(h)
        elif k < count:
            h = h * 0.5 * (1 + np.vectorize(math.erf, otypes=[np.float32])(h / math.sqrt(2)))
    return h + x @ w["linear.weight"].T if "linear.weight" in w else h


def activation():
    with open(version / "model.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return header["__metadata__"].get("activation", "relu")


if kind == "onnx":
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(version / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape) == ("embeddings", "tensor(float)", ["n", x.shape[1]])
    assert (made.name, made.shape) == ("cps", ["n", 1])
    compare("model.onnx", session.run(["cps"], {"embeddings": x})[0])
    one = session.run(["cps"], {"embeddings": x[:1]})[0]  # another batch
    assert abs(one[0, 0] - expected[0]) < 1e-5
    assert session.get_modelmeta().custom_metadata_map["activation"] == activation()
elif kind == "safetensors":
    from safetensors.numpy import load_file

    compare("model.safetensors", by_hand(load_file(version / "model.safetensors"), activation()))
elif kind == "torch":
    import io

    import torch

    model = torch.load(version / "model.pt", **({"weights_only": False} if torch.__version__ >= "2" else {}))
    assert type(model) is torch.nn.Sequential and not model.training
    given = torch.from_numpy(x)
    with torch.no_grad():
        compare("model.pt", model(given).numpy())
    # As any other module: saved again, trained, shown.
    again = io.BytesIO()
    torch.save(model, again)
    model.train()(given[:2]).sum().backward()
    assert all(each.grad is not None for each in model.parameters()), model

    state = torch.load(version / "state_dict.pt", weights_only=True)
    compare("state_dict.pt", by_hand({k: v.numpy() for k, v in state.items()}, activation()))

    if len(sys.argv) > 5:
        # The Python system's class, and what its evaluation script does with the file.
        class ProbingCls(torch.nn.Module):
            def __init__(self, input_dim=256, hidden_dim=128):
                super().__init__()
                self.fc1 = torch.nn.Linear(input_dim, hidden_dim)
                self.relu = torch.nn.ReLU()
                self.fc2 = torch.nn.Linear(hidden_dim, 1)

            def forward(self, x):
                return self.fc2(self.relu(self.fc1(x)))

        sys.modules["models"] = types.ModuleType("models")
        sys.modules["models.probing_model"] = types.ModuleType("models.probing_model")
        sys.modules["models.probing_model"].ProbingCls = ProbingCls
        python = torch.load(sys.argv[5], **({"weights_only": False} if torch.__version__ >= "2" else {}))
        python.eval()
        assert isinstance(python, ProbingCls)
        with torch.no_grad():
            compare("regression_model.pt", python(given).numpy())
print(json.dumps(difference))
