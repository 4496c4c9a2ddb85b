"""Golden numbers of @sed/trainer's optimizer: torch.optim.SGD with clip_grad_norm_ over several steps, in float32.

    python3 tools/golden/sgd.py    # needs torch; writes packages/methods/src/fixtures/sgd.json
"""
import json
import pathlib

import torch

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/methods/src/fixtures"
SHAPES = {"a.weight": [3, 3, 2, 4], "a.bias": [4], "b.weight": [5, 6], "scalar": [1]}
STEPS, LRS = 6, [0.1, 0.1, 0.05, 0.05, 0.01, 0.01]


def case(momentum, weight_decay, clip):
    torch.manual_seed(3)
    params = {k: torch.nn.Parameter(torch.randn(s)) for k, s in SHAPES.items()}
    optimizer = torch.optim.SGD(params.values(), lr=1.0, momentum=momentum, weight_decay=weight_decay)
    out = {"momentum": momentum, "weightDecay": weight_decay, "clip": clip, "lrs": LRS, "steps": []}
    out["initial"] = {k: p.detach().flatten().tolist() for k, p in params.items()}
    for step in range(STEPS):
        scale = 3.0 if step % 2 else 0.05  # some steps clip, others do not
        gradients = {k: torch.randn(s) * scale for k, s in SHAPES.items()}
        for k, p in params.items():
            p.grad = gradients[k].clone()
        norm = torch.nn.utils.clip_grad_norm_(params.values(), clip) if clip else torch.nn.utils.get_total_norm([p.grad for p in params.values()])
        optimizer.param_groups[0]["lr"] = LRS[step]
        optimizer.step()
        out["steps"].append({
            "gradients": {k: g.flatten().tolist() for k, g in gradients.items()},
            "norm": float(norm),
            "weights": {k: p.detach().flatten().tolist() for k, p in params.items()},
        })
    out["velocity"] = {k: optimizer.state[p]["momentum_buffer"].flatten().tolist() for k, p in params.items()} if momentum else None
    return out


FIXTURES.mkdir(parents=True, exist_ok=True)
cases = [case(0.9, 1e-2, 2.0), case(0.9, 0.0, None), case(0.0, 1e-2, None)]
round6 = lambda v: float(f"{v:.8g}") if isinstance(v, float) else v
walk = lambda v: {k: walk(x) for k, x in v.items()} if isinstance(v, dict) else [walk(x) for x in v] if isinstance(v, list) else round6(v)
(FIXTURES / "sgd.json").write_text(json.dumps({"shapes": SHAPES, "cases": walk(cases)}) + "\n")
