"""Golden pixels of @sed/datasets-coco's decoding: small images of every kind, made by PIL, and what PIL reads from them.

    python3 tools/golden/decode_formats.py    # needs Pillow (with WebP) and NumPy; writes packages/datasets-coco/src/fixtures/decode-formats.json

Each entry has the file itself and the RGB bytes that a training pipeline on PIL gets: EXIF's rotation applied (ImageOps.exif_transpose), then
convert("RGB"). Where that is not the rule here, `rule` says which one is: alpha is laid over white, where convert("RGB") drops it; and the
high byte of 16-bit gray is taken, as OpenCV's IMREAD_COLOR does, where PIL cuts all above 255 to white.
"""
import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures/decode-formats.json"
WIDTH, HEIGHT = 24, 16
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
# Smooth, without any symmetry.
RGB = np.stack([x * 10, y * 15, (x * 7 + y * 5) % 256], -1).astype(np.uint8)
GRAY = (x * 6 + y * 6).astype(np.uint8)
ALPHA = (x * 10 + 5).astype(np.uint8)
entries = []


def add(name, data, rule=None, pixels=None):
    if pixels is None:
        pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    entries.append({"name": name, **({"rule": rule} if rule else {}), "file": base64.b64encode(data).decode(),
                    "width": pixels.shape[1], "height": pixels.shape[0],
                    "pixels": base64.b64encode(zlib.compress(pixels.astype(np.uint8).tobytes(), 9)).decode()})


def save(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def over_white(image):
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))


def png16(values):
    """A 16-bit PNG, gray or RGB: PIL writes none of RGB."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", width, height, 16, 2 if values.ndim == 3 else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


rgb = Image.fromarray(RGB)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    add(f"exif-{orientation}.jpg", save(rgb, "JPEG", quality=95, exif=exif))
for kind, suffix in (("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif")):
    exif = Image.Exif()
    exif[0x0112] = 6
    add(f"exif-6.{suffix}", save(rgb, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {})))

for quality, sampling in ((90, 0), (75, 2)):
    add(f"quality-{quality}-{sampling}.jpg", save(rgb, "JPEG", quality=quality, subsampling=sampling))
add("progressive.jpg", save(rgb, "JPEG", progressive=True))
add("gray.jpg", save(Image.fromarray(GRAY), "JPEG"))
add("cmyk.jpg", save(rgb.convert("CMYK"), "JPEG", quality=95))
add("rgb.png", save(rgb, "PNG"))
add("gray.png", save(Image.fromarray(GRAY), "PNG"))
add("bilevel.png", save(Image.fromarray(GRAY).convert("1"), "PNG"))
add("palette.png", save(rgb.quantize(32), "PNG"))
rgba = Image.fromarray(np.dstack([RGB, ALPHA]))
add("alpha.png", save(rgba, "PNG"), "alpha over white", over_white(rgba))
la = Image.fromarray(GRAY).convert("LA")
la.putalpha(Image.fromarray(ALPHA))
add("gray-alpha.png", save(la, "PNG"), "alpha over white", over_white(la))
palette = rgb.quantize(32)
data = save(palette, "PNG", transparency=3)
add("palette-transparent.png", data, "alpha over white", over_white(Image.open(io.BytesIO(data))))
deep = GRAY.astype(np.uint16) * 257 + x.astype(np.uint16) * 3
add("gray-16.png", png16(deep), "high byte of 16-bit gray", np.repeat((deep >> 8)[..., None], 3, -1))
add("rgb-16.png", png16(RGB.astype(np.uint16) * 256 + 77))
add("lossy.webp", save(rgb, "WEBP", quality=80))
add("lossless.webp", save(rgb, "WEBP", lossless=True))
add("alpha.webp", save(rgba, "WEBP", lossless=True, exact=True), "alpha over white", over_white(rgba))
add("rgb.tif", save(rgb, "TIFF"))
add("lzw.tif", save(rgb, "TIFF", compression="tiff_lzw"))
add("palette.gif", save(rgb.quantize(32), "GIF"))
add("two-frames.gif", save(rgb.quantize(32), "GIF", save_all=True, append_images=[Image.fromarray(GRAY).convert("P")]))

OUT.write_text("[\n" + ",\n".join("  " + json.dumps(e) for e in entries) + "\n]\n")
print(len(entries), "images,", OUT.stat().st_size, "bytes")
