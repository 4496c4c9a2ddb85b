"""Golden numbers of divergences and losses (@sed/tensor-ops), boxes, NMS and linear assignment (@sed/geometry), from PyTorch, torchvision and scipy.

Divergences are PyTorch's own functions in float64 on float32 inputs, with autograd. Run with torch, torchvision and scipy:
    python3 tools/golden/tensor_ops.py
Writes packages/tensor-ops/src/fixtures/tensor-ops.json and packages/geometry/src/fixtures/geometry.json.
"""
import json
import math
import os

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torchvision import ops
from torchvision.models.detection._utils import BoxCoder


def flat(tensor):
    if tensor.dtype in (torch.int64, torch.int32):
        return tensor.flatten().tolist()
    return [float(f"{v:.9g}") for v in tensor.detach().double().flatten().tolist()]


def leaf(tensor):
    return tensor.float().double().requires_grad_()


def gradient(value, weight, *inputs):
    return [flat(g) for g in torch.autograd.grad((value * weight).sum(), inputs)]


def logits(rows, columns, scale):
    x = torch.randn(rows, columns) * scale
    x[0, 0], x[1, 0], x[2, 1] = 50.0, -50.0, 0.0
    return x


def divergences():
    result = []
    for scale in (0.01, 1.0, 8.0):
        rows, columns = 6, 5
        target, source = leaf(logits(rows, columns, scale)), leaf(logits(rows, columns, scale))
        if scale == 0.01:
            source = leaf(target.detach() + torch.randn(rows, columns) * 0.01)
        weight = torch.randn(rows).float().double()
        t = target.detach()
        log_p, log_q = t.log_softmax(-1), source.log_softmax(-1)
        categorical = (log_p.exp() * (log_p - log_q)).sum(-1)
        bernoulli = (t.sigmoid() * (F.logsigmoid(t) - F.logsigmoid(source))
                     + (-t).sigmoid() * (F.logsigmoid(-t) - F.logsigmoid(-source))).sum(-1)
        result.append({
            "scale": scale, "shape": [rows, columns], "target": flat(target), "logits": flat(source), "weight": flat(weight),
            "categorical": flat(categorical), "categoricalGradient": gradient(categorical, weight, source)[0],
            "bernoulli": flat(bernoulli), "bernoulliGradient": gradient(bernoulli, weight, source)[0],
        })
    return result


def jensen_shannon():
    """Written from the definition, with PyTorch's KL."""
    p, q = leaf(torch.randn(4, 6).mul(3).softmax(-1)), leaf(torch.randn(3, 6).mul(3).softmax(-1))
    with torch.no_grad():
        q[0] = p[0]
        q[1] = torch.tensor([1.0, 0, 0, 0, 0, 0])
    a, b = p.clamp_min(1e-12)[:, None].expand(4, 3, 6), q.clamp_min(1e-12)[None].expand(4, 3, 6)
    mean = (a + b) / 2
    value = (F.kl_div(mean.log(), a, reduction="none").sum(-1) + F.kl_div(mean.log(), b, reduction="none").sum(-1)) / 2
    weight = torch.randn(4, 3).float().double()
    dp, dq = gradient(value, weight, p, q)
    return {"p": flat(p), "q": flat(q), "weight": flat(weight), "value": flat(value), "dp": dp, "dq": dq}


def elementwise():
    result = []
    x, t = leaf(torch.cat([torch.randn(12) * 3, torch.tensor([50.0, -50.0, 0.0, 50.0, -50.0, 0.0])])), torch.zeros(18).double()
    t[::2] = 1
    t[12:15] = 1
    t[15:] = 0
    weight = torch.randn(18).float().double()
    for alpha, gamma in ((0.25, 2.0), (0.6, 1.5), (-1.0, 2.0), (0.25, 0.0)):
        y = ops.sigmoid_focal_loss(x, t, alpha, gamma)
        result.append({"op": "focal", "alpha": alpha, "gamma": gamma, "x": flat(x), "t": flat(t), "weight": flat(weight),
                       "y": flat(y), "dx": gradient(y, weight, x)[0]})
    a = leaf(torch.randn(10))
    b = leaf(torch.cat([a.detach()[:2], torch.randn(6), a.detach()[8:] + 0.05]))
    weight = torch.randn(10).float().double()
    for beta in (0.0, 1 / 9, 1.0):
        y = F.smooth_l1_loss(a, b, reduction="none", beta=beta)
        da, db = gradient(y, weight, a, b)
        result.append({"op": "smoothL1", "beta": beta, "a": flat(a), "b": flat(b), "weight": flat(weight), "y": flat(y), "da": da, "db": db})
    torch.randn(10)  # keeps the stream that the cases below were drawn from
    return result


