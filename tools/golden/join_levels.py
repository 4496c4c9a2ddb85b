"""Golden numbers of joinLevels: the rows of a pyramid as torch joins them, and the gradient that reaches each level.

    python3 tools/golden/join_levels.py > packages/tensor-ops/src/fixtures/join-levels.json    # needs torch

Levels are NHWC maps [B, H, W, A·C], the values of an anchor beside each other; `joined` is torch.cat of their rows.
"""
import json

import torch

torch.manual_seed(5)
BATCH, ANCHORS = 2, 3
GRIDS = [(3, 4), (2, 2), (1, 1)]
COLUMNS = {"logits": 5, "deltas": 4}


def flat(tensor):
    return [round(v, 4) for v in tensor.detach().flatten().tolist()]


def join(columns):
    levels = [torch.tensor(flat(torch.randn(BATCH, h, w, ANCHORS * columns))).reshape(BATCH, h, w, ANCHORS * columns).requires_grad_()
              for h, w in GRIDS]
    joined = torch.cat([level.reshape(-1, columns) for level in levels])
    weight = torch.arange(joined.numel()).reshape(joined.shape) / 100
    gradients = torch.autograd.grad((joined * weight).sum(), levels)
    return {"levels": [flat(level) for level in levels], "shape": list(joined.shape), "joined": flat(joined),
            "gradients": [flat(g) for g in gradients]}


print(json.dumps({"batch": BATCH, "anchors": ANCHORS, "grids": GRIDS, "columns": COLUMNS,
                  **{name: join(columns) for name, columns in COLUMNS.items()}}))
