"""Golden numbers of convolution + frozen affine + bias + activation and of all its gradients, from PyTorch autograd in float64.

Run with torch in the Python that runs it:
    python3 tools/golden/convolution.py > packages/tensor-ops/src/fixtures/convolution.json
"""
import json

import torch
import torch.nn.functional as F

CASES = [
    # name, batch, height, width, in, out (0: depthwise), kernel h w, strides, padding [top, bottom, left, right], scale, bias, activation
    ("3x3", 2, 5, 6, 3, 4, 3, 3, (1, 1), (1, 1, 1, 1), True, True, "relu"),
    ("3x3 bare", 1, 4, 5, 2, 3, 3, 3, (1, 1), (1, 1, 1, 1), False, False, "none"),
    ("3x3 bias only", 1, 4, 5, 2, 3, 3, 3, (1, 1), (0, 0, 0, 0), False, True, "relu6"),
    ("3x3 scale only", 1, 4, 5, 2, 3, 3, 3, (1, 1), (1, 1, 1, 1), True, False, "relu"),
    ("3x3 stride 2 odd", 2, 7, 9, 3, 4, 3, 3, (2, 2), (1, 1, 1, 1), True, True, "relu"),
    ("3x3 stride 2 even", 1, 8, 6, 3, 4, 3, 3, (2, 2), (1, 1, 1, 1), True, True, "relu6"),
    ("3x3 stride 2 asymmetric", 1, 8, 7, 3, 2, 3, 3, (2, 2), (0, 1, 0, 1), True, True, "relu6"),
    ("7x7 stride 2", 1, 11, 12, 3, 4, 7, 7, (2, 2), (3, 3, 3, 3), True, True, "relu"),
    ("1x1", 2, 3, 5, 4, 3, 1, 1, (1, 1), (0, 0, 0, 0), True, True, "relu"),
    ("1x1 stride 2", 1, 7, 8, 4, 3, 1, 1, (2, 2), (0, 0, 0, 0), True, True, "none"),
    ("2x3 uneven strides, all paddings differ", 1, 7, 8, 2, 3, 2, 3, (1, 3), (2, 0, 1, 4), True, True, "relu"),
    ("padding beyond the filter", 1, 4, 4, 2, 2, 2, 2, (1, 1), (3, 2, 0, 3), False, True, "none"),
    ("depthwise 3x3", 2, 5, 6, 4, 0, 3, 3, (1, 1), (1, 1, 1, 1), True, True, "relu6"),
    ("depthwise 3x3 bare", 1, 5, 4, 3, 0, 3, 3, (1, 1), (1, 1, 1, 1), False, False, "none"),
    ("depthwise 3x3 stride 2 asymmetric", 1, 8, 6, 4, 0, 3, 3, (2, 2), (0, 1, 0, 1), True, True, "relu6"),
    ("depthwise 5x5 stride 2 odd", 1, 9, 11, 3, 0, 5, 5, (2, 2), (2, 2, 2, 2), True, True, "relu"),
    ("depthwise 5x5 stride 2 asymmetric", 1, 10, 8, 3, 0, 5, 5, (2, 2), (1, 2, 1, 2), False, True, "relu6"),
]


def flat(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().float().double().flatten().tolist()]


def case(name, batch, height, width, channels, out, kh, kw, strides, padding, scaled, biased, activation):
    depthwise = out == 0
    x = torch.randn(batch, channels, height, width).float().double().requires_grad_()
    w = (torch.randn(channels if depthwise else out, 1 if depthwise else channels, kh, kw)).float().double().requires_grad_()
    n = w.shape[0]
    scale = (torch.rand(n) + 0.5).float().double().requires_grad_() if scaled else None
    bias = torch.randn(n).float().double().requires_grad_() if biased else None
    top, bottom, left, right = padding
    effective = w * scale[:, None, None, None] if scaled else w
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), effective, bias, strides, groups=channels if depthwise else 1)
    if activation == "relu":
        y = y.relu()
    if activation == "relu6":
        y = F.relu6(y)
    dy = torch.randn_like(y).float().double()
    y.backward(dy)
    hwio = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
    nhwc = (0, 2, 3, 1)
    result = {
        "name": name, "depthwise": depthwise, "strides": list(strides), "padding": list(padding), "activation": activation,
        "xShape": [batch, height, width, channels], "filterShape": [w.permute(hwio).shape[i] for i in range(4)],
        "yShape": [y.permute(nhwc).shape[i] for i in range(4)],
        "x": flat(x.permute(nhwc)), "filter": flat(w.permute(hwio)), "dy": flat(dy.permute(nhwc)), "y": flat(y.permute(nhwc)),
        "dx": flat(x.grad.permute(nhwc)), "dfilter": flat(w.grad.permute(hwio)),
    }
    if scaled:
        result |= {"scale": flat(scale), "dscale": flat(scale.grad)}
    if biased:
        result |= {"bias": flat(bias), "dbias": flat(bias.grad)}
    return result


torch.manual_seed(20)
print("[\n" + ",\n".join(json.dumps(case(*c)) for c in CASES) + "\n]")
