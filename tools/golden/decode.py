"""Golden hashes of @sed/datasets-coco's decoding: the RGB bytes that PIL gives for a few JPEGs of coco-open and bccd.

    python3 tools/golden/decode.py ../shared/data    # needs Pillow; writes packages/datasets-coco/src/fixtures/decode.json
"""
import hashlib
import json
import pathlib
import sys

from PIL import Image, ImageOps

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures"
data = pathlib.Path(sys.argv[1])
files = sorted(data.glob("coco-open/images/*.jpg"))
modes = {}
for f in files:
    with Image.open(f) as image:
        modes.setdefault((image.mode, "icc_profile" in image.info), []).append(f)
rows = []
for f in [g for group in modes.values() for g in group[:4]] + sorted(data.glob("bccd/voc/JPEGImages/*.jpg"))[:2]:
    image = Image.open(f)
    rgb = ImageOps.exif_transpose(image).convert("RGB")
    rows.append({"file": str(f.relative_to(data)), "mode": image.mode, "icc": "icc_profile" in image.info, "width": rgb.width,
                 "height": rgb.height, "sha256": hashlib.sha256(rgb.tobytes()).hexdigest()})
(FIXTURES / "decode.json").write_text("[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]\n")
