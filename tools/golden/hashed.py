"""Numbers that Python and TypeScript make alike, so that weights and inputs of a golden test need not be committed.

uniform(name, n)[i] in [-1, 1): the low bits of MurmurHash3's finaliser of FNV-1a(name) + i * 0x9E3779B9 (32 bits).
The TypeScript side is packages/testing/src/hashed.ts.
"""
import numpy as np

U = np.uint32
GAINS = {"cls_logits": 0.5, "bbox_reg": 0.2, "bbox_pred": 0.2, "cls_score": 0.5}  # so that some scores fire and boxes stay near their anchors


def name_hash(name):
    h = 0x811C9DC5
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def hashes(name, n):
    with np.errstate(over="ignore"):
        h = U(name_hash(name)) + np.arange(n, dtype=U) * U(0x9E3779B9)
        h ^= h >> U(16)
        h *= U(0x85EBCA6B)
        h ^= h >> U(13)
        h *= U(0xC2B2AE35)
        h ^= h >> U(16)
    return h


def uniform(name, n):
    return hashes(name, n).astype(np.float64) / 2.0**31 - 1.0


def parameter(name, shape):
    """A live weight in torch's layout. `shape` is torch's; indices run over tfjs's layout (HWIO, linear IO)."""
    u = uniform(name, int(np.prod(shape)))
    if len(shape) == 2 or ".box_predictor." in name:
        return linear(name, shape, u)
    if name.endswith("running_mean"):
        v = 0.1 * u
    elif name.endswith("running_var"):
        v = 1 + 0.5 * u
    elif len(shape) == 1 and name.endswith("weight"):
        v = 0.6 + 0.2 * u
    elif name.endswith("cls_logits.bias"):
        v = -6 + 0.5 * u
    elif len(shape) == 1:
        v = 0.1 * u
    else:
        o, i, h, w = shape
        v = u * np.sqrt(6 / (i * h * w)) * GAINS.get(name.split(".")[-2], 1)
        # a depthwise kernel is [h, w, channels, 1] in tfjs
        v = v.reshape(h, w, o, 1).transpose(2, 3, 0, 1) if i == 1 else v.reshape(h, w, i, o).transpose(3, 2, 0, 1)
    return np.ascontiguousarray(v.reshape(shape)).astype(np.float32)


def linear(name, shape, u, grid=7):
    """Of a region head. In memory fc6 has its inputs as h, w, C (torch: C, h, w), and the background is the last class (torch: the first)."""
    if len(shape) == 1:
        v = 0.1 * u
    else:
        o, i = shape
        v = u.reshape(i, o) * np.sqrt(6 / i) * GAINS.get(name.split(".")[-2], 1)
        if ".fc6." in name:
            v = v.reshape(grid, grid, i // grid**2, o).transpose(2, 0, 1, 3).reshape(i, o)
        v = v.T
    if ".box_predictor." in name:
        v = np.roll(v, 4 if ".bbox_pred." in name else 1, axis=0)
    return np.ascontiguousarray(v).astype(np.float32)


def fill(module, prefix=""):
    """Gives every parameter and buffer of a torch module its hashed value."""
    import torch

    state = module.state_dict()
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = torch.from_numpy(parameter(prefix + name, tuple(value.shape)))
    module.load_state_dict(state)


def sample(name, values, count=200):
    """Values at hashed places, and two sums over all: enough to see any difference, small enough to commit."""
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    at = hashes("sample " + name, count) % U(flat.size)
    return {"size": int(flat.size), "sum": short(flat.sum()), "absolute": short(np.abs(flat).sum()), "values": [short(v) for v in flat[at]]}


def short(v):
    return float(f"{float(v):.7g}")
