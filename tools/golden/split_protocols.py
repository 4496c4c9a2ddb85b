"""Golden numbers of @sed/datasets-coco's COCO-standard folds: NumPy's legacy choice over 118,287 positions.

    python3 tools/golden/split_protocols.py    # needs numpy; writes packages/datasets-coco/src/fixtures/split-protocols.json

`exact` is numpy.random.choice(..., replace=False) with the fold as seed; `stac` is the call of STAC's and of mmdetection's script,
which draws with replacement. The image ids are made up, and not in the order of the file, as train2017's are not.
"""
import hashlib
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures"
IMAGES = 118287  # train2017
ids = [(i * 7919 + 12345) % 600011 + 1 for i in range(IMAGES)]
assert len(set(ids)) == IMAGES and ids != sorted(ids)


def row(percent, fold, replace):
    np.random.seed(fold)
    drawn = np.random.choice(range(IMAGES), size=int(percent / 100. * IMAGES), replace=replace)
    labeled = sorted(ids[i] for i in set(drawn.tolist()))
    text = ",".join(map(str, labeled))
    return {"variant": "stac" if replace else "exact", "percent": percent, "fold": fold, "images": len(labeled),
            "first": labeled[:4], "sha256": hashlib.sha256(text.encode()).hexdigest()}


rows = [row(p, f, r) for r in (False, True) for p in (1, 2, 5, 10) for f in (1, 2, 3, 4, 5)]
draws = []
for count, size, seed in ((1, 3, 1), (2, 40, 5), (205, 20, 3), (4096, 9, 7), (118287, 1182, 1)):
    draws.append({"count": count, "size": size, "seed": seed, "drawn": np.random.RandomState(seed).choice(range(count), size=size).tolist()[:40]})
sizes = [[p, n, int(p / 100. * n)] for p, n in ((1, 118287), (29, 100), (0.5, 118287), (7, 100), (10, 1005), (99.9, 1000))]
lines = lambda values: "[\n" + ",\n".join("    " + json.dumps(v) for v in values) + "\n  ]"
(FIXTURES / "split-protocols.json").write_text(
    f'{{\n  "folds": {lines(rows)},\n  "draws": {lines(draws)},\n  "sizes": {lines(sizes)}\n}}\n')
print([(r["percent"], r["images"]) for r in rows if r["variant"] == "stac"])
