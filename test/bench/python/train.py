"""One training step in PyTorch of the network that training/model.ts trains, so that both can be timed in turn.

Lines of JSON come in and go out:
  {"make": {...}}            a network from the parameters' values in a file; answers with its loss on the batch, before any step
  {"step": name, "times": n} n steps; answers with the time of each
"""
import argparse
import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

LEADS, LENGTH, STAGES, BLOCKS_PER_STAGE = 12, 1000, 4, 2
NORM_EPSILON = 1e-5


def read_floats(path, shape):
    return torch.from_numpy(np.fromfile(path, dtype="<f4").reshape(shape))


class Network(torch.nn.Module):
    """ResNet1d-18 with BatchNorm, mean-pooling and linear heads, InfoNCE both ways with a learned temperature."""

    def __init__(self, spec):
        super().__init__()
        self.width = spec["width"]
        values = torch.from_numpy(np.fromfile(spec["values"], dtype="<f4"))
        self.names, at = {}, 0
        for index, parameter in enumerate(spec["parameters"]):
            shape = parameter["shape"]
            size = int(np.prod(shape)) if shape else 1
            value = values[at : at + size].reshape(shape)
            at += size
            if len(shape) == 3:  # convolutions stand as [kernel, in, out] there, as [out, in, kernel] here
                value = value.permute(2, 1, 0).contiguous()
            if parameter["learned"]:
                self.register_parameter("p%d" % index, torch.nn.Parameter(value.clone()))
            else:
                self.register_buffer("p%d" % index, value.clone())
            self.names[parameter["name"]] = "p%d" % index
        self.exact = True

    def of(self, name):
        return getattr(self, self.names[name])

    def conv(self, x, name, stride):
        weight = self.of(name)
        size = weight.shape[2]
        length = x.shape[2]
        total = max(0, (-(-length // stride) - 1) * stride + size - length)
        if self.exact and total % 2 == 1:  # TensorFlow's "same" pads the end more; elsewhere one would pad both sides alike
            return F.conv1d(F.pad(x, (total // 2, total - total // 2)), weight, stride=stride)
        return F.conv1d(x, weight, stride=stride, padding=size // 2)

    def norm(self, x, name):
        return F.batch_norm(
            x, self.of(name + ".mean"), self.of(name + ".variance"), self.of(name + ".gain"), self.of(name + ".offset"),
            training=True, momentum=0.1, eps=NORM_EPSILON)

    def forward(self, ecg, text):
        x = F.relu(self.norm(self.conv(ecg, "stem.conv", 2), "stem.norm"))
        x = F.max_pool1d(F.pad(x, (0, 1), value=float("-inf")), 3, 2) if self.exact else F.max_pool1d(x, 3, 2, padding=1)
        for stage in range(STAGES):
            for block in range(BLOCKS_PER_STAGE):
                name = "stage%d.block%d" % (stage + 1, block + 1)
                stride = 2 if stage > 0 and block == 0 else 1
                inner = F.relu(self.norm(self.conv(x, name + ".conv1", stride), name + ".norm1"))
                branch = self.norm(self.conv(inner, name + ".conv2", 1), name + ".norm2")
                if name + ".shortcut" in self.names:
                    x = self.norm(F.conv1d(x, self.of(name + ".shortcut"), stride=stride), name + ".shortcutNorm")
                x = F.relu(branch + x)
        embedding = F.normalize(torch.addmm(self.of("head.offset"), x.mean(dim=2), self.of("head.weight")))
        logits = embedding @ F.normalize(text @ self.of("text.weight")).T * self.of("logScale").exp()
        own = torch.arange(len(logits))
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


class Training:
    def __init__(self, spec):
        self.network = Network(spec)
        batch = spec["batch"]
        self.ecg = read_floats(spec["ecg"], (batch, LEADS, LENGTH))
        self.text = read_floats(spec["text"], (batch, -1))
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=spec["learningRate"], weight_decay=spec["weightDecay"])
        with torch.no_grad():
            self.loss = float(self.network(self.ecg, self.text))
        self.network.exact = False

    def step(self):
        begun, busy = time.perf_counter(), time.process_time()
        self.optimiser.zero_grad()
        loss = self.network(self.ecg, self.text)
        loss.backward()
        self.optimiser.step()
        loss.item()
        return {"wallMs": 1000 * (time.perf_counter() - begun), "cpuMs": 1000 * (time.process_time() - busy)}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--threads", type=int, required=True)
    torch.set_num_threads(arguments.parse_args().threads)
    print(json.dumps({"torch": torch.__version__}), flush=True)
    trainings = {}
    for line in sys.stdin:
        message = json.loads(line)
        if "make" in message:
            training = Training(message["make"])
            trainings[message["make"]["name"]] = training
            answer = {"loss": training.loss, "parameters": sum(p.numel() for p in training.network.parameters())}
        else:
            answer = {"steps": [trainings[message["step"]].step() for _ in range(message["times"])]}
        print(json.dumps(answer), flush=True)


main()
