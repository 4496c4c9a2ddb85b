"""Golden lines of text of @sed/cli's drawing: HarfBuzz's glyphs and advances in the very fonts that it draws with.

    python3 tools/golden/text_lines.py    # needs uharfbuzz, fonttools, brotli; writes packages/cli/src/fixtures/text-lines.json

A line has one direction and one font here, as HarfBuzz shapes runs; mixed ones are put together of such runs.
"""
import io
import json
import pathlib

import uharfbuzz as hb
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

CLI = pathlib.Path(__file__).parents[2] / "packages/cli"
FONTS = {
    "dejavu-sans": "@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2",
    "unifontex": "@fontsource/unifontex/files/unifontex-latin-400-normal.woff2",
}
LINES = {
    "dejavu-sans": ["cat", "AVATAR .93", "Größe", "Кошка", "Ελληνικά", "Việt Nam", "عربى", "لا", "קטן", "ქართული"],
    "unifontex": ["猫", "한국어", "ねこ", "กขค", "中文字", "🐈"],
}

result = []
for name, file in FONTS.items():
    font = TTFont(CLI / "node_modules" / file)
    font.flavor = None
    plain = io.BytesIO()
    font.save(plain)
    face = hb.Face(plain.getvalue())
    shaper = hb.Font(face)
    glyphs = TTFont(io.BytesIO(plain.getvalue())).getGlyphSet()
    order = font.getGlyphOrder()
    for text in LINES[name]:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(shaper, buffer)
        x, box = 0, None
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions):
            pen = BoundsPen(glyphs)
            glyphs[order[info.codepoint]].draw(pen)
            if pen.bounds:
                l, b, r, t = pen.bounds
                dx, dy = x + position.x_offset, position.y_offset
                own = (l + dx, b + dy, r + dx, t + dy)
                box = own if box is None else (min(box[0], own[0]), min(box[1], own[1]), max(box[2], own[2]), max(box[3], own[3]))
            x += position.x_advance
        em = face.upem
        result.append({"text": text, "width": round(x / em, 4), "bounds": [round(v / em, 4) for v in box]})

fixture = CLI / "src/fixtures/text-lines.json"
fixture.parent.mkdir(exist_ok=True)
fixture.write_text(json.dumps(result, ensure_ascii=False) + "\n")
