"""
What the serving benchmark compares with, asked line by line on stdin; one JSON line answers each.

  {"path": "onnxruntime" | "pytorch", "batch": 32, "seconds": 3}

onnxruntime: threads put segments into a queue, one worker takes up to a batch of them, stacks and runs it, and answers each
through its future: what one would write in Python in an afternoon. pytorch: the same network in eager mode, batches ready.
"""
import argparse
import json
import queue
import sys
import threading
import time
from concurrent.futures import Future

import numpy as np
import onnxruntime
import torch

from network import Network


def segments(count, leads, length):
    return [np.sin(np.arange(leads * length, dtype=np.float32) / 7 + seed).reshape(leads, length).astype(np.float32) for seed in range(count)]


def queued(session, names, output, batch, seconds, leads, length):
    """Segments a second, with three batches asked for at any time."""
    waiting = queue.Queue()
    present = np.ones(leads, np.float32)
    made = segments(16, leads, length)
    answered = 0
    ended = False

    def work():
        while not ended:
            items = [waiting.get()]
            while len(items) < batch:
                try:
                    items.append(waiting.get_nowait())
                except queue.Empty:
                    break
            items = [item for item in items if item is not None]
            if not items:
                continue
            ecg = np.stack([item[0] for item in items])
            presence = np.stack([item[1] for item in items])
            embeddings = session.run([output], {names[0]: ecg, names[1]: presence})[0]
            for item, embedding in zip(items, embeddings):
                item[2].set_result(embedding)

    worker = threading.Thread(target=work)
    worker.start()

    def ask(turn):
        future = Future()
        waiting.put((made[turn % len(made)], present, future))
        return future

    start = time.perf_counter()
    open_futures = [ask(turn) for turn in range(3 * batch)]
    turn = len(open_futures)
    first = 0
    while time.perf_counter() - start < seconds:
        open_futures[first].result()
        open_futures[first] = ask(turn)
        first = (first + 1) % len(open_futures)
        turn += 1
        answered += 1
    elapsed = time.perf_counter() - start
    for future in open_futures:
        future.result()
    ended = True
    waiting.put(None)
    worker.join()
    return answered / elapsed


def eager(network, device, batch, seconds, leads, length):
    ecg = torch.from_numpy(np.stack(segments(batch, leads, length))).to(device)
    presence = torch.ones(batch, leads, device=device)
    runs = 0
    with torch.inference_mode():
        network(ecg, presence).cpu()
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            network(ecg, presence).cpu()
            runs += 1
        return runs * batch / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--leads", type=int, required=True)
    parser.add_argument("--length", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.encoder, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    output = session.get_outputs()[0].name
    network = Network(arguments.encoder).eval().to(arguments.device)
    shape = (arguments.leads, arguments.length)
    # The rebuilt network must be the same one.
    ecg = np.stack(segments(4, *shape))
    presence = np.ones((4, arguments.leads), np.float32)
    expected = session.run([output], {names[0]: ecg, names[1]: presence})[0]
    with torch.inference_mode():
        rebuilt = network(torch.from_numpy(ecg).to(arguments.device), torch.from_numpy(presence).to(arguments.device)).cpu().numpy()
    difference = float(np.abs(expected - rebuilt).max())
    print(json.dumps({"ready": True, "difference": difference, "onnxruntime": onnxruntime.__version__, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        if question["path"] == "onnxruntime":
            rate = queued(session, names, output, question["batch"], question["seconds"], *shape)
        else:
            rate = eager(network, arguments.device, question["batch"], question["seconds"], *shape)
        print(json.dumps({"perSecond": rate}), flush=True)


main()
