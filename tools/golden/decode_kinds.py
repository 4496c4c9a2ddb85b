"""Golden pixels of the odder kinds of image files: BMP of all depths, TIFF of all bands and depths, JPEG and PNG of all color models.

    pip install Pillow numpy tifffile imagecodecs pillow-heif opencv-python-headless
    python3 tools/golden/decode_kinds.py    # writes packages/datasets-coco/src/fixtures/decode-kinds.json

Each entry has the file and what PIL reads from it (EXIF applied, convert("RGB")), what OpenCV reads (IMREAD_COLOR) where PIL cannot or
cuts (16-bit gray), or a rule of ours: alpha over white. `pixels` is missing for a file that has no one right value: it is to be refused, and
`refused` has words that the message must hold. `others` tells what PIL and OpenCV make of such a file.
"""
import base64
import io
import json
import pathlib
import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures/decode-kinds.json"
WIDTH, HEIGHT = 13, 9
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
# Smooth, without any symmetry.
RGB = np.stack([x * 19, y * 28, (x * 11 + y * 9) % 256], -1).astype(np.uint8)
GRAY = (x * 11 + y * 13).astype(np.uint8)
ALPHA = (x * 20 + 5).astype(np.uint8)
NIR = (255 - y * 20).astype(np.uint8)
entries = []


def by_pil(data):
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB")), image.mode
    except Exception as error:
        return None, type(error).__name__


def by_opencv(data):
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if pixels is None else np.asarray(pixels[..., ::-1])


def add(name, data, pixels="pil", refused=None, rule=None):
    seen, mode = by_pil(data)
    other = by_opencv(data)
    if isinstance(pixels, str):
        rule = rule or {"pil": None, "opencv": "OpenCV"}[pixels]
        pixels = seen if pixels == "pil" else other
    entry = {"name": name, "file": base64.b64encode(data).decode()}
    if rule:
        entry["rule"] = rule
    if refused:
        entry["refused"] = refused
        entry["others"] = f"PIL {mode}, OpenCV {'none' if other is None else 'max ' + str(int(other.max()))}"
    else:
        if pixels is None:
            print("NO", name, mode, None if other is None else other.max())
            return
        entry |= {"width": pixels.shape[1], "height": pixels.shape[0],
                  "pixels": base64.b64encode(zlib.compress(pixels.astype(np.uint8).tobytes(), 9)).decode()}
        if other is not None and other.shape == pixels.shape and rule is None:
            entry["opencv"] = int(np.abs(other.astype(int) - pixels.astype(int)).max())
    entries.append(entry)


def gray3(values):
    return np.repeat(values[..., None], 3, -1)


def over_white(rgb, alpha):
    a = alpha[..., None].astype(float) / 255
    return np.round(rgb * a + 255 * (1 - a))


# --- BMP ------------------------------------------------------------------------------------------------------------------------------


