"""Golden numbers of @sed/datasets-coco's statistics: NumPy's moments, percentiles and histograms, torchvision's level rule and anchors.

    python3 tools/golden/data_stats.py    # needs numpy, torch, torchvision; writes packages/datasets-coco/src/fixtures/data-stats.json

The instances are spread log-uniformly, so that every level and both ends of the valid range are met. The best anchor of each is found by
brute force: box_iou with every anchor of torchvision's generator on the padded image.
"""
import json
import pathlib

import numpy as np
import torch
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou
from torchvision.ops.poolers import LevelMapper

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures/data-stats.json"
SHORT, LONG = 800, 1333
RATES = (1, 2, 4, 8, 16)
STRIDES = (8, 16, 32, 64, 128)
rng = np.random.default_rng(5)

images = [{"width": w, "height": h} for w, h in ((640, 480), (333, 500), (1000, 300), (64, 64))]
boxes, owners = [], []
for owner, image in enumerate(images):
    for _ in range(30):
        w = image["width"] * 2.0 ** rng.uniform(-6, 0)
        h = image["height"] * 2.0 ** rng.uniform(-6, 0)
        boxes.append([round(float(v), 2) for v in (rng.uniform(0, image["width"] - w), rng.uniform(0, image["height"] - h), w, h)])
        owners.append(owner)
b = np.array(boxes)
factors = np.array([min(SHORT / min(i["width"], i["height"]), LONG / max(i["width"], i["height"])) for i in images])
sizes = np.sqrt(b[:, 2] * b[:, 3]) * factors[owners]


def distribution(values, edges):
    p = np.percentile(values, (10, 25, 50, 75, 90))
    return {
        "mean": float(values.mean()), "std": float(values.std()), "min": float(values.min()), "max": float(values.max()),
        "percentiles": p.tolist(), "counts": np.histogram(values, edges)[0].tolist(),
    }


low, high = 32 / np.sqrt(2), 512 * np.sqrt(2)
valid = [{"rate": r, "inside": float(np.mean((sizes / r >= low) & (sizes / r <= high))), "below": float(np.mean(sizes / r < low))} for r in RATES]

scaled = torch.tensor(b * factors[owners][:, None], dtype=torch.float64)
scaled[:, 2:] += scaled[:, :2]
fpn = (LevelMapper(2, 5)([scaled]) + 2).tolist()

scales = tuple(tuple(int(s * 4 * 2 ** (k / 3)) for k in range(3)) for s in STRIDES)
generator = AnchorGenerator(scales, ((0.5, 1.0, 2.0),) * 5)
shapes = [(c[:, 2:] - c[:, :2]).to(torch.float64).tolist() for c in generator.cell_anchors]
levels, ious = [], []
for owner, (image, factor) in enumerate(zip(images, factors)):
    pad = lambda side: -(-round(side * factor) // 32) * 32
    H, W = pad(image["height"]), pad(image["width"])
    grids = [torch.zeros(1, 1, -(-H // s), -(-W // s)) for s in STRIDES]
    per_level = []
    for i, (grid, stride) in enumerate(zip(grids, STRIDES)):
        ys, xs = torch.meshgrid(torch.arange(grid.shape[-2]) * stride, torch.arange(grid.shape[-1]) * stride, indexing="ij")
        shift = torch.stack((xs, ys, xs, ys), -1).reshape(-1, 1, 4)
        anchors = (shift + generator.cell_anchors[i]).reshape(-1, 4).to(torch.float64)
        per_level.append(box_iou(scaled[np.array(owners) == owner], anchors).max(1).values)
    best = torch.stack(per_level).max(0)
    levels += (best.indices + 3).tolist()
    ious += best.values.tolist()
# the same anchors as torchvision's own grids, where a stride divides the padded image (it derives strides by division)
own = generator(ImageList(torch.zeros(1, 3, 832, 1088), [(800, 1067)]), [torch.zeros(1, 1, 104, 136), torch.zeros(1, 1, 52, 68), torch.zeros(1, 1, 26, 34), torch.zeros(1, 1, 13, 17)] + [torch.zeros(1, 1, 6, 8)])[0]
assert own[9].tolist() == (generator.cell_anchors[0][0] + torch.tensor([8, 0, 8, 0])).tolist()



def of_file(path):
    """Sizes of a COCO file's instances at the test size, from the JSON alone; crowds left out."""
    coco = json.loads(path.read_text())
    of = {i["id"]: min(SHORT / min(i["width"], i["height"]), LONG / max(i["width"], i["height"])) for i in coco["images"]}
    boxed = [a for a in coco["annotations"] if not a["iscrowd"]]
    return np.array([np.sqrt(a["bbox"][2] * a["bbox"][3]) * of[a["image_id"]] for a in boxed])


# kept as they are where the data is absent
shared = pathlib.Path(__file__).parents[3] / "shared/data"
real = json.loads(FIXTURE.read_text()).get("real", {}) if FIXTURE.exists() else {}
for name in ("coco-open/annotations/instances_val.json", "bccd/annotations/instances_train.json"):
    if (shared / name).exists():
        s = of_file(shared / name)
        real[name] = {"count": len(s), "mean": float(s.mean()), "std": float(s.std()), "inside": [float(np.mean((s / r >= low) & (s / r <= high))) for r in RATES]}

edges = np.arange(0, 1001, 20)
FIXTURE.write_text(json.dumps({
    "images": images, "boxes": boxes, "owners": owners, "factors": factors.tolist(), "sizes": [round(float(s), 9) for s in sizes],
    "distribution": distribution(sizes, edges), "original": distribution(np.sqrt(b[:, 2] * b[:, 3]), edges),
    "valid": valid, "range": [low, high], "fpn": fpn, "shapes": shapes, "levels": levels, "ious": [round(v, 9) for v in ious], "real": real,
}) + "\n")
