"""The PyTorch peer's SED step on EfficientNet-Lite0 with a pyramid of 64 channels: torch_lite0.py's models in step_torch.py's step.

    python3 tools/bench/step_torch_lite0.py --reference FOLDER --model retinanet --backbone efficientnet-lite0 --size 384

FOLDER has `step_torch.py` and `sed_reference.py`; or it is in PYTHONPATH. Flags and JSON are those of step_torch.py, and `parameters`: how many
values are trained, and all, which `sed-cli bench step --json` gives too. Needs what torch_lite0.py needs.
"""
import argparse
import contextlib
import io
import json
import sys

import torch_lite0

parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--reference")
known, rest = parser.parse_known_args()
if known.reference:
    sys.path.insert(0, known.reference)
try:
    import step_torch
except ModuleNotFoundError as error:
    if error.name not in ("step_torch", "sed_reference"):
        raise
    raise SystemExit(f"{error.name}.py is not found: name its folder with --reference or PYTHONPATH.")

counts = {}


def build(name, backbone, classes):
    model = torch_lite0.build(name, backbone, classes)
    counts.update(torch_lite0.parameter_counts(model))
    return model


step_torch.build = build
if not any(word.startswith("--backbone") for word in rest):
    rest += ["--backbone", torch_lite0.BACKBONE]
sys.argv = [sys.argv[0], *rest]
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    step_torch.main()
print(json.dumps({**json.loads(printed.getvalue()), "parameters": counts}))
