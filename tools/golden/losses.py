"""Golden numbers of @sed/losses: values, gradients and histograms, computed in float64 by sed_reference.py.

    python3 tools/golden/losses.py    # needs torch, torchvision and scipy; writes packages/losses-sed/src/fixtures/*.json

Inputs are rounded to float32 first. Rows whose gradient length falls on the edge of a bin are redrawn: there float32 and
float64 may rightly choose different bins.
"""
import json
import pathlib

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torchvision.ops import box_convert, generalized_box_iou

import sed_reference as sed

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/losses-sed/src/fixtures"
torch.set_default_dtype(torch.float64)
rng = np.random.RandomState(7)

# (name, activation, N, C, D, spread of the logits)
CASES = [
    ("one row", "sigmoid", 1, 1, 4, 2),
    ("one class", "sigmoid", 17, 1, 4, 3),
    ("three classes", "sigmoid", 30, 3, 4, 2),
    ("many classes, g > 1", "sigmoid", 10, 20, 4, 3),
    ("extreme logits", "sigmoid", 12, 4, 4, 40),
    ("background rows", "sigmoid", 40, 2, 4, 0.3),
    ("two classes", "softmax", 17, 2, 4, 2),
    ("class-specific deltas", "softmax", 14, 4, 12, 2),
    ("many classes", "softmax", 6, 21, 84, 3),
    ("extreme logits", "softmax", 12, 5, 4, 60),
    ("D is no multiple of 4", "softmax", 9, 3, 5, 1),
]
WEIGHTINGS = [
    {"kind": "gradient-histogram"},
    {"kind": "gradient-histogram", "bins": 5},
    {"kind": "uniform"},
    {"kind": "ohem", "keep": 5},
    {"kind": "ohem", "keep": 0.25},
    {"kind": "focal"},
    {"kind": "focal", "gamma": 1},
]


def float32(x):
    return np.round(x, 4).astype(np.float32)


def draw(activation, n, c, spread):
    """Target and source logits, most rows alike, some far apart; no g near an edge of 5 or 10 bins."""
    target, source = np.empty((n, c), np.float32), np.empty((n, c), np.float32)
    for i in range(n):
        while True:
            target[i] = float32(rng.randn(c) * spread - (4 if spread < 1 else 0))
            source[i] = float32(target[i] + rng.randn(c) * spread * rng.choice([0.05, 0.3, 1.5]))
            g = sed.gradient_length(torch.tensor(target[i:i + 1]).double(), torch.tensor(source[i:i + 1]).double(), activation)
            edge = g.item() * 10
            if edge > 9.5 or abs(edge - round(edge)) > 2e-3 or round(edge) == 0:
                break
    return target, source


def divergence(t, s, activation, weighting):
    """The readings of Tab 10 that sed_reference.py does not have are written out here."""
    kind = weighting["kind"]
    if kind == "gradient-histogram":
        return sed.reweighted_kl(t, s, activation, weighting.get("bins", 10))
    if kind == "uniform":
        return sed.mean_kl(t, s, activation)
    kl = sed.kl(t, s, activation)
    if kind == "ohem":
        keep = weighting["keep"]
        n = min(len(kl), int(np.ceil(keep * len(kl))) if keep < 1 else keep)
        return kl.topk(n).values.mean()
    g = sed.gradient_length(t, s, activation)
    w = (g / 2 if activation == "softmax" else g) ** weighting.get("gamma", 2)
    return (w * kl).sum() / w.sum()


def objectness(logits, activation):
    p = sed.probabilities(logits, activation)
    return (p[:, :-1] if activation == "softmax" else p).max(-1).values


def leaf(x):
    return torch.tensor(x).double().requires_grad_()


def grads(value, *xs):
    out = torch.autograd.grad(value, xs, allow_unused=True, retain_graph=True)
    return [None if g is None else numbers(g) for g in out]


def numbers(t):
    return [float(f"{x:.7g}") for x in t.detach().flatten().tolist()]


def regressions(logits_a, logits_b, a, b, activation, distill):
    divisor = a.shape[1] // 4 if a.shape[1] % 4 == 0 else 1
    distance = ((a - b) ** 2).sum(-1) / divisor
    w = objectness(logits_a, activation)
    w = (w if distill else torch.maximum(w, objectness(logits_b, activation))).detach()
    found = {"mean": sed.squared_distance(a, b) / divisor, "objectness": (w * distance).sum() / w.sum()}
    p, q = (sed.probabilities(x, activation) for x in (logits_a, logits_b))
    if activation == "softmax":
        p, q = p[:, :-1], q[:, :-1]
    if a.shape[1] == 4 * p.shape[1]:  # a box a class, weighed by the class' own probability
        w = (p if distill else torch.maximum(p, q)).detach()
        found["class"] = (w * ((a - b) ** 2).reshape(len(a), -1, 4).sum(-1)).sum() / w.sum()
    return found


