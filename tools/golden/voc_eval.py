"""Golden numbers of @sed/datasets-coco's VOC metrics, from two public implementations run on random cases.

    pip download --no-deps --no-binary :all: yolox==0.3.0 chainercv==0.13.1    # and unpack both; nothing of them is installed
    python3 tools/golden/voc_eval.py --yolox yolox-0.3.0 --chainercv chainercv-0.13.1 [--random 200 --out F]

writes packages/datasets-coco/src/fixtures/voc-eval.json. Needs numpy and six.

yolox/evaluators/voc_eval.py is py-faster-rcnn's port of the devkit's VOCevaldet.m (detectron2's and mmdetection's are its siblings).
It differs from the devkit in two ways that are undone here: it takes IoU > 0.5 where the devkit takes IoU >= 0.5 (so it is called
with the number below 0.5), and its sort of equal scores is not stable (so numpy's stable one is put in its place).
chainercv's eval_detection_voc takes IoU >= 0.5 and turns the order of equal scores round: it is used where there are none.
Boxes are corners of pixels, both inclusive: width = xmax - xmin + 1.
"""
import argparse
import importlib.util
import json
import pathlib
import sys
import tempfile
import types

import numpy as np

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures"


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_yolox(folder):
    module = load(pathlib.Path(folder) / "yolox/evaluators/voc_eval.py", "voc_eval_yolox")
    stable = types.SimpleNamespace(**{k: getattr(np, k) for k in dir(np) if not k.startswith("__")})
    stable.bool = bool  # removed from numpy since
    stable.argsort = lambda a: np.argsort(a, kind="stable")
    module.np = stable
    return module


def load_chainercv(folder):
    root = pathlib.Path(folder) / "chainercv"
    # chainer asks whether arrays are on a GPU, nothing else
    sys.modules["chainer"] = types.ModuleType("chainer")
    backends = sys.modules["chainer.backends"] = types.ModuleType("chainer.backends")
    backends.cuda = types.SimpleNamespace(get_array_module=lambda *_: np)
    for name in ("chainercv", "chainercv.utils", "chainercv.utils.bbox"):
        sys.modules[name] = types.ModuleType(name)
    iou = load(root / "utils/bbox/bbox_iou.py", "chainercv.utils.bbox.bbox_iou")
    sys.modules["chainercv.utils.bbox"].bbox_iou = iou.bbox_iou
    return load(root / "evaluations/eval_detection_voc.py", "chainercv.evaluations.eval_detection_voc")


def case(name, seed, images=6, classes=3, gts=6, dets=20, size=60, levels=0, difficult=0.0, whole=False, empty=0.0, unseen=(),
         silent=(), duplicate=0.0, jitter=3.0):
    """Corners of pixels; objects are whole numbers, as VOC's XML has them. `levels`: scores are so many different ones; 0 all different."""
    rng = np.random.RandomState(seed)
    image_ids = rng.permutation(np.arange(1, images * 5))[:images].tolist()
    truth, found = [], []
    for image in image_ids:
        n, m = rng.poisson(gts), rng.poisson(dets)
        if rng.rand() < empty:
            n, m = (0, m) if rng.rand() < 0.5 else (n, 0)
        kept = []
        for _ in range(n):
            if kept and rng.rand() < duplicate:
                kept.append(kept[-1])
            else:
                x, y = rng.randint(1, size - 20, 2)
                w, h = rng.randint(3, 20, 2)
                kept.append((int(rng.randint(classes)), [int(x), int(y), int(x + w), int(y + h)]))
        kept = [k for k in kept if k[0] not in unseen]
        for label, box in kept:
            truth.append([image, label, *box, int(rng.rand() < difficult)])
        for _ in range(m):
            if kept and rng.rand() < 0.8:
                label, box = kept[rng.randint(len(kept))]
                box = np.array(box) + rng.randn(4) * jitter * rng.rand()
            else:
                label, (x, y), (w, h) = int(rng.randint(classes)), rng.uniform(1, size - 20, 2), rng.uniform(3, 20, 2)
                box = np.array([x, y, x + w, y + h])
            box = np.round(box) if whole else np.round(box, 2)
            box[2:] = np.maximum(box[2:], box[:2])
            if label not in silent:
                found.append([image, label, *[float(v) for v in box]])
    if levels:
        scores = rng.randint(1, levels + 1, len(found)) / levels
    else:
        scores = rng.permutation(len(found)) / max(1, len(found))
    found = [[*row, round(float(s), 6)] for row, s in zip(found, scores)]
    found = [found[i] for i in rng.permutation(len(found))]
    plain = lambda rows: [[int(v) if float(v).is_integer() else v for v in row] for row in rows]
    return {"name": name, "imageIds": image_ids, "classes": classes, "ties": bool(levels), "truth": plain(truth), "detections": plain(found)}


