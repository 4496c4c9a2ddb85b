"""Anchors, matching, box coding and losses of torchvision's RetinaNet, for @sed/detectors.

  python3 tools/golden/retinanet_units.py        # needs torch and torchvision in the Python that runs it
Writes packages/detectors/src/fixtures/retinanet-units.json.
"""
import json, math, os

import numpy as np
import torch
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import box_iou, sigmoid_focal_loss

from hashed import sample, short, uniform

OUT = os.path.join(os.path.dirname(__file__), "../../packages/detectors/src/fixtures/retinanet-units.json")
SIDE, CLASSES, STRIDES = 128, 3, (8, 16, 32, 64, 128)
TARGETS = [  # two images with boxes (a large one, a tiny one, equal overlaps, a box on the border), one without
    ([[10.5, 20.25, 74.5, 100.0], [60, 60, 68, 67], [96, 8, 128, 40]], [0, 2, 1]),
    ([], []),
    ([[8, 8, 40, 40], [24, 24, 104, 88]], [1, 1]),
]
SIZES = tuple((x, int(x * 2 ** (1 / 3)), int(x * 2 ** (2 / 3))) for x in (32, 64, 128, 256, 512))


def rounded(t):
    return [short(v) for v in np.asarray(t, dtype=np.float64).reshape(-1)]


def torchvision_anchors():
    generator = AnchorGenerator(SIZES, ((0.5, 1.0, 2.0),) * 5)
    images = ImageList(torch.zeros(1, 3, SIDE, SIDE), [(SIDE, SIDE)])
    features = [torch.zeros(1, 1, SIDE // s, SIDE // s) for s in STRIDES]
    return generator, generator(images, features)[0]


def exact_anchors(side=3):
    """Unrounded, centered in the cell: side * stride * 2^(k/3), ratio-major as torchvision's."""
    out = []
    for s in STRIDES:
        n = SIDE // s
        y, x = np.meshgrid((np.arange(n) + 0.5) * s, (np.arange(n) + 0.5) * s, indexing="ij")
        base = np.array([[side * s * 2 ** (k / 3) / math.sqrt(r), side * s * 2 ** (k / 3) * math.sqrt(r)] for r in (0.5, 1, 2) for k in range(3)])
        c = np.stack([x, y], -1).reshape(-1, 1, 2)
        out.append(np.concatenate([c - base / 2, c + base / 2], -1).reshape(-1, 4))
    return torch.tensor(np.concatenate(out), dtype=torch.float32)


def forced_match(anchors, boxes):
    """mmdetection's MaxIoUAssigner (min_pos_iou 0): the best anchors of a box are given to that box."""
    if not len(boxes):
        return torch.full((len(anchors),), -1)
    iou = box_iou(boxes, anchors)
    best, idx = iou.max(0)
    idx = torch.where(best < 0.4, -1, torch.where(best < 0.5, -2, idx))
    for b, a in (iou == iou.max(1, keepdim=True).values).nonzero().tolist():
        idx[a] = b
    return idx


def predictions(anchors):
    n = len(anchors)
    logits = torch.tensor(3 * uniform("logits", 3 * n * CLASSES) - 2, dtype=torch.float32).reshape(3, n, CLASSES).requires_grad_()
    deltas = torch.tensor(uniform("deltas", 3 * n * 4), dtype=torch.float32).reshape(3, n, 4).requires_grad_()
    return logits, deltas


def gradients(losses, logits, deltas):
    c, b = losses
    (c + b).backward()
    return {"classification": short(c.detach()), "boxRegression": short(b.detach()), "logitsGradient": sample("logitsGradient", logits.grad),
            "deltasGradient": sample("deltasGradient", deltas.grad, 2000)}


def main():
    boxes = [torch.tensor(b, dtype=torch.float32).reshape(-1, 4) for b, _ in TARGETS]
    labels = [torch.tensor(l, dtype=torch.int64) for _, l in TARGETS]
    generator, anchors = torchvision_anchors()
    match = Matcher(0.5, 0.4, allow_low_quality_matches=True)
    matches = [match(box_iou(b, anchors)) if len(b) else torch.full((len(anchors),), -1) for b in boxes]
    coder = BoxCoder((1.0, 1.0, 1.0, 1.0))
    positive = (matches[0] >= 0).nonzero()[:, 0]
    sparse = lambda m: [[int(i), int(m[i])] for i in (m != -1).nonzero()[:, 0]]

    logits, deltas = predictions(anchors)
    head = RetinaNetHead(8, 9, CLASSES)
    losses = head.compute_loss([{"boxes": b, "labels": l} for b, l in zip(boxes, labels)],
                               {"cls_logits": logits, "bbox_regression": deltas}, [anchors] * 3, matches)
    image = gradients((losses["classification"], losses["bbox_regression"]), logits, deltas)

    exact = exact_anchors()
    logits, deltas = predictions(exact)
    total, c, b, forced = 0, 0, 0, []
    for i in range(3):
        m = forced_match(exact, boxes[i])
        forced.append(m)
        pos = m >= 0
        y = torch.zeros_like(logits[i])
        y[pos.nonzero()[:, 0], labels[i][m[pos]]] = 1
        c = c + sigmoid_focal_loss(logits[i][m != -2], y[m != -2], alpha=0.25, gamma=2, reduction="sum")
        if pos.any():
            b = b + (deltas[i][pos] - coder.encode_single(boxes[i][m[pos]], exact[pos])).abs().sum()
        total += int(pos.sum())
    batch = gradients((c / max(total, 1), b / max(total, 1)), logits, deltas)

    z = torch.tensor([-80.0, -20, -3, -0.5, 0, 0.5, 3, 20, 80]).requires_grad_()
    focal = []
    for gamma in (0.0, 1.5, 2.0):
        for t in (0.0, 1.0):
            value = sigmoid_focal_loss(z, torch.full_like(z, t), alpha=0.25, gamma=gamma, reduction="none")
            (grad,) = torch.autograd.grad(value.sum(), z)
            focal.append({"gamma": gamma, "present": t == 1, "values": rounded(value.detach()), "gradient": rounded(grad)})

    json.dump({
        "made_by": "tools/golden/retinanet_units.py, torch " + torch.__version__,
        "side": SIDE, "classes": CLASSES,
        "targets": [{"boxes": sum(b, []), "labels": l} for b, l in TARGETS],
        "baseAnchors": [rounded(a) for a in generator.cell_anchors],
        "anchors": sample("anchors", anchors, 400),
        "exactAnchors": sample("exactAnchors", exact, 400),
        "matches": [sparse(m) for m in matches],
        "forcedMatches": [sparse(m) for m in forced],
        "encoded": rounded(coder.encode_single(boxes[0][matches[0][positive]], anchors[positive])),
        "focal": {"logits": rounded(z.detach()), "cases": focal},
        "image": image, "batch": batch,
    }, open(OUT, "w"))


main()
