"""Whole detectors of torchvision on image files: weights for `sed-cli predict --model … --weights …` and the detections to compare with.

python3 tools/golden/torchvision_detections.py --images DIR --out DIR [--count 10] [--models …]   (needs torch, torchvision and pillow in the Python that runs it)

Writes OUT/images/*.png (the first images of DIR, decoded by pillow), and for each model OUT/MODEL.pth (random but live weights, 91 classes: norms with
statistics of the images, scores that fire), OUT/MODEL.old.pth (the same under the names of files before torchvision 0.13) and OUT/MODEL.json:
COCO results of `model([image])`, image by image. Then:

  sed-cli predict --model MODEL --weights OUT/MODEL.pth --images OUT/images --out found.json
  node tools/golden/compare_detections.mjs OUT/MODEL.json found.json
"""
import argparse, json, pathlib, re

import torch
import torchvision
from PIL import Image
from torchvision.transforms.functional import to_tensor

MODELS = {"fasterrcnn_resnet50_fpn": torchvision.models.detection.fasterrcnn_resnet50_fpn,
          "retinanet_resnet50_fpn": torchvision.models.detection.retinanet_resnet50_fpn}


def old_names(state):
    """The names that torchvision's released files have."""
    found = {}
    for name, value in state.items():
        name = re.sub(r"^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.0\.", r"\1.", name)
        name = re.sub(r"^rpn\.head\.conv\.0\.0\.", "rpn.head.conv.", name)
        name = re.sub(r"^(head\.\w+_head\.conv)\.(\d)\.0\.", lambda m: f"{m[1]}.{2 * int(m[2])}.", name)
        found[name] = value
    return found


@torch.no_grad()
def scale_last(layer, inputs, deviation, mean=0.0):
    """Weights so that each of the layer's outputs has this deviation around this mean on these inputs."""
    layer.bias.zero_()
    outputs = torch.cat([layer(x).transpose(0, 1).flatten(1) for x in inputs], 1)
    factor = deviation / outputs.std(1)
    layer.weight.mul_(factor.reshape([-1] + [1] * (layer.weight.dim() - 1)))
    layer.bias.copy_(mean - outputs.mean(1) * factor)


@torch.no_grad()
def enliven(model, name, images):
    """Statistics of the batch norms from the images; output layers whose scores fire and whose boxes move."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for m in norms:
        m.weight.uniform_(0.5, 1.0)
        m.bias.normal_(0, 0.1)
        m.momentum = None
    body = model.backbone
    body.train()
    small = [torch.nn.functional.interpolate(i[None], size=(320, 320), mode="bilinear") for i in images[:4]]
    body(torch.cat(small))
    model.eval()
    seen = {}
    hooks = []

    def watch(layer):
        hooks.append(layer.register_forward_pre_hook(lambda m, x: seen.setdefault(m, []).append(x[0])))

    if name.startswith("retinanet"):
        last = [(model.head.classification_head.cls_logits, 1.2, -5.0), (model.head.regression_head.bbox_reg, 0.3, 0.0)]
    else:
        last = [(model.rpn.head.cls_logits, 2.0, -1.0), (model.rpn.head.bbox_pred, 0.2, 0.0),
                (model.roi_heads.box_predictor.cls_score, 1.2, 0.0), (model.roi_heads.box_predictor.bbox_pred, 0.7, 0.0)]
    for group in (last[:2], last[2:]):
        for layer, _, _ in group:
            watch(layer)
        if group:
            model(images[:2])
        for hook in hooks:
            hook.remove()
        for layer, deviation, mean in group:
            scale_last(layer, seen[layer], deviation, mean)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--images", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--count", type=int, default=10)
    p.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    a = p.parse_args()
    out = pathlib.Path(a.out)
    (out / "images").mkdir(parents=True, exist_ok=True)
    names = sorted(f for f in pathlib.Path(a.images).rglob("*") if f.suffix.lower() in (".jpg", ".jpeg", ".png"))[:a.count]
    images = []
    for name in names:
        image = Image.open(name).convert("RGB")
        image.save(out / "images" / (name.stem + ".png"))
        images.append(to_tensor(image))
    for name in a.models:
        torch.manual_seed(3)
        model = MODELS[name](weights=None, weights_backbone=None, num_classes=91)
        enliven(model, name, images)
        torch.save(model.state_dict(), out / f"{name}.pth")
        torch.save(old_names(model.state_dict()), out / f"{name}.old.pth")
        found = []
        with torch.no_grad():
            for i, image in enumerate(images):
                d = model([image])[0]
                for (x1, y1, x2, y2), score, label in zip(d["boxes"].tolist(), d["scores"].tolist(), d["labels"].tolist()):
                    found.append({"image_id": i + 1, "category_id": label, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score})
        json.dump(found, open(out / f"{name}.json", "w"))
        scores = [d["score"] for d in found]
        print(f"{name}: {len(found)} detections on {len(images)} images, scores {min(scores):.3f} to {max(scores):.3f}, {len({d['category_id'] for d in found})} classes")


main()
