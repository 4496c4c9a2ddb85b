"""What `torch.load(weights_only=True)` takes and what it refuses, as small files; for packages/detectors/src/weights/weights-only.test.ts.

    python3 tools/golden/weights_only.py    # needs torch and numpy; writes packages/detectors/src/weights/fixtures/weights-only.json

Each file is `{"model": {"weight": [1, 2, 3]}, "other": X}` for an X of its own, in base64 with torch's verdict beside it; `globals` is torch's whole list.
"""
import base64
import collections
import datetime
import io
import json
import pathlib

import numpy as np
import torch
import torch._weights_only_unpickler as unpickler

OUT = pathlib.Path(__file__).parents[2] / "packages/detectors/src/weights/fixtures/weights-only.json"

model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=.1, momentum=.9)
model(torch.ones(1, 1)).sum().backward()
optimizer.step()
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [16, 22])
marked = torch.ones(2)
marked.note = "an attribute"
quantized = torch.quantize_per_tensor(torch.ones(2), .1, 0, torch.qint8)

OTHERS = {
    "MultiStepLR": scheduler.state_dict(), "SGD": optimizer.state_dict(), "Counter": collections.Counter("aab"),
    "OrderedDict": collections.OrderedDict(a=1), "Size": torch.Size([2, 3]), "dtype": torch.bfloat16, "device": torch.device("cpu"),
    "layout": torch.strided, "set": {1, 2}, "bytes": b"\x00\xff", "bytearray": bytearray(b"\x00\xff"), "complex": 1 + 2j,
    "Parameter": torch.nn.Parameter(torch.ones(2)), "Buffer": torch.nn.parameter.Buffer(torch.ones(2)), "attribute": marked,
    "half": torch.ones(2).half(), "bfloat16": torch.ones(2).bfloat16(), "complex64": torch.ones(2, dtype=torch.complex64),
    "uint16": torch.ones(2).to(torch.uint16), "float8": torch.ones(2).to(torch.float8_e4m3fn), "quantized": quantized,
    "sparse": torch.ones(2).to_sparse(), "csr": torch.ones(2, 2).to_sparse_csr(), "meta": torch.ones(2, device="meta"),
    "negated": torch.imag(torch.ones(2, dtype=torch.complex64).conj()), "storage": torch.ones(2).untyped_storage(),
    "numpy scalar": np.float64(1), "numpy array": np.ones(2), "numpy dtype": np.dtype("float32"), "datetime": datetime.datetime(2020, 1, 1),
    "Path": pathlib.PurePosixPath("a"), "defaultdict": collections.defaultdict(list), "deque": collections.deque([1]), "frozenset": frozenset([1]),
    "slice": slice(1, 2), "range": range(3), "Linear": model, "function": torch.add, "type": dict, "Generator state": torch.get_rng_state(),
}
# tensors that a state dict may hold; the ones that are not read are refused with a reason
TENSORS = {k: v for k, v in OTHERS.items() if isinstance(v, torch.Tensor) and k != "Generator state"}


def file(obj, **options):
    bytes_ = io.BytesIO()
    torch.save(obj, bytes_, **options)
    return bytes_.getvalue()


def verdict(data):
    try:
        torch.load(io.BytesIO(data), weights_only=True)
        return True
    except Exception:
        return False


def entry(data):
    return {"file": base64.b64encode(data).decode(), "read": verdict(data)}


weight = {"weight": torch.tensor([1., 2, 3])}
files = {name: entry(file({"model": weight, "other": other})) for name, other in OTHERS.items()}
tensors = {name: entry(file({"odd": tensor})) for name, tensor in TENSORS.items()}
OUT.write_text(json.dumps({"torch": torch.__version__, "globals": sorted(unpickler._get_allowed_globals()), "files": files, "tensors": tensors},
                          separators=(",", ":")) + "\n")
print({k: v["read"] for k, v in files.items()})
