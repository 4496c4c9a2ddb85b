"""RoIAlign's values and gradients for @sed/tensor-ops, and the levels of regions for @sed/geometry.

  python3 tools/golden/roi_align.py              # needs torch and torchvision in the Python that runs it
Writes packages/tensor-ops/src/fixtures/roi-align.json and packages/geometry/src/fixtures/roi-levels.json.
"""
import json, os

import numpy as np
import torch
from torchvision.ops import MultiScaleRoIAlign, roi_align
from torchvision.ops.poolers import LevelMapper

PACKAGES = os.path.join(os.path.dirname(__file__), "../../packages")
B, C, H, W, OUTPUT = 2, 2, 6, 7, (3, 2)
ROIS = [  # image, x1 y1 x2 y2 in pixels of an image at stride 4: 28 x 24
    [0, 3, 2, 21, 19], [1, 0, 0, 28, 24], [0, 5.5, 6.25, 7, 8.125],  # inside; all; smaller than a cell
    [1, -9, -7, 12, 10], [0, 18, 15, 40, 33], [1, -3.999, -4, 28, 28],  # over the borders, to the samples' limit
    [0, 40, 40, 60, 60], [1, -60, -50, -20, -10], [0, 28, 24, 28, 24],  # outside; a point in the corner
    [1, 9, 9, 9, 9], [0, 20, 18, 6, 4], [1, 4, 17, 22, 3],  # no area; reversed; reversed in y
    [0, -4, -4, 4, 4], [1, -400, -300, 420, 330],  # about the first cell; far larger than the image
]


def short(t):
    return [float(f"{float(v):.7g}") for v in t.detach().reshape(-1)]


def main():
    random = np.random.default_rng(5)
    features = torch.tensor(random.normal(size=(B, C, H, W)).round(3), dtype=torch.float32)
    rois = torch.tensor(ROIS, dtype=torch.float32)
    dy = torch.tensor(random.normal(size=(len(ROIS), C, *OUTPUT)).round(3), dtype=torch.float32)
    cases = []
    for aligned in (False, True):
        for ratio in (0, 1, 2, 3):
            x = features.clone().requires_grad_()
            # with a reversed region torch's adaptive kernel ends in an exception ("vector larger than max_size"); here it is 0
            keep = torch.tensor([i for i, (_, x1, y1, x2, y2) in enumerate(ROIS) if not (aligned and ratio == 0 and (x2 < x1 or y2 < y1))])
            kept = roi_align(x, rois[keep], OUTPUT, 0.25, ratio, aligned)
            kept.backward(dy[keep])
            y = torch.zeros_like(dy).index_copy(0, keep, kept)
            cases.append({"aligned": aligned, "samplingRatio": ratio, "values": short(y.permute(0, 2, 3, 1)), "gradient": short(x.grad.permute(0, 2, 3, 1))})

    # four levels, as in a feature pyramid
    pyramid = [torch.tensor(random.normal(size=(1, 1, 32 >> i, 48 >> i)).round(2), dtype=torch.float32).requires_grad_() for i in range(4)]
    sides = [(8, 8), (60, 20), (112, 112), (111.9, 112), (224, 224), (500, 400), (448, 448), (30, 300), (223.9999, 224), (192, 128)]
    boxes = torch.tensor([[3 + i, 5 - i, 3 + i + w, 5 - i + h] for i, (w, h) in enumerate(sides)], dtype=torch.float32)
    pool = MultiScaleRoIAlign(["0", "1", "2", "3"], (2, 2), 2)
    y = pool({str(i): f for i, f in enumerate(pyramid)}, [boxes], [(128, 192)])
    dz = torch.tensor(random.normal(size=tuple(y.shape)).round(2), dtype=torch.float32)
    y.backward(dz)

    # levels where the formulas round: sides around powers of two of 224 and 56
    side = torch.tensor([s * (1 + e) for s in (28, 56, 112, 224, 448, 896) for e in (-1e-5, -2e-7, 0, 1e-6)] + [0, 1e-3, 5000], dtype=torch.float32)
    squares = torch.stack([torch.zeros_like(side), torch.zeros_like(side), side, side], 1)
    scale = torch.sqrt((squares[:, 2] - squares[:, 0]) * (squares[:, 3] - squares[:, 1]))
    mmdetection = torch.floor(torch.log2(scale / 56 + 1e-6)).clamp(0, 3).long()  # its SingleRoIExtractor.map_roi_levels

    json.dump({
        "made_by": "tools/golden/roi_align.py, torch " + torch.__version__,
        "shape": [B, H, W, C], "outputSize": OUTPUT, "scale": 0.25,
        "features": short(features.permute(0, 2, 3, 1)), "boxes": short(rois[:, 1:]), "images": rois[:, 0].int().tolist(),
        "dy": short(dy.permute(0, 2, 3, 1)), "cases": cases,
        "pyramid": {"features": [short(f) for f in pyramid], "sizes": [[32 >> i, 48 >> i] for i in range(4)], "boxes": short(boxes),
                    "levels": LevelMapper(2, 5)([boxes]).tolist(), "values": short(y.permute(0, 2, 3, 1)), "dy": short(dz.permute(0, 2, 3, 1)), "gradients": [short(f.grad) for f in pyramid]},
    }, open(os.path.join(PACKAGES, "tensor-ops/src/fixtures/roi-align.json"), "w"))
    json.dump({"sides": [float(v) for v in side], "torchvision": LevelMapper(2, 5)([squares]).tolist(), "mmdetection": mmdetection.tolist()},
              open(os.path.join(PACKAGES, "geometry/src/fixtures/roi-levels.json"), "w"))


main()
