"""Golden numbers of @sed/datasets-coco's splits: NumPy's legacy RandomState(fold).permutation, which folds are made with.

    python3 tools/golden/numpy_permutation.py    # needs numpy; writes packages/datasets-coco/src/fixtures/numpy-permutation.json
"""
import hashlib
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures"
rows = []
for size in (1, 2, 205, 118287):
    for seed in (1, 2, 3, 4, 5, 4294967295):
        order = np.random.RandomState(seed).permutation(np.arange(size)).tolist()
        # numpy.random.choice(range(n), size=k, replace=False) of Soft Teacher's script is the beginning of the same permutation.
        assert np.random.RandomState(seed).choice(range(size), size=size // 10, replace=False).tolist() == order[: size // 10]
        text = ",".join(map(str, order))
        rows.append({"size": size, "seed": seed, "first": order[:8], "sha256": hashlib.sha256(text.encode()).hexdigest()})
(FIXTURES / "numpy-permutation.json").write_text("[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]\n")
