"""Whole Faster R-CNNs of torchvision with hashed weights (hashed.py), for @sed/detectors.

  python3 tools/golden/faster_rcnn_models.py     # needs torch and torchvision in the Python that runs it; about 1 GB
Writes packages/detectors/src/fixtures/faster-rcnn-models.json: of ResNet-50 with an FPN of 256 channels samples of the RPN's predictions,
proposals, region predictions and the final detections, on an image where torchvision's anchors are not at powers of two; of ResNet-18 with an FPN of
16 channels the training losses with their gradients, with a fixed order in place of the samplers' random one. And
packages/methods/src/fixtures/faster-rcnn-step.json: losses and gradients of a step of scale-equivalent distillation (sed_reference.py) of that R18.

With SED_GOLDEN_DIR set, also writes fasterrcnn_resnet50_hashed.pth there: the same R50 as torch saves it (160 MB), which the tests then read.
"""
import json, os

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate
from torchvision.models import resnet18
from torchvision.models.detection import FasterRCNN, fasterrcnn_resnet50_fpn
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from hashed import fill, sample, short, uniform
from retinanet_models import image
from sed_reference import scale_consistency, self_distillation

PACKAGES = os.path.join(os.path.dirname(__file__), "../../packages")
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def rpn(model, x, features):
    """The RPN's predictions by level, rows by image, y, x, anchor."""
    logits, deltas = model.rpn.head(list(features.values()))
    return [o.permute(0, 2, 3, 1).reshape(-1, 1) for o in logits], [d.reshape(x.shape[0], -1, 4, *d.shape[2:]).permute(0, 3, 4, 1, 2).reshape(-1, 4) for d in deltas]


def propose(model, x, features, sizes):
    was, model.rpn.training = model.rpn.training, False
    with torch.no_grad():
        boxes, _ = model.rpn(ImageList(x, sizes), features)
    model.rpn.training = was
    return boxes


def regions(model, features, boxes, sizes):
    return model.roi_heads.box_predictor(model.roi_heads.box_head(model.roi_heads.box_roi_pool(features, boxes, sizes)))


def background_last(logits, deltas):
    """As @sed/detectors has them: no box of the background."""
    return logits.roll(-1, 1), deltas[:, 4:]


def r50(height=160, width=224, classes=8, candidates=200, proposals=150):
    # with random weights torchvision takes trainable batch norms; in eval mode they compute what its frozen ones do
    model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=classes + 1, rpn_pre_nms_top_n_test=candidates,
                                    rpn_post_nms_top_n_test=proposals).eval()
    fill(model)
    x = image("frcnn r50 image", 1, height, width)
    valid = (height - 9, width - 14)
    with torch.no_grad():
        features = model.backbone(x)
        logits, deltas = rpn(model, x, features)
        boxes = propose(model, x, features, [valid])
        class_logits, region_deltas = regions(model, features, boxes, [valid])
        found = {k: v[0] for k, v in zip(("boxes", "scores", "labels"), model.roi_heads.postprocess_detections(class_logits, region_deltas, boxes, [valid]))}
    c, d = background_last(class_logits, region_deltas)
    print("R50 rpn", [round(float(l.std()), 3) for l in logits], [round(float(l.std()), 3) for l in deltas], "regions", len(boxes[0]), round(float(c.std()), 3),
          round(float(d.std()), 3), "found", len(found["scores"]), found["scores"][:3], found["scores"][-3:], found["labels"].bincount())
    if folder := os.environ.get("SED_GOLDEN_DIR"):
        torch.save(model.state_dict(), os.path.join(folder, "fasterrcnn_resnet50_hashed.pth"))
    return {
        "height": height, "width": width, "classes": classes, "candidates": candidates, "proposals": proposals,
        "valid": {"height": valid[0], "width": valid[1]},
        "names": [k for k in model.state_dict() if not k.endswith("num_batches_tracked")],
        "logits": [sample(f"rpn logits {i}", l, 100) for i, l in enumerate(logits)],
        "deltas": [sample(f"rpn deltas {i}", l, 100) for i, l in enumerate(deltas)],
        "boxes": [short(v) for v in boxes[0].flatten()],
        "classLogits": sample("class logits", c), "regionDeltas": sample("region deltas", d),
        "detections": {"boxes": [short(v) for v in found["boxes"].flatten()], "scores": [short(v) for v in found["scores"]],
                       "labels": (found["labels"] - 1).tolist()},
    }


