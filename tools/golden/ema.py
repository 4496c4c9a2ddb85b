"""Golden numbers of @sed/teacher-ema: Eq 4 by sed_reference.ema_update on torch modules, in float64.

    python3 tools/golden/ema.py    # needs torch; writes packages/teacher-ema/src/fixtures/ema.json
"""
import copy
import json
import pathlib

import torch

import sed_reference as sed

torch.manual_seed(3)
student = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3)).double()
teacher = copy.deepcopy(student)
state = lambda m: {k: {"shape": list(v.shape), "data": [float(f"{x:.9g}") for x in v.flatten().tolist()]}
                   for k, v in m.state_dict().items()}
out = {"start": state(teacher), "updates": []}
for step, alpha in enumerate([0.99, 0.996, 0.9, 0.0, 1.0, 0.5]):
    with torch.no_grad():  # what an optimizer and a batch would have done
        for p in student.parameters():
            p.add_(torch.randn_like(p) * 0.1)
        student[1].running_mean.add_(torch.randn(3).double())
        student[1].running_var.add_(torch.rand(3).double())
        student[1].num_batches_tracked.add_(1)
    sed.ema_update(teacher, student, alpha)
    for t, s in zip(teacher.buffers(), student.buffers()):  # buffers are copied, not averaged
        t.copy_(s)
    out["updates"].append({"alpha": alpha, "student": state(student), "teacher": state(teacher)})
path = pathlib.Path(__file__).parents[2] / "packages/teacher-ema/src/fixtures/ema.json"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