def random_boxes(count, extent=100.0):
    corner = torch.rand(count, 2) * extent
    return torch.cat([corner, corner + torch.rand(count, 2) * extent / 2 + 0.5], 1).float()


def boxes():
    a, b = random_boxes(7), random_boxes(5)
    b[0] = a[0]
    b[1] = a[1] + 200  # apart
    references, targets = random_boxes(6), random_boxes(6)
    weights = (10.0, 10.0, 5.0, 5.0)
    coder = BoxCoder(weights)
    deltas = torch.randn(6, 4) * 3
    deltas[0, 2:] = 40.0  # beyond the clamp
    deltas[1, 2:] = -40.0
    x, y = leaf(random_boxes(5, 4.0)), leaf(random_boxes(5, 4.0))
    weight = torch.randn(5).float().double()
    giou = torch.stack([ops.generalized_box_iou(x[i:i + 1], y[i:i + 1])[0, 0] for i in range(5)])
    dx, dy = gradient(giou, weight, x, y)
    wild = random_boxes(6) - 30
    sizes = torch.tensor([[0, 0, 10, 9.9], [0, 0, 10, 10], [5, 5, 5, 30], [0, 0, 11, 20]]).float()
    pairs = {"a": flat(a), "b": flat(b), "all": flat(ops.generalized_box_iou(a, b)),
             "x": flat(x), "y": flat(y), "weight": flat(weight), "value": flat(giou), "dx": dx, "dy": dy}
    return pairs, {
        "a": flat(a), "b": flat(b), "areas": flat(ops.box_area(a)), "iou": flat(ops.box_iou(a, b)), "giou": flat(ops.generalized_box_iou(a, b)),
        "references": flat(references), "targets": flat(targets), "weights": list(weights),
        "encoded": flat(coder.encode_single(targets, references)), "deltas": flat(deltas),
        "decoded": flat(coder.decode_single(deltas, references)),
        "decodedPlain": flat(BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(deltas, references)),
        "wild": flat(wild), "clipped": flat(ops.clip_boxes_to_image(wild, (40, 60))),
        "sizes": flat(sizes), "large": flat(ops.remove_small_boxes(sizes, 10.0)),
        "centers": flat(ops.box_convert(a, "xyxy", "cxcywh")),
    }


def nms():
    result = []
    for count, groups, threshold, ties in ((0, 1, 0.5, False), (1, 1, 0.5, False), (60, 1, 0.5, False), (120, 4, 0.5, False),
                                           (120, 3, 0.3, True), (200, 20, 0.7, True)):
        box = random_boxes(count)
        score = torch.rand(count)
        if ties:
            score = (score * 5).floor() / 5
            box[1::3] = box[:len(box[1::3])]  # whole copies
        group = torch.randint(0, groups, (count,))
        # One call a group in the order of a stable sort: what batched_nms does on a CPU for many boxes, and free of the rounding
        # that its other way, moving the groups apart, brings in.
        order = torch.sort(score, descending=True, stable=True)[1]
        kept = torch.zeros(count, dtype=torch.bool)
        for g in range(groups):
            rows = torch.where(group == g)[0]
            kept[rows[ops.nms(box[rows], score[rows], threshold)]] = True
        kept = order[kept[order]]
        if not ties and count:
            assert torch.equal(kept, ops.batched_nms(box, score, group, threshold))
        result.append({"boxes": flat(box), "scores": flat(score), "groups": flat(group), "threshold": threshold, "kept": flat(kept)})
    return result


def assignment():
    result = []
    for rows, columns in ((1, 1), (4, 4), (3, 7), (8, 5), (20, 20)):
        cost = torch.randn(rows, columns).float()
        r, c = linear_sum_assignment(cost.numpy())
        result.append({"rows": rows, "columns": columns, "cost": flat(cost), "rowIndices": r.tolist(), "columnIndices": c.tolist()})
    return result


torch.manual_seed(7)
assert math.isclose(BoxCoder((1.0,) * 4).bbox_xform_clip, math.log(1000 / 16))
losses = {"divergences": divergences(), "jensenShannon": jensen_shannon(), "elementwise": elementwise()}
losses["generalizedIou"], box_functions = boxes()
geometry = {"boxes": box_functions, "nms": nms(), "assignment": assignment()}
for path, parts in {"tensor-ops/src/fixtures/tensor-ops.json": losses, "geometry/src/fixtures/geometry.json": geometry}.items():
    with open(os.path.join(os.path.dirname(__file__), "../../packages", path), "w") as out:
        out.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(part)}" for name, part in parts.items()) + "\n}\n")
