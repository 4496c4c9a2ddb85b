"""Images as torchvision's detectors make them ready: writes packages/detectors/src/fixtures/torchvision-transform.json.

python3 tools/golden/torchvision_transform.py   (needs torch and torchvision in the Python that runs it)
"""
import json, pathlib

import torch
from torchvision.models.detection.transform import GeneralizedRCNNTransform

OUT = pathlib.Path(__file__).parents[2] / "packages/detectors/src/fixtures/torchvision-transform.json"
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def pixels(width, height):
    """Levels that a test can make again: (7 x + 13 y + 29 c + x y) mod 256."""
    y, x, c = torch.meshgrid(torch.arange(height), torch.arange(width), torch.arange(3), indexing="ij")
    return ((7 * x + 13 * y + 29 * c + x * y) % 256).to(torch.uint8)


def transform(short, long):
    made = GeneralizedRCNNTransform(short, long, MEAN, STD)
    made.eval()
    return made


def case(width, height, short, long):
    image = pixels(width, height).permute(2, 0, 1).float() / 255
    images, _ = transform(short, long)([image])
    values = images.tensors[0].permute(1, 2, 0).flatten()
    every = max(1, len(values) // 60)
    return {"image": [width, height], "short": short, "long": long, "size": list(images.image_sizes[0])[::-1],
            "padded": list(images.tensors.shape[-2:])[::-1], "every": every,
            "values": [round(float(v), 6) for v in values[::every]], "sum": float(values.double().sum())}


def sizes(count=200):
    generator = torch.Generator().manual_seed(1)
    found = []
    for width, height, short in torch.randint(20, 400, (count, 3), generator=generator).tolist():
        images, _ = transform(short, short * 5 // 3)([torch.zeros(3, height, width)])
        found.append([width, height, short, short * 5 // 3, images.image_sizes[0][1], images.image_sizes[0][0]])
    return found


cases = [case(53, 37, 40, 80), case(37, 53, 20, 80), case(64, 32, 32, 64), case(90, 20, 40, 60)]
json.dump({"made_by": "tools/golden/torchvision_transform.py, torch " + torch.__version__, "cases": cases, "sizes": sizes()}, open(OUT, "w"))