def evaluate_yolox(module, c, iou, seven):
    """AP of each class; None where no object counts."""
    aps = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for image in c["imageIds"]:
            objects = "".join(
                f"<object><name>c{t[1]}</name><pose>x</pose><truncated>0</truncated><difficult>{t[6]}</difficult><bndbox><xmin>{t[2]}</xmin>"
                f"<ymin>{t[3]}</ymin><xmax>{t[4]}</xmax><ymax>{t[5]}</ymax></bndbox></object>" for t in c["truth"] if t[0] == image)
            (folder / f"{image}.xml").write_text(f"<annotation>{objects}</annotation>")
        (folder / "set.txt").write_text("\n".join(map(str, c["imageIds"])))
        for k in range(c["classes"]):
            rows = [d for d in c["detections"] if d[1] == k]
            (folder / f"det_c{k}.txt").write_text("".join(f"{d[0]} {d[6]!r} {d[2]!r} {d[3]!r} {d[4]!r} {d[5]!r}\n" for d in rows))
            if not any(t[1] == k and t[6] == 0 for t in c["truth"]):
                aps.append(None)
                continue
            stdout, sys.stdout = sys.stdout, open("/dev/null", "w")
            try:
                ap = module.voc_eval(str(folder / "det_{:s}.txt"), str(folder / "{:s}.xml"), str(folder / "set.txt"), f"c{k}",
                                     str(folder), ovthresh=np.nextafter(iou, 0), use_07_metric=seven)[2]
            finally:
                sys.stdout = stdout
            aps.append(float(ap))
    return aps


def evaluate_chainercv(module, c, iou, seven):
    pick = lambda rows, image, at: np.array([r[at] for r in rows if r[0] == image])
    boxes = lambda rows, image: np.array([[r[3], r[2], r[5], r[4]] for r in rows if r[0] == image], dtype=float).reshape(-1, 4)
    t, d = c["truth"], c["detections"]
    with np.errstate(invalid="ignore"):
        result = module.eval_detection_voc(
            [boxes(d, i) for i in c["imageIds"]], [pick(d, i, 1) for i in c["imageIds"]], [pick(d, i, 6) for i in c["imageIds"]],
            [boxes(t, i) for i in c["imageIds"]], [pick(t, i, 1) for i in c["imageIds"]],
            [pick(t, i, 6).astype(bool) for i in c["imageIds"]], iou_thresh=iou, use_07_metric=seven)
    aps = [None if np.isnan(v) else float(v) for v in result["ap"]]
    return aps + [None] * (c["classes"] - len(aps))


CASES = [
    dict(name="random boxes", seed=1),
    dict(name="difficult objects", seed=2, difficult=0.35, duplicate=0.1),
    dict(name="ties in score", seed=3, levels=4, difficult=0.2),
    dict(name="ties in IoU, and IoU of exactly one half: small whole boxes", seed=4, whole=True, size=32, duplicate=0.4, difficult=0.2),
    dict(name="whole boxes and ties in score", seed=5, whole=True, size=32, levels=3, duplicate=0.3, difficult=0.3),
    dict(name="images without objects or without detections", seed=6, empty=0.6, images=12),
    dict(name="classes without objects or without detections", seed=7, classes=6, unseen=(0, 1), silent=(1, 2)),
    dict(name="all objects difficult", seed=8, difficult=1.0, images=3),
    dict(name="many objects of one class: recalls at the eleven points", seed=9, classes=1, images=5, gts=10, jitter=0.5),
    dict(name="few objects, many detections", seed=10, classes=2, gts=1, dets=40, jitter=1.0),
]


def run(c, yolox, chainercv):
    c["ap"] = {}
    for iou in (0.5, 0.75):
        for key, seven in (("voc07", True), ("voc10", False)):
            aps = evaluate_yolox(yolox, c, iou, seven)
            if not c["ties"]:
                other = evaluate_chainercv(chainercv, c, iou, seven)
                assert all((a is None) == (b is None) and (a is None or abs(a - b) < 1e-12) for a, b in zip(aps, other)), (c["name"], aps, other)
            c["ap"][f"{key}@{iou}"] = [None if a is None else round(a, 15) for a in aps]
    return c


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--yolox", required=True)
    p.add_argument("--chainercv", required=True)
    p.add_argument("--random", type=int, default=0)
    p.add_argument("--out", default="random-voc.json")
    args = p.parse_args()
    yolox, chainercv = load_yolox(args.yolox), load_chainercv(args.chainercv)
    if args.random:
        rng = np.random.RandomState(7)
        kinds = [{k: v for k, v in c.items() if k not in ("name", "seed")} for c in CASES]
        cases = [case(name=f"random {i}", seed=1000 + i, **kinds[rng.randint(len(kinds))]) for i in range(args.random)]
        path = pathlib.Path(args.out)
    else:
        cases, path = [case(**c) for c in CASES], FIXTURES / "voc-eval.json"
    path.write_text(json.dumps([run(c, yolox, chainercv) for c in cases], separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes;", sum(not c["ties"] for c in cases), "cases without ties agree in both implementations")


if __name__ == "__main__":
    main()