def small(classes, channels, hidden, prefix="", **counts):
    body = resnet18(norm_layer=nn.BatchNorm2d)
    backbone = BackboneWithFPN(body, {f"layer{i + 1}": str(i) for i in range(4)}, [64, 128, 256, 512], channels, LastLevelMaxPool())
    model = FasterRCNN(backbone, box_head=TwoMLPHead(channels * 49, hidden), box_predictor=FastRCNNPredictor(hidden, classes + 1), **counts).eval()
    fill(model, prefix)
    for name, p in model.named_parameters():  # torchvision's three trainable stages, with a trainable affine
        p.requires_grad_(not name.startswith("backbone.body.") or any(l in name for l in ("layer2", "layer3", "layer4")))
    return model


def tfjs(name, g, channels):
    if g.ndim == 4:
        g = g.permute(2, 3, 1, 0)
    if ".box_predictor." in name:
        g = g.roll(-4 if ".bbox_pred." in name else -1, 0)
    if ".fc6.weight" in name:
        g = g.reshape(g.shape[0], channels, 7, 7).permute(2, 3, 1, 0)
    elif g.ndim == 2:
        g = g.T
    return sample(name, g, 12)


def gradients_of(model, channels):
    return {k: tfjs(k, p.grad, channels) for k, p in model.named_parameters() if p.grad is not None}


def norm_of(model):
    return short(torch.sqrt(sum((p.grad.double() ** 2).sum() for p in model.parameters() if p.grad is not None)))


def training(side=128, classes=3, channels=16, hidden=24):
    model = small(classes, channels, hidden, rpn_pre_nms_top_n_train=150, rpn_post_nms_top_n_train=200, rpn_batch_size_per_image=64, box_batch_size_per_image=48)
    torch.randperm = lambda n, **_: torch.arange(n) * 7919 % max(n, 1)  # a prime: every row once, from all levels
    x = image("frcnn r18 image", 3, side, side)
    targets = [{"boxes": torch.tensor([[10.0, 12, 70, 90], [60, 20, 100, 50], [5, 100, 11, 109]]), "labels": torch.tensor([1, 3, 2])},
               {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)},
               {"boxes": torch.tensor([[2.0, 4, 126, 119], [30, 30, 62, 62]]), "labels": torch.tensor([1, 3])}]
    sizes = [(side, side), (side - 8, side - 20), (side, side - 2)]
    features = model.backbone(x)
    model.rpn.training = model.roi_heads.training = True
    boxes, first = model.rpn(ImageList(x, sizes), features, targets)
    _, second = model.roi_heads(features, boxes, sizes, targets)
    (sum(first.values()) + sum(second.values())).backward()
    print("losses", {k: float(v.detach()) for k, v in {**first, **second}.items()}, [len(b) for b in boxes], "norm", norm_of(model))
    return {
        "side": side, "classes": classes, "channels": channels, "hidden": hidden, "sizes": [{"height": h, "width": w} for h, w in sizes],
        "targets": [{"boxes": t["boxes"].flatten().tolist(), "labels": (t["labels"] - 1).tolist()} for t in targets],
        "losses": {"objectness": short(first["loss_objectness"].detach()), "rpnBoxRegression": short(first["loss_rpn_box_reg"].detach()),
                   "classification": short(second["loss_classifier"].detach()), "boxRegression": short(second["loss_box_reg"].detach())},
        "gradients": gradients_of(model, channels),
    }


