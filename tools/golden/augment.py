"""Golden numbers of @sed/augment: torchvision's uint8 color operations and Pillow's resize on small images.

    python3 tools/golden/augment.py      # needs torch, torchvision, pillow, numpy in the Python that runs it

Writes packages/augment/src/fixtures/torchvision.json: `images` by name {width, height, pixels: base64 of RGB rows} and `cases`
[{op, image, args, width, height, pixels}].
"""

import base64
import json
import pathlib

import numpy as np
import PIL
import torch
import torchvision
import torchvision.transforms.v2.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode

OUT = pathlib.Path(__file__).parents[2] / "packages/augment/src/fixtures/torchvision.json"


def natural(width, height, rng):
    """Low-frequency color, a dark and a bright shape with hard edges, a little grain."""
    y, x = np.mgrid[:height, :width]
    image = np.stack([120 + 70 * np.sin(x / w + p) * np.cos(y / h - p) for w, h, p in ((9, 7, 0), (6, 11, 1), (13, 5, 2))], -1)
    image[height // 4 : height // 2, width // 3 : width // 2] = (250, 30, 20)
    image[(x - width * 0.7) ** 2 + (y - height * 0.6) ** 2 < (height / 5) ** 2] = (10, 20, 60)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def edges(width, height):
    """Black, white, grays, the primaries and single bright pixels: where clamping, grays and hue sectors matter."""
    image = np.zeros((height, width, 3), np.uint8)
    colors = [(255, 255, 255), (128, 128, 128), (1, 1, 1), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (200, 100, 100)]
    for i, color in enumerate(colors):
        image[2 : height - 2, i * width // len(colors)] = color
    image[0, 0] = image[height - 1, width - 1] = image[height // 2, width // 2] = 255
    return image


def pack(array):
    return {"width": array.shape[1], "height": array.shape[0], "pixels": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def main():
    rng = np.random.RandomState(7)
    images = {
        "natural": natural(30, 25, rng),
        "noise": rng.randint(0, 256, (13, 17, 3)).astype(np.uint8),
        "edges": edges(20, 9),
    }
    cases = []

    def add(op, name, args, result):
        result = result.permute(1, 2, 0).numpy() if isinstance(result, torch.Tensor) else np.asarray(result)
        cases.append({"op": op, "image": name, "args": args, **pack(result)})

    for name, array in images.items():
        tensor = torch.from_numpy(array).permute(2, 0, 1)
        for op, function, factors in (
            ("adjustBrightness", F.adjust_brightness, (0.6, 1.37)),
            ("adjustContrast", F.adjust_contrast, (0.6, 1.4)),
            ("adjustSaturation", F.adjust_saturation, (0.0, 0.63, 1.4)),
            ("adjustHue", F.adjust_hue, (-0.5, -0.07, 0.21)),
        ):
            for factor in factors:
                add(op, name, [factor], function(tensor, factor))
        add("rgbToGrayscale", name, [], F.rgb_to_grayscale(tensor, 3))
        for kernel, sigma in ((23, 0.1), (23, 0.55), (23, 2.0), (5, 1.3)):
            if kernel // 2 < min(array.shape[:2]):
                add("gaussianBlur", name, [kernel, sigma], F.gaussian_blur(tensor, kernel, sigma))
        for width, height in ((11, 9), (15, 12), (41, 7), (1, 1)):
            size = [height, width]
            add("resize", name, [width, height, True], F.resize(tensor, size, InterpolationMode.BILINEAR, antialias=True))
            add("resize", name, [width, height, False], F.resize(tensor, size, InterpolationMode.BILINEAR, antialias=False))
            add("pillow", name, [width, height], Image.fromarray(array).resize((width, height), Image.BILINEAR))
    # Torch's reflection ends at the last pixel but one: 23 x 23 needs 12 pixels, so the smallest that it takes.
    small = torch.from_numpy(images["natural"][:12, :12].copy()).permute(2, 0, 1)
    images["small"] = small.permute(1, 2, 0).numpy()
    add("gaussianBlur", "small", [23, 1.9], F.gaussian_blur(small, 23, 1.9))

    OUT.parent.mkdir(parents=True, exist_ok=True)
    made_with = {"torch": torch.__version__, "torchvision": torchvision.__version__, "pillow": PIL.__version__}
    body = {"madeBy": "tools/golden/augment.py", "madeWith": made_with, "images": {k: pack(v) for k, v in images.items()}}
    rows = ",\n    ".join(json.dumps(c) for c in cases)
    OUT.write_text(json.dumps(body, indent=2)[:-2] + f',\n  "cases": [\n    {rows}\n  ]\n}}\n')
    print(f"{OUT}: {len(cases)} cases, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
