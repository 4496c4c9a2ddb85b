"""Golden numbers of @sed/augment's geometric operations: torchvision's affine and rotate of uint8 images and of boxes.

    python3 tools/golden/geometry.py      # needs torch and torchvision in the Python that runs it

Reads the images of packages/augment/src/fixtures/torchvision.json and writes geometry.json beside it: `cases`
[{image, operation, magnitude, pixels: base64 of RGB rows, boxes}] for `boxes` by image, mapped and not clipped.

torchvision's fill weighs the image twice where image and fill meet (it multiplies the zero-padded sample by the sampled mask), which
darkens that pixel. The golden pixels are its sample of (image - fill), plus fill: the plain blend. Where the mask is 0 or 1 both are
the same, which is asserted here for every case.
"""

import base64
import json
import math
import pathlib

import numpy as np
import torch
import torchvision
import torchvision.transforms.v2.functional as F
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/augment/src/fixtures"
FILL = [124.0, 116.0, 104.0]
CASES = [
    ("rotate", 15), ("rotate", -15), ("rotate", 90), ("rotate", 3.7),
    ("translate-x", 0.09375), ("translate-x", -0.31), ("translate-y", 0.09375), ("translate-y", -0.31),
    ("shear-x", 0.15), ("shear-x", -0.15), ("shear-y", 0.15), ("shear-y", -0.3),
]  # fmt: skip


def affine(x, operation, magnitude, **options):
    """`x` an image or boxes. Our signs: rotation clockwise, shears down and to the right."""
    height, width = x.canvas_size if isinstance(x, tv_tensors.BoundingBoxes) else x.shape[-2:]
    angle, translate, shear = 0.0, [0, 0], [0.0, 0.0]
    if operation == "rotate":
        angle = float(magnitude)
    elif operation == "translate-x":
        translate = [math.floor(magnitude * width + 0.5), 0]
    elif operation == "translate-y":
        translate = [0, math.floor(magnitude * height + 0.5)]
    elif operation == "shear-x":
        shear = [-math.degrees(math.atan(magnitude)), 0.0]
    else:
        # torchvision's y shear after its x shear of 0 is the plain one
        shear = [0.0, -math.degrees(math.atan(magnitude))]
    return F.affine(x, angle=angle, translate=translate, scale=1.0, shear=shear, interpolation=InterpolationMode.BILINEAR, **options)


def main():
    images = json.loads((FIXTURES / "torchvision.json").read_text())["images"]
    boxes, cases = {}, []
    for name in ("natural", "edges"):
        width, height = images[name]["width"], images[name]["height"]
        raw = np.frombuffer(base64.b64decode(images[name]["pixels"]), np.uint8).reshape(height, width, 3)
        image = torch.from_numpy(raw.copy()).permute(2, 0, 1)
        fill = torch.tensor(FILL).view(3, 1, 1)
        boxes[name] = [[2, 3, 9, 8], [0, 0, width, height], [width - 4.5, 1.25, width - 0.5, height]]
        for operation, magnitude in CASES:
            blend = affine(image.float() - fill, operation, magnitude) + fill
            pixels = blend.round().clamp(0, 255).to(torch.uint8)

            mask = affine(torch.ones(1, height, width), operation, magnitude)
            whole = ((mask < 1e-6) | (mask > 1 - 1e-6)).expand(3, -1, -1)
            plain = affine(image, operation, magnitude, fill=FILL)
            assert (plain.int() - pixels.int())[whole].abs().max() <= 1, (name, operation, magnitude)
            if operation == "rotate":
                turned = F.rotate(image, -magnitude, InterpolationMode.BILINEAR, fill=FILL)
                assert (turned.int() - plain.int()).abs().max() <= 1

            corners = tv_tensors.BoundingBoxes(torch.tensor(boxes[name]), format="XYXY", canvas_size=(height, width), clamping_mode=None)
            cases.append({
                "image": name,
                "operation": operation,
                "magnitude": magnitude,
                "boxes": [[round(v, 5) for v in row] for row in affine(corners, operation, magnitude).tolist()],
                "pixels": base64.b64encode(pixels.permute(1, 2, 0).contiguous().numpy().tobytes()).decode(),
            })  # fmt: skip

    out = FIXTURES / "geometry.json"
    rows = ",\n    ".join(json.dumps(c) for c in cases)
    made_with = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    head = {"madeBy": "tools/golden/geometry.py", "madeWith": made_with, "fill": FILL, "boxes": boxes}
    lines = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    out.write_text(f'{{\n{lines}  "cases": [\n    {rows}\n  ]\n}}\n')
    print(f"{out}: {len(cases)} cases, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
