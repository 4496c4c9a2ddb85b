"""A run's weights in torchvision: loaded with strict=True, and the detections there, to compare with ours.

python3 tools/golden/run_in_torchvision.py --weights RUN/checkpoints/step-N/teacher.safetensors --images DIR --out expected.json [--min-size 800 --max-size 1333]
(needs torch, torchvision, safetensors and pillow in the Python that runs it; ResNet-18 and ResNet-50, Faster R-CNN and RetinaNet)

  sed-cli predict --model fasterrcnn-resnet18 --weights …/teacher.safetensors --size 800 --norm-epsilon 1e-5 --images DIR --out found.json
  node tools/golden/compare_detections.mjs expected.json found.json
"""
import argparse, json, pathlib

import torch
from PIL import Image
from safetensors.torch import load_file
from torchvision.models.detection import FasterRCNN, RetinaNet
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops.feature_pyramid_network import LastLevelP6P7
from torchvision.transforms.functional import to_tensor

p = argparse.ArgumentParser()
p.add_argument("--weights", required=True)
p.add_argument("--images", required=True)
p.add_argument("--out", required=True)
p.add_argument("--min-size", type=int, default=800)
p.add_argument("--max-size", type=int, default=1333)
p.add_argument("--score", type=float, default=0.05)
a = p.parse_args()

state = load_file(a.weights)
first = 0
backbone = "resnet50" if "backbone.body.layer1.0.conv3.weight" in state else "resnet18"
size = {"min_size": a.min_size, "max_size": a.max_size}
if "roi_heads.box_predictor.cls_score.weight" in state:
    outputs = state["roi_heads.box_predictor.cls_score.weight"].shape[0]
    body = resnet_fpn_backbone(backbone_name=backbone, weights=None)
    model = FasterRCNN(body, num_classes=outputs, box_score_thresh=a.score, **size)
else:
    outputs = state["head.classification_head.cls_logits.weight"].shape[0] // 9
    body = resnet_fpn_backbone(backbone_name=backbone, weights=None, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    first = 0 if outputs == 91 else 1  # our categories count from 1; COCO's 91 outputs are indexed by category
    model = RetinaNet(body, num_classes=outputs, score_thresh=a.score, **size)
print(f"{type(model).__name__} on {backbone}, {outputs} outputs: {model.load_state_dict(state, strict=True)}")
model.eval()

found = []
files = sorted(f for f in pathlib.Path(a.images).iterdir() if f.suffix.lower() in (".jpg", ".jpeg", ".png"))
for i, file in enumerate(files):
    with torch.no_grad():
        d = model([to_tensor(Image.open(file).convert("RGB"))])[0]
    for (x1, y1, x2, y2), score, label in zip(d["boxes"].tolist(), d["scores"].tolist(), d["labels"].tolist()):
        found.append({"image_id": i + 1, "category_id": label + first, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score})
json.dump(found, open(a.out, "w"))
print(f"{len(found)} detections on {len(files)} images, best score {max(d['score'] for d in found):.3f}")
