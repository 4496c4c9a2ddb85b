"""Whole RetinaNets of torchvision with hashed weights (hashed.py), for @sed/detectors.

  python3 tools/golden/retinanet_models.py       # needs torch and torchvision in the Python that runs it; about 1 GB
Writes packages/detectors/src/fixtures/retinanet-models.json: samples of features and predictions and the final detections
of ResNet-50 with an FPN of 256 channels, and losses and gradients of ResNet-18 with one of 16. Sizes are such that
torchvision's strides (image size / grid size) are the powers of two.

With SED_GOLDEN_DIR set, also writes retinanet_resnet50_hashed.pth there: the same R50 as torch saves it (130 MB), which the
tests then read.
"""
import json, os

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet18
from torchvision.models.detection import RetinaNet, retinanet_resnet50_fpn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.image_list import ImageList
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from hashed import fill, sample, short, uniform

OUT = os.path.join(os.path.dirname(__file__), "../../packages/detectors/src/fixtures/retinanet-models.json")


def image(name, batch, height, width):
    """[B, 3, H, W] of values that both sides index as [B, H, W, 3]."""
    values = uniform(name, batch * height * width * 3).reshape(batch, height, width, 3).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2)))


def run(model, x):
    features = list(model.backbone(x).values())
    head = model.head(features)
    images = ImageList(x, [tuple(x.shape[-2:])] * x.shape[0])
    return features, head, model.anchor_generator(images, features)


def r50(height=256, width=384, classes=8):
    # with random weights torchvision takes trainable batch norms; in eval mode they compute what its frozen ones do
    model = retinanet_resnet50_fpn(weights=None, weights_backbone=None, num_classes=classes).eval()
    fill(model)
    x = image("r50 image", 1, height, width)
    valid = (height - 20, width - 30)
    with torch.no_grad():
        features, head, anchors = run(model, x)
        counts = [f.shape[2] * f.shape[3] * 9 for f in features]
        split = {k: list(v.split(counts, dim=1)) for k, v in head.items()}
        found = model.postprocess_detections(split, [list(a.split(counts)) for a in anchors], [valid])[0]
    print("R50 features", [round(float(f.std()), 3) for f in features], "logits", round(float(head["cls_logits"].std()), 3),
          "deltas", round(float(head["bbox_regression"].std()), 3), "found", len(found["scores"]), found["scores"][:3], found["scores"][-3:])
    if folder := os.environ.get("SED_GOLDEN_DIR"):
        torch.save(model.state_dict(), os.path.join(folder, "retinanet_resnet50_hashed.pth"))
    return {
        "height": height, "width": width, "classes": classes, "valid": {"height": valid[0], "width": valid[1]},
        "names": [k for k in model.state_dict() if not k.endswith("num_batches_tracked")],
        "features": [sample(f"P{i + 3}", f.permute(0, 2, 3, 1)) for i, f in enumerate(features)],
        "logits": [sample(f"logits {i}", l) for i, l in enumerate(split["cls_logits"])],
        "deltas": [sample(f"deltas {i}", d) for i, d in enumerate(split["bbox_regression"])],
        "detections": {"boxes": [short(v) for v in found["boxes"].flatten()], "scores": [short(v) for v in found["scores"]],
                       "labels": found["labels"].tolist()},
    }


def r18(side=128, classes=3, channels=16):
    body = resnet18(norm_layer=nn.BatchNorm2d)
    backbone = BackboneWithFPN(body, {"layer2": "0", "layer3": "1", "layer4": "2"}, [128, 256, 512], channels, LastLevelP6P7(channels, channels))
    sizes = tuple((x, int(x * 2 ** (1 / 3)), int(x * 2 ** (2 / 3))) for x in (32, 64, 128, 256, 512))
    model = RetinaNet(backbone, classes, anchor_generator=AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * 5)).eval()
    fill(model)
    for name, p in model.named_parameters():  # torchvision's three trainable stages, with a trainable affine
        p.requires_grad_(not name.startswith("backbone.body.") or any(l in name for l in ("layer2", "layer3", "layer4")))
    x = image("r18 image", 2, side, side)
    targets = [{"boxes": torch.tensor([[10.0, 12, 70, 90], [60, 20, 100, 50]]), "labels": torch.tensor([0, 2])},
               {"boxes": torch.tensor([[30.0, 30, 62, 62]]), "labels": torch.tensor([1])}]
    features, head, anchors = run(model, x)
    losses = model.compute_loss(targets, head, anchors)
    sum(losses.values()).backward()
    gradients = {k: p.grad for k, p in model.named_parameters() if p.grad is not None}
    print("R18 losses", {k: float(v) for k, v in losses.items()}, len(gradients), "gradients")

    def tfjs(name, g):
        if g.ndim == 4:
            g = g.permute(2, 3, 1, 0)
        return sample(name, g, 12)

    return {
        "side": side, "classes": classes, "channels": channels,
        "targets": [{"boxes": t["boxes"].flatten().tolist(), "labels": t["labels"].tolist()} for t in targets],
        "losses": {"classification": short(losses["classification"].detach()), "boxRegression": short(losses["bbox_regression"].detach())},
        "gradients": {k: tfjs(k, g) for k, g in gradients.items()},
    }


def c5(side=64, channels=16):
    """P6 from C5, as torchvision's V2 and mmdetection."""
    body = resnet18(norm_layer=nn.BatchNorm2d)
    model = nn.Module()
    model.backbone = BackboneWithFPN(body, {"layer2": "0", "layer3": "1", "layer4": "2"}, [128, 256, 512], channels, LastLevelP6P7(512, channels))
    fill(model.eval())
    with torch.no_grad():
        return {"side": side, "channels": channels,
                "features": [sample(f"P{i + 3}", f.permute(0, 2, 3, 1), 50) for i, f in enumerate(model.backbone(image("c5 image", 1, side, side)).values())]}


if __name__ == "__main__":
    torch.set_num_threads(1)
    json.dump({"made_by": "tools/golden/retinanet_models.py, torch " + torch.__version__, "r50": r50(), "r18": r18(), "c5": c5()}, open(OUT, "w"))
