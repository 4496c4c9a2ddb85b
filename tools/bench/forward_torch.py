"""Times the forward pass of `sed-cli bench forward` in PyTorch: backbone, pyramid and dense head of torchvision's detectors, without gradients.

    python3 tools/bench/forward_torch.py --model retinanet --backbone resnet50 --size 384 --batch 8 --channels-last

Prints one JSON line: milliseconds a forward pass (median and least), images a second, peak resident memory in MiB. `--fuse` folds the norms into the
convolutions, as ours are; `--compile` runs torch.compile's code. Needs torch and torchvision in the Python that runs it, and for
efficientnet-lite0 what torch_lite0.py needs.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.detection import FasterRCNN, RetinaNet
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.ops.misc import FrozenBatchNorm2d


def build(name, backbone, classes):
    if backbone == "efficientnet-lite0":
        import torch_lite0

        return torch_lite0.build(name, backbone, classes)
    if name == "retinanet":
        body = resnet_fpn_backbone(backbone_name=backbone, weights=None, returned_layers=[2, 3, 4],
                                   extra_blocks=LastLevelP6P7(256, 256))
        return RetinaNet(body, num_classes=classes)
    return FasterRCNN(resnet_fpn_backbone(backbone_name=backbone, weights=None), num_classes=classes + 1)


def fuse(module):
    """Folds each norm into the convolution registered before it, and leaves nothing in its place."""
    before = None
    for name, child in module.named_children():
        if isinstance(child, (nn.BatchNorm2d, FrozenBatchNorm2d)) and isinstance(getattr(module, before or "", None), nn.Conv2d):
            convolution = getattr(module, before)
            weight, bias = nn.utils.fusion.fuse_conv_bn_weights(
                convolution.weight, convolution.bias, child.running_mean, child.running_var, child.eps, child.weight, child.bias)
            convolution.weight, convolution.bias = nn.Parameter(weight), nn.Parameter(bias)
            setattr(module, name, nn.Identity())
        else:
            fuse(child)
        before = name


def dense(model, x):
    features = list(model.backbone(x).values())
    return model.head(features) if isinstance(model, RetinaNet) else model.rpn.head(features)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="retinanet", choices=["retinanet", "fasterrcnn"])
    parser.add_argument("--backbone", default="resnet50")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--classes", type=int, default=20)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--fuse", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--count", action="store_true", help="operations by torch's own counter, in `gflop`")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--json", action="store_true", help="always so")
    a = parser.parse_args()
    torch.manual_seed(0)
    model = build(a.model, a.backbone, a.classes).eval().requires_grad_(False).to(a.device)
    if a.fuse:
        fuse(model)
    x = torch.rand(a.batch, 3, a.size, a.size, device=a.device)
    if a.channels_last:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    sync = torch.cuda.synchronize if a.device == "cuda" else (lambda: None)
    run = torch.compile(dense) if a.compile else dense
    times, extra = [], {}
    if a.count:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            dense(model, x)
        extra["gflop"] = counter.get_total_flops() / 1e9
    with torch.inference_mode():
        run(model, x)
        for _ in range(a.steps):
            sync()
            start = time.perf_counter()
            run(model, x)
            sync()
            times.append((time.perf_counter() - start) * 1e3)
    ms = statistics.median(times)
    print(json.dumps({
        "peer": "torch " + torch.__version__, "model": a.model, "backbone": a.backbone, "size": a.size, "batch": a.batch,
        "channels_last": a.channels_last, "fuse": a.fuse, "compile": a.compile, "ms_per_forward": round(ms, 1),
        "ms_min": round(min(times), 1), "images_per_second": round(1000 * a.batch / ms, 1),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, **extra}))


if __name__ == "__main__":
    main()
