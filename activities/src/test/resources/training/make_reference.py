#!/usr/bin/env python3
"""Makes reference.safetensors: what PyTorch's own training gives from our initial weights and our order of samples.

usage: make_reference.py [OUT]

Recipe `reference` (256-128-1, ReLU, MSE, Adam 3e-4, batches of 32, 10 epochs, seed 0, raw inputs and targets) on 588
made-up utterances. Data, initial weights and orders are drawn from the generator that GoldenTrainingTest uses too, so
only the weights after the last epoch have to be kept. Made with torch 1.13.0, one thread. Needs torch and numpy.
"""
import json
import math
import os
import struct
import sys

import numpy as np
import torch

ROWS, DIMENSION, HIDDEN, EPOCHS, BATCH, SEED = 588, 256, 128, 10, 32, 0
INITIAL_PARAMETERS, ORDER, DATA = 1, 2, 588
WORD = 2**64 - 1


class SplitMix64:
    """As the trainer's generator of this name."""

    def __init__(self, seed, *words):
        self.state = seed
        for word in words:
            self.state = self.next_long() ^ word

    def next_long(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return z ^ (z >> 31)

    def next_float(self):
        return (self.next_long() >> 40) / 2**24

    def next_int(self, bound):
        while True:
            bits = self.next_long() >> 1
            value = bits % bound
            if bits - value + (bound - 1) < 2**63:
                return value

    def permutation(self, n):
        order = [0] * n
        for i in range(n):
            j = self.next_int(i + 1)
            order[i] = order[j]
            order[j] = i
        return order


def data():
    random = SplitMix64(SEED, DATA)
    x = np.array([[2 * random.next_float() - 1 for _ in range(DIMENSION)] for _ in range(ROWS)])
    return x.astype(np.float32), (12 + 3 * x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 3]).astype(np.float32)


def initial(model):
    random = SplitMix64(SEED, INITIAL_PARAMETERS)
    with torch.no_grad():
        for layer, inputs in ((model[0], DIMENSION), (model[2], HIDDEN)):
            bound = np.float32(1 / math.sqrt(inputs))
            for parameter in (layer.weight, layer.bias):
                values = [np.float32(2 * random.next_float() - 1) * bound for _ in range(parameter.numel())]
                parameter.copy_(torch.tensor(np.array(values, np.float32)).view_as(parameter))


def train():
    torch.set_num_threads(1)
    x, y = (torch.from_numpy(values) for values in data())
    model = torch.nn.Sequential(torch.nn.Linear(DIMENSION, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))
    initial(model)
    adam = torch.optim.Adam(model.parameters(), lr=3e-4)
    loss = torch.nn.MSELoss()
    for epoch in range(1, EPOCHS + 1):
        order = torch.tensor(SplitMix64(SEED, ORDER, epoch, ROWS).permutation(ROWS))
        squares = 0.0
        for begin in range(0, ROWS, BATCH):
            rows = order[begin : begin + BATCH]
            adam.zero_grad()
            value = loss(model(x[rows]).squeeze(1), y[rows])
            value.backward()
            adam.step()
            squares += value.item() * len(rows)
        print(f"epoch {epoch}: train MSE {squares / ROWS:.6f}")
    return {
        "fc1.bias": model[0].bias,
        "fc1.weight": model[0].weight,
        "fc2.bias": model[2].bias,
        "fc2.weight": model[2].weight,
    }


def save(tensors, path):
    header, values = {}, b""
    for name, tensor in tensors.items():
        content = tensor.detach().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(values), len(values) + len(content)],
        }
        values += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + values)


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    save(train(), sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "reference.safetensors"))