def rows_of(indices, bits, bottom_up=True):
    """Packed rows, padded to four bytes."""
    out = []
    for row in indices[::-1] if bottom_up else indices:
        packed = np.zeros((len(row) * bits + 7) // 8, np.uint8)
        for i, value in enumerate(row):
            packed[i * bits // 8] |= int(value) << (8 - bits - i * bits % 8)
        out.append(packed.tobytes().ljust((len(packed) + 3) // 4 * 4, b"\0"))
    return b"".join(out)


def bmp(body, bits, compression=0, palette=b"", size=40, masks=b"", height=HEIGHT, width=WIDTH, used=0, extra=b""):
    if size == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(body), 2835, 2835, used, 0)
        info += (masks if size > 40 else b"").ljust(size - 40, b"\0")
        if size == 40:
            info += masks
    offset = 14 + len(info) + len(palette) + len(extra)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + info + palette + extra + body


def colors(n, entry=4):
    rng = np.random.default_rng(n)
    table = rng.integers(0, 256, (n, 3), dtype=np.uint8)
    return b"".join(bytes(c) + b"\0" * (entry - 3) for c in table)


index = (x * 3 + y * 5).astype(np.uint8)
for bits in (1, 2, 4, 8):
    table = np.frombuffer(colors(1 << bits), np.uint8).reshape(-1, 4)[:, 2::-1]
    add(f"palette-{bits}.bmp", bmp(rows_of(index.astype(int) % (1 << bits), bits), bits, palette=colors(1 << bits)),
        **({"pixels": table[index % 4], "rule": "PIL reads no 2 bits"} if bits == 2 else {}))
add("palette-short.bmp", bmp(rows_of(index % 10, 8), 8, palette=colors(10), used=10))
add("palette-4-short.bmp", bmp(rows_of(index % 10, 4), 4, palette=colors(10), used=10))
add("top-down-8.bmp", bmp(rows_of(index, 8, False), 8, palette=colors(256), height=-HEIGHT))
add("os2-8.bmp", bmp(rows_of(index, 8), 8, palette=colors(256, 3), size=12))
add("os2-4.bmp", bmp(rows_of(index % 16, 4), 4, palette=colors(16, 3), size=12))
pad = lambda row: row + b"\0" * (-len(row) % 4)
bgr = lambda flip=-1: b"".join(pad(row[:, ::-1].tobytes()) for row in RGB[::flip])
add("rgb-24.bmp", bmp(bgr(), 24))
add("rgb-24-top-down.bmp", bmp(bgr(1), 24, height=-HEIGHT))
add("os2-24.bmp", bmp(bgr(), 24, size=12))
add("rgb-24-gap.bmp", bmp(bgr(), 24, extra=b"\0" * 6))
add("rgb-24-v4.bmp", bmp(bgr(), 24, size=108))
add("rgb-24-v5.bmp", bmp(bgr(), 24, size=124))
bgrx = lambda fourth: np.dstack([RGB[..., ::-1], fourth])[::-1].astype(np.uint8).tobytes()
add("rgb-32.bmp", bmp(bgrx(np.zeros_like(GRAY)), 32))
add("rgb-32-filled.bmp", bmp(bgrx(ALPHA), 32), pixels=RGB, rule="the fourth byte of BI_RGB is reserved")
mask = lambda *m: struct.pack("<" + "I" * len(m), *m)
v4 = mask(0xFF0000, 0xFF00, 0xFF, 0xFF000000)
add("rgba-32-v4.bmp", bmp(bgrx(ALPHA), 32, 3, size=108, masks=v4), pixels=over_white(RGB, ALPHA), rule="alpha over white")
add("rgba-32-v5.bmp", bmp(bgrx(ALPHA), 32, 3, size=124, masks=v4), pixels=over_white(RGB, ALPHA), rule="alpha over white")
add("rgb-32-fields.bmp", bmp(bgrx(np.zeros_like(GRAY)), 32, 3, masks=mask(0xFF0000, 0xFF00, 0xFF)))
rgbx = np.dstack([RGB, np.zeros_like(GRAY)])[::-1].tobytes()
add("rgb-32-fields-rgb.bmp", bmp(rgbx, 32, 3, masks=mask(0xFF, 0xFF00, 0xFF0000)), pixels=RGB, rule="PIL knows no such masks")
R, G, B = (RGB[..., i].astype(np.uint16) for i in range(3))
short = lambda v: b"".join(pad(row.astype("<u2").tobytes()) for row in v[::-1])
add("rgb-555.bmp", bmp(short((R >> 3) << 10 | (G >> 3) << 5 | B >> 3), 16))
add("rgb-565.bmp", bmp(short((R >> 3) << 11 | (G >> 2) << 5 | B >> 3), 16, 3, masks=mask(0xF800, 0x7E0, 0x1F)))
add("rgb-555-fields.bmp", bmp(short((R >> 3) << 10 | (G >> 3) << 5 | B >> 3), 16, 3, masks=mask(0x7C00, 0x3E0, 0x1F)))
r4 = (R >> 4) << 8 | (G >> 4) << 4 | B >> 4
add("rgb-444.bmp", bmp(short(r4), 16, 3, masks=mask(0xF00, 0xF0, 0xF)),
    pixels=np.stack([R >> 4, G >> 4, B >> 4], -1) * 17, rule="the full range of a mask")


def rle8(rows, end=True):
    """Runs and absolute pieces."""
    out = b""
    for r, row in enumerate(rows):
        i = 0
        while i < len(row):
            n = 1
            while i + n < len(row) and row[i + n] == row[i] and n < 255:
                n += 1
            if n == 1 and len(row) - i >= 3:
                k = min(5, len(row) - i)
                out += bytes([0, k]) + bytes(row[i:i + k]) + b"\0" * (k % 2)
                i += k
            else:
                out += bytes([n, row[i]])
                i += n
        out += b"\0\1" if r + 1 == len(rows) and end else b"\0\0"
    return out


stepped = np.where(y < 4, index // 12, index).astype(np.uint8)
add("rle-8.bmp", bmp(rle8(stepped[::-1]), 8, 1, palette=colors(256)))
add("rle-8-no-end.bmp", bmp(rle8(stepped[::-1], False), 8, 1, palette=colors(256)))
four = stepped % 16
out = b""
for r, row in enumerate(four[::-1]):
    n = len(row)
    packed = [int(row[i]) << 4 | (int(row[i + 1]) if i + 1 < n else 0) for i in range(0, n, 2)]
    if r % 2:
        out += bytes([0, n]) + bytes(packed) + b"\0" * (len(packed) % 2)
    else:
        out += b"".join(bytes([min(2, n - 2 * i), p]) for i, p in enumerate(packed))
    out += b"\0\1" if r + 1 == HEIGHT else b"\0\0"
add("rle-4.bmp", bmp(out, 4, 2, palette=colors(16)))
# a delta: what is jumped over has color 0
delta = bytes([3, 7, 0, 2, 4, 2, 5, 9, 0, 1])
table = np.frombuffer(colors(256), np.uint8).reshape(256, 4)[:, 2::-1]
jumped = np.zeros((HEIGHT, WIDTH), np.uint8)
jumped[HEIGHT - 1, 0:3] = 7
jumped[HEIGHT - 3, 7:12] = 9
add("rle-8-delta.bmp", bmp(delta, 8, 1, palette=colors(256)), pixels=table[jumped], rule="pixels jumped over have the first color")
add("jpeg-inside.bmp", bmp(b"\xff\xd8\xff\xe0" + b"\0" * 40, 0, 4), refused="JPEG inside")
add("cut.bmp", bmp(bgr()[:-40], 24), refused="cut off")
add("depth-5.bmp", bmp(bgr(), 5), refused="5 bits")
add("no-palette.bmp", bmp(rows_of(index, 8), 8, used=1, palette=colors(1)),
    pixels=np.where((index == 0)[..., None], np.frombuffer(colors(1), np.uint8)[2::-1], 0).astype(np.uint8), rule="colors beyond the palette are black")

# --- TIFF -----------------------------------------------------------------------------------------------------------------------------


def tiff(values, **options):
    buffer = io.BytesIO()
    options.setdefault("photometric", "minisblack" if values.ndim == 2 else "rgb")
    tifffile.imwrite(buffer, values, metadata=None, software=False, **options)
    return buffer.getvalue()


def set_tag(data, code, value):
    """A little-endian TIFF with another value of a tag of one SHORT."""
    at = struct.unpack_from("<I", data, 4)[0]
    for i in range(struct.unpack_from("<H", data, at)[0]):
        entry = at + 2 + 12 * i
        if struct.unpack_from("<H", data, entry)[0] == code:
            return data[:entry + 8] + struct.pack("<I", value) + data[entry + 12:]
    raise ValueError(code)


deep = GRAY.astype(np.uint16) * 257 + x.astype(np.uint16) * 3
deep_rgb = RGB.astype(np.uint16) * 256 + 77
add("gray-8.tif", tiff(GRAY))
add("gray-8-white.tif", tiff(GRAY, photometric="miniswhite"))
add("bilevel.tif", tiff((GRAY > 100), photometric="minisblack"))
for bits in (2, 4):
    values = (GRAY >> (8 - bits)).astype(np.uint8)
    packed = np.frombuffer(b"".join(rows_of([row], bits)[:(WIDTH * bits + 7) // 8] for row in values), np.uint8)
    base = tiff(packed.reshape(HEIGHT, -1), rowsperstrip=HEIGHT)
    # the packed bytes of a row are more than one pixel
    data = set_tag(set_tag(base, 258, bits), 256, WIDTH)
    add(f"gray-{bits}.tif", data)
add("gray-16.tif", tiff(deep), "opencv", rule="high byte of 16-bit gray")
add("gray-16-white.tif", tiff(deep, photometric="miniswhite"), pixels=gray3(255 - (deep >> 8)), rule="high byte of 16-bit gray")
add("gray-16-big.tif", tiff(deep, byteorder=">"), "opencv", rule="high byte of 16-bit gray")
add("gray-12-in-16.tif", tiff(deep >> 4), "opencv", rule="high byte of 16-bit gray")
add("rgb-8.tif", tiff(RGB))
add("rgb-8-big.tif", tiff(RGB, byteorder=">"))
add("rgb-8-bigtiff.tif", tiff(RGB, bigtiff=True))
add("rgb-8-planar.tif", tiff(np.moveaxis(RGB, -1, 0), planarconfig="separate"))
add("rgb-8-tiled.tif", tiff(RGB, tile=(16, 16)))
add("rgb-8-deflate.tif", tiff(RGB, compression="zlib", predictor=True))
add("rgb-16.tif", tiff(deep_rgb))
add("rgb-16-planar.tif", tiff(np.moveaxis(deep_rgb, -1, 0), planarconfig="separate"), pixels=RGB, rule="high byte of 16 bits")
buffer = io.BytesIO()
with tifffile.TiffWriter(buffer) as writer:
    writer.write(RGB, photometric="rgb", metadata=None)
    writer.write(255 - RGB, photometric="rgb", metadata=None)
add("two-pages.tif", buffer.getvalue())
rgbn = np.dstack([RGB, NIR])
add("rgb-unspecified.tif", tiff(rgbn, extrasamples=["unspecified"]))
add("rgb-unspecified-planar.tif", tiff(np.moveaxis(rgbn, -1, 0), extrasamples=["unspecified"], planarconfig="separate"),
    pixels=RGB, rule="a band that is no alpha is left out")
add("rgb-unspecified-16.tif", tiff(np.dstack([deep_rgb, deep]), extrasamples=["unspecified"]), pixels=RGB, rule="high byte of 16 bits")
add("rgb-alpha.tif", tiff(np.dstack([RGB, ALPHA]), extrasamples=["unassalpha"]), pixels=over_white(RGB, ALPHA), rule="alpha over white")
associated = np.round(RGB * (ALPHA[..., None] / 255.0)).astype(np.uint8)
add("rgb-associated.tif", tiff(np.dstack([associated, ALPHA]), extrasamples=["assocalpha"]),
    pixels=associated + (255 - ALPHA[..., None]).astype(int), rule="associated alpha over white")
add("gray-alpha.tif", tiff(np.dstack([GRAY, ALPHA]), photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"),
    pixels=gray3(over_white(GRAY[..., None], ALPHA)[..., 0]), rule="alpha over white")
add("gray-unspecified.tif", tiff(np.dstack([GRAY, NIR]), photometric="minisblack", extrasamples=["unspecified"], planarconfig="contig"),
    pixels=gray3(GRAY), rule="a band that is no alpha is left out")
add("five-bands.tif", tiff(np.dstack([rgbn, NIR]), extrasamples=["unspecified"] * 2), refused="5 bands")
add("eight-bands.tif", tiff(np.dstack([GRAY] * 8), photometric="minisblack", planarconfig="contig"), refused="8 bands")
add("three-gray-bands.tif", tiff(RGB, photometric="minisblack", planarconfig="contig"), refused="3 bands")
add("four-gray-bands-16.tif", tiff(np.dstack([deep_rgb, deep]), photometric="minisblack", planarconfig="contig"), refused="4 bands")
add("float-32.tif", tiff((GRAY / 255).astype(np.float32)), refused="floating")
add("float-16.tif", tiff((GRAY / 255).astype(np.float16)), refused="floating")
add("float-64.tif", tiff((GRAY / 255).astype(np.float64)), refused="floating")
add("float-rgb.tif", tiff((RGB / 255).astype(np.float32)), refused="floating")
add("int-32.tif", tiff(GRAY.astype(np.uint32)), refused="32 bits")
add("int-signed-16.tif", tiff(GRAY.astype(np.int16)), refused="signed")
add("int-signed-8.tif", tiff((GRAY // 2).astype(np.int8)), refused="signed")
add("complex.tif", tiff(GRAY.astype(np.complex64)), refused="complex")
palette = (np.random.default_rng(3).integers(0, 256, (3, 256)) * 257).astype(np.uint16)
add("palette-8.tif", tiff(index, photometric="palette", colormap=palette))
buffer = io.BytesIO()
Image.fromarray(RGB).quantize(13).save(buffer, "TIFF")
add("palette-pil.tif", buffer.getvalue())
cmyk = np.asarray(Image.fromarray(RGB).convert("CMYK")).copy()
cmyk[..., 3] = x * 5
add("cmyk.tif", tiff(cmyk, photometric="separated"))
add("cmyk-alpha.tif", tiff(np.dstack([cmyk, ALPHA]), photometric="separated", extrasamples=["unassalpha"]), refused="5 bands")
buffer = io.BytesIO()
Image.fromarray(np.tile(RGB, (3, 3, 1))).save(buffer, "TIFF", compression="jpeg", quality=95)
add("jpeg-inside.tif", buffer.getvalue())
buffer = io.BytesIO()
Image.fromarray(GRAY > 100).save(buffer, "TIFF", compression="group4")
add("group4.tif", buffer.getvalue())
for name, options in (("ycbcr.tif", {}), ("ycbcr-lzw.tif", {"compression": "tiff_lzw"})):
    buffer = io.BytesIO()
    Image.fromarray(RGB).convert("YCbCr").save(buffer, "TIFF", **options)
    add(name, buffer.getvalue(), refused="YCbCr")
add("cmyk-planar.tif", tiff(np.moveaxis(cmyk, -1, 0), photometric="separated", planarconfig="separate"))
add("cmyk-16.tif", tiff(cmyk.astype(np.uint16) * 257, photometric="separated"), refused="16 bits")
add("gray-12.tif", tiff(np.frombuffer(b"".join(
    bytes([int(a) >> 4, (int(a) & 15) << 4 | int(b) >> 8, int(b) & 255]) for row in (deep >> 4)[:, :12] for a, b in row.reshape(-1, 2)),
    np.uint8).reshape(HEIGHT, 18), extratags=[]), refused="12 bits")
entries[-1]["file"] = base64.b64encode(set_tag(set_tag(base64.b64decode(entries[-1]["file"]), 258, 12), 256, 12)).decode()
add("lab.tif", tiff(RGB, photometric="cielab"), refused="Lab")
add("reduced.tif", tiff(RGB, subfiletype=1), refused="reduced")
dng = tiff(RGB, extratags=[(50706, 1, 4, (1, 4, 0, 0), True)])
add("raw.dng.tif", dng, refused="DNG")
add("orientation-5.tif", tiff(RGB, extratags=[(274, 3, 1, 5, True)]))
add("orientation-9.tif", tiff(RGB, extratags=[(274, 3, 1, 9, True)]), refused="orientation tag is 9")
add("black.tif", tiff(np.zeros_like(deep)), "opencv", rule="high byte of 16-bit gray")

# --- JPEG, PNG, others ----------------------------------------------------------------------------------------------------------------

big = np.tile(RGB, (3, 3, 1))


def save(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def without_adobe(data):
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:]


inked = np.asarray(Image.fromarray(big).convert("CMYK")).copy()
inked[..., 3] = 40
add("cmyk.jpg", save(Image.fromarray(inked, "CMYK"), "JPEG", quality=98))
add("cmyk-no-adobe.jpg", without_adobe(save(Image.fromarray(inked, "CMYK"), "JPEG", quality=98)))
add("ycck.jpg", imagecodecs.jpeg8_encode(255 - inked, level=98, colorspace="CMYK", outcolorspace="YCCK"))
add("rgb-no-transform.jpg", imagecodecs.jpeg8_encode(big, level=98, colorspace="RGB", outcolorspace="RGB"))
add("gray.jpg", save(Image.fromarray(big[..., 0]), "JPEG"))
two = io.BytesIO()
Image.fromarray(big).save(two, "MPO", save_all=True, append_images=[Image.fromarray(255 - big)])
add("two.mpo", two.getvalue())
for orientation in (0, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    add(f"orientation-{orientation}.jpg", save(Image.fromarray(big), "JPEG", exif=exif))
for orientation in (2, 3, 7):
    exif = Image.Exif()
    exif[0x0112] = orientation
    add(f"orientation-{orientation}.webp", save(Image.fromarray(big), "WEBP", exif=exif, lossless=True))


def png(color, bits, rows, extra=b"", interlace=0):
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


lines = lambda values: b"".join(b"\0" + row.tobytes() for row in values)
chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def adam7(values):
    out = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = values[y0::dy, x0::dx]
        if part.size:
            out += lines(part)
    return out


add("interlaced.png", png(2, 8, adam7(RGB), interlace=1))
for bits in (1, 2, 4):
    values = (GRAY >> (8 - bits)).astype(np.uint8)
    rows = b"".join(b"\0" + rows_of([row], bits)[:(WIDTH * bits + 7) // 8] for row in values)
    add(f"gray-{bits}.png", png(0, bits, rows))
add("gray-alpha-16.png", png(4, 16, lines(np.dstack([deep, ALPHA.astype(np.uint16) * 257]).astype(">u2"))),
    pixels=gray3(over_white((deep / 257)[..., None], ALPHA)[..., 0]), rule="alpha over white")
add("rgba-16.png", png(6, 16, lines(np.dstack([RGB.astype(np.uint16) * 257, ALPHA.astype(np.uint16) * 257]).astype(">u2"))),
    pixels=over_white(RGB, ALPHA), rule="alpha over white")
key = struct.pack(">HHH", *(int(v) for v in RGB[3, 4]))
keyed = RGB.copy()
keyed[(RGB == RGB[3, 4]).all(-1)] = 255
add("transparent-color.png", png(2, 8, lines(RGB), chunk(b"tRNS", key)), pixels=keyed, rule="alpha over white")
add("gamma.png", png(2, 8, lines(RGB), chunk(b"gAMA", struct.pack(">I", 100000))))
add("lossless.avif", save(Image.fromarray(np.tile(RGB, (4, 4, 1))), "AVIF", quality=100, subsampling="4:4:4"))

heic = io.BytesIO()
pillow_heif.from_pillow(Image.fromarray(np.repeat(np.repeat(RGB, 6, 0), 6, 1))).save(heic)
add("photo.heic", heic.getvalue(), refused="HEIC")

OUT.write_text("[\n" + ",\n".join("  " + json.dumps(e) for e in entries) + "\n]\n")
print(len(entries), "files,", OUT.stat().st_size, "bytes")
for entry in entries:
    if entry.get("opencv", 0) > 2 or "others" in entry:
        print(entry["name"], entry.get("opencv"), entry.get("others"))