def bytes_image(name, batch, side):
    """A batch of images of 8 bits, normalized."""
    levels = ((uniform(name, batch * side * side * 3) + 1) * 128).astype(np.uint8).reshape(batch, side, side, 3)
    x = (levels / 255 - np.array(MEAN)) / np.array(STD)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2), dtype=np.float32))


def step(side=128, classes=3, channels=16, hidden=24, candidates=80, proposals=60, lam_s=0.5, lam_d=1.0):
    """The unsupervised half of a SED step, as the peer's step_torch.py; squared distances of regions are divided by the number of classes."""
    counts = {"rpn_pre_nms_top_n_test": candidates, "rpn_post_nms_top_n_test": proposals}
    student, teacher = small(classes, channels, hidden, **counts), small(classes, channels, hidden, "teacher ", **counts)
    weak, strong = bytes_image("weak", 2, side), bytes_image("strong", 2, side)
    half = interpolate(strong, scale_factor=0.5, mode="bilinear", align_corners=False)
    size = lambda v: [tuple(v.shape[-2:])] * v.shape[0]
    join = lambda levels: torch.cat(levels)

    fx, fh = student.backbone(strong), student.backbone(half)
    (lx, dx), (lh, dh) = rpn(student, strong, fx), rpn(student, half, fh)
    with torch.no_grad():
        ft = teacher.backbone(weak)
        lt, dt = rpn(teacher, weak, ft)
    losses = {"scale.rpn": scale_consistency(join(lx[1:]), join(dx[1:]), join(lh[:-1]), join(dh[:-1]), "sigmoid"),
              "distillation.rpn": self_distillation(join(lt), join(dt), join(lx), join(dx), "sigmoid")}
    px, ph, pt = propose(student, strong, fx, size(strong)), propose(student, half, fh, size(half)), propose(teacher, weak, ft, size(weak))
    pair = [torch.cat([i, 2 * j]) for i, j in zip(px, ph)]
    full = background_last(*regions(student, fx, pair, size(strong)))
    reduced = background_last(*regions(student, fh, [p / 2 for p in pair], size(half)))
    losses["scale.roi"] = scale_consistency(*full, *reduced, "softmax")
    both = [torch.cat([i, j]) for i, j in zip(px, pt)]
    with torch.no_grad():
        target = background_last(*regions(teacher, ft, both, size(weak)))
    losses["distillation.roi"] = self_distillation(*target, *background_last(*regions(student, fx, both, size(strong))), "softmax")
    for name in ("scale.roi", "distillation.roi"):
        losses[name]["reg"] = losses[name]["reg"] / classes
    total = sum((lam_s if name.startswith("scale") else lam_d) * (l["cls"] + l["reg"]) for name, l in losses.items())
    total.backward()
    print("step", {k: {n: float(v.detach()) for n, v in l.items()} for k, l in losses.items()}, [[len(b) for b in p] for p in (px, ph, pt)], "norm", norm_of(student))
    return {
        "side": side, "classes": classes, "channels": channels, "hidden": hidden, "candidates": candidates, "proposals": proposals,
        "lambdaScale": lam_s, "lambdaDistill": lam_d, "rows": len(full[0]), "distillationRows": len(target[0]),
        "losses": {k: {"classification": short(l["cls"].detach()), "regression": short(l["reg"].detach())} for k, l in losses.items()},
        "total": short(total.detach()), "gradientNorm": norm_of(student), "gradients": gradients_of(student, channels),
    }


def main():
    torch.set_num_threads(1)
    made_by = {"made_by": "tools/golden/faster_rcnn_models.py, torch " + torch.__version__}
    json.dump({**made_by, **step()}, open(os.path.join(PACKAGES, "methods/src/fixtures/faster-rcnn-step.json"), "w"))
    json.dump({**made_by, "r50": r50(), "training": training()}, open(os.path.join(PACKAGES, "detectors/src/fixtures/faster-rcnn-models.json"), "w"))


if __name__ == "__main__":
    main()
