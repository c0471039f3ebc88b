"""The encoder in PyTorch, rebuilt from the ONNX file that is served: the same nodes in the same order, with its weights."""
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


class Network(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.inputs = [value.name for value in graph.input]
        self.output = graph.output[0].name
        self.nodes = [
            (node.op_type, list(node.input), node.output[0], {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute})
            for node in graph.node
        ]
        self.constants = {}
        for tensor in graph.initializer:
            value = torch.from_numpy(np.array(numpy_helper.to_array(tensor)))
            self.register_buffer("c%d" % len(self.constants), value)
            self.constants[tensor.name] = "c%d" % len(self.constants)

    def forward(self, *inputs):
        values = dict(zip(self.inputs, inputs))

        def get(name):
            return values[name] if name in values else getattr(self, self.constants[name])

        for op, names, output, attributes in self.nodes:
            values[output] = OPERATORS[op](attributes, *[get(name) for name in names])
        return values[self.output]


def conv(a, x, weight):
    before, after = a["pads"]
    stride = a["strides"][0]
    if before == after:
        return F.conv1d(x, weight, stride=stride, padding=before)
    return F.conv1d(F.pad(x, (before, after)), weight, stride=stride)


def max_pool(a, x):
    before, after = a["pads"]
    return F.max_pool1d(F.pad(x, (before, after), value=float("-inf")), a["kernel_shape"][0], a["strides"][0])


def reshape(a, x, shape):
    sizes = [x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())]
    return x.reshape(sizes)


OPERATORS = {
    "Abs": lambda a, x: x.abs(),
    "Add": lambda a, x, y: x + y,
    "Concat": lambda a, *xs: torch.cat(xs, dim=a["axis"]),
    "Conv": conv,
    "Div": lambda a, x, y: x / y,
    "Gemm": lambda a, x, weight, offset: torch.addmm(offset, x, weight),
    "InstanceNormalization": lambda a, x, gain, offset: F.instance_norm(x, weight=gain, bias=offset, eps=a["epsilon"]),
    "Log": lambda a, x: x.log(),
    "MatMul": lambda a, x, y: x @ y,
    "MaxPool": max_pool,
    "Mul": lambda a, x, y: x * y,
    "ReduceL2": lambda a, x: x.norm(dim=a["axes"], keepdim=bool(a["keepdims"])),
    "ReduceMax": lambda a, x: x.amax(dim=a["axes"], keepdim=bool(a["keepdims"])),
    "ReduceMean": lambda a, x: x.mean(dim=a["axes"], keepdim=bool(a["keepdims"])),
    "Relu": lambda a, x: x.relu(),
    "Reshape": reshape,
    "Sqrt": lambda a, x: x.sqrt(),
    "Unsqueeze": lambda a, x, axes: x.unsqueeze(int(axes[0])),
}
