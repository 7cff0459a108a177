"""Makes the .pt files beside it, with PyTorch 2.15 (CPU): python make_torch.py

Weights are those of TorchFiles.java: value i of fc<k>.weight is (7 i mod 11 - 5) / 8, of fc<k>.bias
(3 i mod 5 - 2) / 4, of linear.weight (i + 1) / 16.
"""

import collections
import json
import os
import sys
import types
from pathlib import Path

import torch

HERE = Path(__file__).parent
X = [[0.5, -1.0, 2.0], [-0.25, 0.75, -1.5], [3.0, 0.0, 1.0]]


def fill(linear):
    w, b = linear.weight.data, linear.bias.data
    w.copy_(((7 * torch.arange(w.numel())) % 11 - 5).reshape(w.shape) / 8)
    b.copy_(((3 * torch.arange(b.numel())) % 5 - 2) / 4)
    return linear


def sequential(activation):
    return torch.nn.Sequential(
        fill(torch.nn.Linear(3, 2)), activation, fill(torch.nn.Linear(2, 1))
    ).eval()


# The Python system's class, where its pickles look for it.
class ProbingCls(torch.nn.Module):
    def __init__(self, d=3, hidden=2):
        super().__init__()
        self.fc1 = fill(torch.nn.Linear(d, hidden))
        self.relu = torch.nn.ReLU()
        self.fc2 = fill(torch.nn.Linear(hidden, 1))

    def forward(self, x):
        return self.fc2(self.relu(self.fc1(x)))


ProbingCls.__module__ = "models.probing_model"
sys.modules["models"] = types.ModuleType("models")
sys.modules["models.probing_model"] = types.ModuleType("models.probing_model")
sys.modules["models.probing_model"].ProbingCls = ProbingCls


class Evil:
    def __reduce__(self):
        return os.system, ("touch executed",)


def save(what, name, **options):
    torch.save(what, HERE / name, **options)


expected = {}
for word, activation in [
    ("relu", torch.nn.ReLU()),
    ("gelu", torch.nn.GELU()),
    ("tanh", torch.nn.Tanh()),
]:
    model = sequential(activation)
    save(model, f"sequential-{word}.pt")
    expected[word] = model.double()(torch.tensor(X, dtype=torch.float64))[:, 0].tolist()

probing = ProbingCls().eval()
save(probing, "probing.pt")
state = probing.state_dict()
save({name: state[name] for name in sorted(state)}, "state_dict.pt")
save(state, "ordered_state_dict.pt")  # as torch.save(model.state_dict()) has it
save(sequential(torch.nn.ReLU()).state_dict(), "numbered_state_dict.pt")
save(probing, "old.pt", _use_new_zipfile_serialization=False)

# What a GPU would leave, without one: only the place that is named differs.
location_tag = torch.serialization.location_tag
torch.serialization.location_tag = lambda storage: "cuda:0"
save(probing, "probing-cuda.pt")
torch.serialization.location_tag = location_tag

save(ProbingCls().double(), "probing-float64.pt")
save(ProbingCls().half(), "probing-float16.pt")
save(ProbingCls().bfloat16(), "probing-bfloat16.pt")
transposed = collections.OrderedDict(state)
transposed["fc1.weight"] = state["fc1.weight"].t().contiguous().t()  # strides (1, 2)
save(transposed, "transposed.pt")
save({"fc1.weight": state["fc1.weight"], "epoch": 3}, "checkpoint.pt")
save({"fc1.weight": Evil()}, "malicious.pt")
save(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Sigmoid()), "sigmoid.pt")
save(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1)), "no_activation.pt")
save(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()), "no_output.pt")
save(
    torch.nn.Sequential(
        torch.nn.Linear(3, 2), torch.nn.GELU(approximate="tanh"), torch.nn.Linear(2, 1)
    ),
    "approximate.pt",
)
torch.jit.script(sequential(torch.nn.ReLU())).save(str(HERE / "torchscript.pt"))
(HERE / "expected.json").write_text(json.dumps({"x": X, **expected}, indent=1) + "\n")
