"""Small weight files for the readers in packages/detectors/src/weights, as torch and safetensors write them, and what is in them.

    python3 tools/golden/weights.py    # needs torch and safetensors; writes packages/detectors/src/weights/fixtures/*

Kilobytes, of all that state dicts are made of: both containers, every number type, views, shared storages, nesting, damage,
and pickles that ask for more than weights (harmless ones), which the reader must refuse. Legacy files name their storages by memory
address, so their bytes differ from run to run; what is in them does not.
"""
import argparse
import io
import json
import pathlib
import zipfile

import numpy as np
import torch
from safetensors.torch import save as safetensors_save

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/detectors/src/weights/fixtures"
FIXTURES.mkdir(parents=True, exist_ok=True)
torch.manual_seed(5)
contents = {}


def numbers(t):
    t = t.detach()
    if t.dtype in (torch.float16, torch.bfloat16, torch.float32):
        t = t.double()
    return [x if not isinstance(x, float) or np.isfinite(x) else str(x) for x in t.flatten().tolist()]


def describe(name, state):
    contents[name] = {k: {"type": str(v.dtype).removeprefix("torch."), "shape": list(v.shape), "data": numbers(v)}
                      for k, v in state.items()}


def write(name, obj, state, **options):
    torch.save(obj, FIXTURES / name, **options)
    describe(name, state)


LEGACY = {"_use_new_zipfile_serialization": False}

# a model as it is saved every day: parameters, buffers, a counter
model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.Conv2d(3, 3, 3, groups=3, bias=False),
                            torch.nn.Flatten(), torch.nn.Linear(4, 5))
state = model.state_dict()
write("zip.pth", state, state)
write("legacy.pth", state, state, **LEGACY)
write("protocol4.pth", state, state, pickle_protocol=4)

types = {
    "float64": torch.tensor([1 / 3, -2.5e300]), "float32": torch.tensor([[1.5, -0.0], [3e38, 1e-45]]),
    "float16": torch.tensor([0.1, -65504.0, 6e-8, 6.1e-5, float("inf"), float("-inf"), float("nan"), -0.0]).half(),
    "bfloat16": torch.tensor([0.1, 3e38, -1e-40, float("inf"), float("nan")]).bfloat16(),
    "int64": torch.tensor([2 ** 40, -3]), "int32": torch.tensor([-2 ** 31, 7], dtype=torch.int32),
    "int16": torch.tensor([-32768, 5], dtype=torch.int16), "int8": torch.tensor([-128, 5], dtype=torch.int8),
    "uint8": torch.tensor([255, 0], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(4.25), "empty": torch.zeros(0, 3),
}
write("types.pth", types, types)
write("types-legacy.pth", types, types, **LEGACY)

base = torch.arange(24.0).reshape(2, 3, 4)
views = {
    "whole": base, "transposed": base.permute(2, 0, 1), "slice": base[1, 1:, ::2], "offset": base[1, 2],
    "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 3), "parameter": torch.nn.Parameter(base[0].t()),
    "channels_last": torch.randn(1, 3, 2, 2).contiguous(memory_format=torch.channels_last),
}
write("views.pth", views, views)
write("views-legacy.pth", views, views, **LEGACY)

write("nested.pth", {"model": state, "optimizer": {"lr": 0.1, "betas": (0.9, 0.999), "steps": [1, 2]}, "epoch": 3, "best": None,
                     "amp": True, "name": "größer"}, state)
write("deep.pth", {"epoch": 1, "checkpoint": {"weight": state["0.weight"], "note": "x"}}, {"weight": state["0.weight"]})
parallel = {"module." + k: v for k, v in state.items()}
write("parallel.pth", {"state_dict": parallel}, parallel)

# a big-endian machine's file: the same archive with its numbers turned around
with zipfile.ZipFile(FIXTURES / "zip.pth") as z:
    entries = {i.filename: z.read(i) for i in z.infolist()}
widths = {str(i): v.element_size() for i, v in enumerate(state.values())}
with zipfile.ZipFile(FIXTURES / "big-endian.pth", "w", zipfile.ZIP_STORED) as z:
    for name, data in entries.items():
        if name.endswith("/byteorder"):
            data = b"big"
        elif "/data/" in name:
            data = np.frombuffer(data, f"u{widths[name.rsplit('/', 1)[1]]}").byteswap().tobytes()
        z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
describe("big-endian.pth", state)

# what must be refused
with zipfile.ZipFile(FIXTURES / "refuse-compressed.pth", "w", zipfile.ZIP_DEFLATED) as z:
    for name, data in entries.items():
        info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        z.writestr(info, data)


class Harmful:
    def __reduce__(self):
        import os
        return os.system, ("echo a pickle was executed",)


torch.save({"weight": torch.zeros(1), "payload": Harmful()}, FIXTURES / "refuse-call.pth")
torch.save({"weight": torch.zeros(1), "payload": Harmful()}, FIXTURES / "refuse-call-legacy.pth", **LEGACY)
torch.save(torch.nn.Linear(1, 1), FIXTURES / "refuse-module.pth")
torch.save({"model": {"weight": torch.zeros(1)}, "args": argparse.Namespace(lr=1)}, FIXTURES / "refuse-namespace.pth")
torch.save({"epoch": 3}, FIXTURES / "refuse-no-tensors.pth")
torch.save({"a": {"w": torch.zeros(1)}, "b": {"w": torch.zeros(1)}}, FIXTURES / "refuse-ambiguous.pth")
torch.jit.save(torch.jit.script(torch.nn.ReLU()), FIXTURES / "refuse-script.pt")

# safetensors, whose bytes the writer must repeat
floats = {"head.b": torch.randn(3), "größe": torch.randn(2, 2), "10": torch.tensor(1.5), "9": torch.randn(1), "a": torch.zeros(0, 3)}
(FIXTURES / "floats.safetensors").write_bytes(safetensors_save(floats, {"format": "pt"}))
describe("floats.safetensors", floats)
mixed = {k: v for k, v in types.items()}
(FIXTURES / "mixed.safetensors").write_bytes(safetensors_save(mixed))
describe("mixed.safetensors", mixed)

(FIXTURES / "contents.json").write_text(json.dumps(contents, ensure_ascii=False, separators=(",", ":")) + "\n")
