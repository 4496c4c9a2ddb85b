"""Mutated safetensors files, and which of them the reference reads; for packages/detectors/src/weights/safetensors.test.ts.

    python3 tools/golden/safetensors_verdicts.py [COUNT] [SEED] [OUT]    # needs safetensors; 400, 1 and the fixture without

Each case is the file in base64 and 1 where `safetensors.deserialize` takes it. Half of the mutations are of bytes, half of what the header says
(offsets, shapes, fields twice, numbers written otherwise), since random bytes rarely are a header that is nearly right.
"""
import base64
import json
import pathlib
import random
import sys

import safetensors

count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
out = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else
                   pathlib.Path(__file__).parents[2] / "packages/detectors/src/weights/fixtures/safetensors-verdicts.json")
WIDTH = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def pack(header: bytes, values: bytes, length=None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + values


def model():
    entries, at = {}, 0
    for i in range(rng.randint(0, 3)):
        dtype = rng.choice(list(WIDTH))
        shape = [rng.randint(0, 3) for _ in range(rng.randint(0, 2))]
        size = WIDTH[dtype]
        for n in shape:
            size *= n
        entries[rng.choice("abcé")] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at = max([e["data_offsets"][1] for e in entries.values()] + [0])
    # an entry may have replaced another: what is left is laid out anew
    at = 0
    for e in entries.values():
        size = e["data_offsets"][1] - e["data_offsets"][0]
        e["data_offsets"] = [at, at + size]
        at += size
    if rng.random() < .4:
        entries["__metadata__"] = {"format": "pt"}
    return entries, rng.randbytes(at)


def of_header(entries, values):
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=rng.random() < .5)
    tensors = [k for k in entries if k != "__metadata__"]
    kind = rng.randrange(12)
    if kind < 4 and tensors:
        e = entries[rng.choice(tensors)]
        i = rng.randrange(2)
        if kind == 0: e["data_offsets"][i] = max(0, e["data_offsets"][i] + rng.choice([-8, -4, -1, 1, 4, 8]))
        if kind == 1: e["data_offsets"] = [o + 4 for o in e["data_offsets"]]
        if kind == 2: e["shape"] = e["shape"] + [rng.choice([0, 1, 2, 2 ** 40])]
        if kind == 3: e[rng.choice(["dtype", "shape", "data_offsets"])] = rng.choice([None, "F32", 1, [], [0, 0], "x", True])
        text = json.dumps(entries)
    elif kind == 4: values = values + rng.randbytes(rng.randint(1, 4))
    elif kind == 5: values = values[:-1]
    elif kind == 6: text = text.replace(rng.choice(["0", "1", "2"]), rng.choice(["1.0", "-0", "1e0", "01", "-1"]), 1)
    elif kind == 7: text = text.replace('"shape"', rng.choice(['"shape":[],"shape"', '"extra":1,"shape"', '"dtype":"F32","shape"', '"shap"']), 1)
    elif kind == 8: text = rng.choice([" ", "\n", "["]) + text
    elif kind == 9: text = text + rng.choice([" ", "\n", "x", "\0", "  "])
    elif kind == 10: text = text.replace('"pt"', rng.choice(["1", "null", '"\\ud800"', "{}", '"\\u00e9"']))
    else: text = text.replace('"__metadata__"', rng.choice(['"__metadata__":{"a":"b"},"__metadata__"', '"a"', '"__metadata__":null,"x"']))
    return pack(text.encode("utf-8", "surrogatepass"), values)


def of_bytes(data: bytes) -> bytes:
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(5)
        if kind == 0 and data: data[at] ^= 1 << rng.randrange(8)
        if kind == 1 and data: data[at] = rng.randrange(256)
        if kind == 2: del data[at:at + rng.randint(1, 4)]
        if kind == 3: data[at:at] = data[at:at + rng.randint(1, 6)]
        if kind == 4: data = data[:at + 1]
    return bytes(data)


cases = []
while len(cases) < count:
    entries, values = model()
    if rng.random() < .5:
        file = of_header(entries, values)
    else:
        file = of_bytes(pack(json.dumps(entries, separators=(",", ":")).encode(), values))
    try:
        tensors = dict(safetensors.deserialize(file))
        if any(t["dtype"] not in WIDTH for t in tensors.values()):
            continue  # a type of number that the reader leaves out knowingly
        verdict = 1
    except safetensors.SafetensorError:
        verdict = 0
    cases.append([base64.b64encode(file).decode(), verdict])
out.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(f"{len(cases)} files, {sum(v for _, v in cases)} of them read by safetensors {safetensors.__version__}")
