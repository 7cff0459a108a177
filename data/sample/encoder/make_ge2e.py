"""Makes ge2e.onnx: the GE2E speaker encoder that the PyPI package Resemblyzer ships, as an ONNX graph.

    pip download --no-deps Resemblyzer==0.1.4
    python data/sample/encoder/make_ge2e.py Resemblyzer-0.1.4-py3-none-any.whl [ge2e.onnx]

needs torch, to open the weights, and onnx, onnxruntime and numpy; made with torch 1.13.0, onnx 1.23.2 and
numpy 1.26.4. Weights are copied, not trained: three LSTM layers of 256 units, a linear layer, ReLU, and division
by the Euclidean length. The script ends by comparing the graph with torch's own layers on random input.

Resemblyzer is Copyright 2019 Resemble.AI, Apache-2.0; see NOTICE.
"""

import io
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

BINS, UNITS, LAYERS = 40, 256, 3
OPSET = 14


def reordered(gates):
    """torch's input, forget, cell, output gates in ONNX's order: input, output, forget, cell."""
    i, f, c, o = np.split(gates, 4)
    return np.concatenate([i, o, f, c])


def graph(weights):
    constants, nodes = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind, inputs, outputs, **attributes):
        nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs[0]

    direction = constant("direction", np.array([1], np.int64))
    x = node("Transpose", ["mels"], ["frames_first"], perm=[1, 0, 2])
    for layer in range(LAYERS):
        part = {k: reordered(weights[f"lstm.{k}_l{layer}"]) for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        y, last = f"y{layer}", f"last{layer}"
        node(
            "LSTM",
            [
                x,
                constant(f"w{layer}", part["weight_ih"][None]),
                constant(f"r{layer}", part["weight_hh"][None]),
                constant(f"b{layer}", np.concatenate([part["bias_ih"], part["bias_hh"]])[None]),
            ],
            ["", last] if layer == LAYERS - 1 else [y],
            hidden_size=UNITS,
        )
        if layer < LAYERS - 1:
            x = node("Squeeze", [y, direction], [f"x{layer + 1}"])
    hidden = node("Squeeze", [last, constant("first", np.array([0], np.int64))], ["hidden"])
    linear = node(
        "Gemm",
        [hidden, constant("linear_w", weights["linear.weight"]), constant("linear_b", weights["linear.bias"])],
        ["linear"],
        transB=1,
    )
    raw = node("Relu", [linear], ["raw"])
    length = node("ReduceL2", [raw], ["length"], axes=[1], keepdims=1)
    # A window in which no unit is active has length 0.
    divisor = node("Max", [length, constant("least", np.array([1e-12], np.float32))], ["divisor"])
    node("Div", [raw, divisor], ["embeds"])

    made = helper.make_model(
        helper.make_graph(
            nodes,
            "ge2e",
            [helper.make_tensor_value_info("mels", TensorProto.FLOAT, ["batch", "frames", BINS])],
            [helper.make_tensor_value_info("embeds", TensorProto.FLOAT, ["batch", UNITS])],
            constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="make_ge2e.py",
        doc_string="GE2E speaker encoder of Resemblyzer 0.1.4, Copyright 2019 Resemble.AI, Apache-2.0",
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def compare(path, state):
    """The largest difference to torch's layers."""
    lstm = torch.nn.LSTM(BINS, UNITS, LAYERS, batch_first=True)
    linear = torch.nn.Linear(UNITS, UNITS)
    lstm.load_state_dict({k[5:]: v for k, v in state.items() if k.startswith("lstm.")})
    linear.load_state_dict({k[7:]: v for k, v in state.items() if k.startswith("linear.")})
    mels = torch.rand(5, 160, BINS, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        raw = torch.relu(linear(lstm(mels)[1][0][-1]))
        wanted = (raw / torch.norm(raw, dim=1, keepdim=True)).numpy()
    got = onnxruntime.InferenceSession(path).run(["embeds"], {"mels": mels.numpy()})[0]
    return np.abs(got - wanted).max()


def main(wheel, path="data/sample/encoder/ge2e.onnx"):
    with zipfile.ZipFile(wheel) as archive:
        state = torch.load(io.BytesIO(archive.read("resemblyzer/pretrained.pt")), map_location="cpu")["model_state"]
    onnx.save(graph({k: v.numpy() for k, v in state.items()}), path)
    difference = compare(path, state)
    print(f"{path}: largest difference to torch {difference:.1e}")
    if not difference < 1e-5:
        sys.exit("too large")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