def case(name, activation, n, c, d, spread):
    ta, so = draw(activation, n, c, spread)
    da, db = float32(rng.randn(n, d)), float32(rng.randn(n, d))
    out = {"name": name, "activation": activation, "rows": n, "classes": c, "values": d,
           "target": ta.flatten().tolist(), "source": so.flatten().tolist(),
           "targetDeltas": da.flatten().tolist(), "sourceDeltas": db.flatten().tolist()}
    for key in ("target", "source", "targetDeltas", "sourceDeltas"):
        out[key] = [round(float(x), 4) for x in out[key]]
    t, s, ra, rb = leaf(ta), leaf(so), leaf(da), leaf(db)
    g = sed.gradient_length(t, s, activation)
    out["lengths"] = numbers(g)
    out["counts"] = torch.bincount(sed.bin_index(g, 10), minlength=10).tolist()
    out["weightings"] = []
    for weighting in WEIGHTINGS:
        one = divergence(t, s, activation, weighting)
        both = one + divergence(s, t, activation, weighting)
        gt, gs = grads(both, t, s)
        out["weightings"].append({"weighting": weighting, "value": one.item(), "gradient": grads(one, s)[0],
                                  "bothValue": both.item(), "bothGradients": [gt, gs]})
    out["regression"] = {}
    for kind, distill in regressions(t, s, ra.detach(), rb, activation, True).items():
        scale = regressions(t, s, ra, rb, activation, False)[kind]
        out["regression"][kind] = {"distillation": distill.item(), "distillationGradient": grads(distill, rb)[0],
                                   "scale": scale.item(), "scaleGradients": grads(scale, ra, rb)}
    # the functions of sed_reference.py as they stand, where they have the whole loss
    if d == 4:
        scale, distill = sed.scale_consistency(t, ra, s, rb, activation), sed.self_distillation(t, ra, s, rb, activation)
        out["reference"] = {"scale": [scale["cls"].item(), scale["reg"].item()],
                            "distillation": [distill["cls"].item(), distill["reg"].item()]}
    return out


def matching(activation, batch, queries, c, weights):
    """A.1's Algorithm 1: cost = D_JS w_cls + (1 - GIoU) w_iou, per image, scipy's linear_sum_assignment."""
    la = float32(rng.randn(batch, queries, c) * 2)
    order = np.stack([rng.permutation(queries) for _ in range(batch)])
    lb = float32(np.take_along_axis(la, order[..., None], 1) + rng.randn(batch, queries, c) * 0.7)
    ba = float32(np.concatenate([rng.rand(batch, queries, 2) * 0.8 + 0.1, rng.rand(batch, queries, 2) * 0.4 + 0.02], -1))
    bb = float32(np.clip(np.take_along_axis(ba, order[..., None], 1) + rng.randn(batch, queries, 4) * 0.05, 0.01, 0.99))
    out = {"activation": activation, "batch": batch, "queries": queries, "classes": c, "classWeight": weights[0],
           "iouWeight": weights[1], "matches": [], "costs": []}
    for key, x in (("aLogits", la), ("bLogits", lb), ("aBoxes", ba), ("bBoxes", bb)):
        out[key] = [round(float(v), 4) for v in x.flatten()]
    for i in range(batch):
        pa, pb = (torch.tensor(x[i]).double() for x in (la, lb))
        if activation == "softmax":
            js = sed.jensen_shannon(pa.softmax(-1), pb.softmax(-1))
        else:  # a Bernoulli a class, summed
            pa, pb = pa.sigmoid(), pb.sigmoid()
            js = sum(sed.jensen_shannon(torch.stack([pa[:, k], 1 - pa[:, k]], -1), torch.stack([pb[:, k], 1 - pb[:, k]], -1))
                     for k in range(c))
        xyxy = [box_convert(torch.tensor(x[i]).double(), "cxcywh", "xyxy") for x in (ba, bb)]
        cost = js * weights[0] + (1 - generalized_box_iou(*xyxy)) * weights[1]
        rows, columns = linear_sum_assignment(cost.numpy())
        assert (rows == np.arange(queries)).all()
        out["matches"].append(columns.tolist())
        out["costs"].append(float(cost.numpy()[rows, columns].sum()))
    return out


FIXTURES.mkdir(parents=True, exist_ok=True)
(FIXTURES / "losses.json").write_text(json.dumps([case(*c) for c in CASES], separators=(",", ":")) + "\n")
(FIXTURES / "matching.json").write_text(json.dumps([
    matching("softmax", 2, 12, 5, (1, 1)), matching("softmax", 1, 30, 3, (1, 2)), matching("sigmoid", 2, 8, 3, (2, 1)),
], separators=(",", ":")) + "\n")
