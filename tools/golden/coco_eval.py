"""Golden numbers of @sed/datasets-coco's metrics: pycocotools' COCOeval (bbox) on random cases full of ties, crowds and edges.

    python3 tools/golden/coco_eval.py                      # needs pycocotools; writes packages/datasets-coco/src/fixtures/coco-eval.json
    python3 tools/golden/coco_eval.py --data ../shared/data  # also coco-open-eval.json (jittered copies of its annotations)
    python3 tools/golden/coco_eval.py --random 200 --out F # many more random cases into F, to compare once
"""
import argparse
import contextlib
import io
import json
import pathlib

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures"


def boxes(rng, n, grid, size=128, smallest=4, largest=72):
    w, h = np.exp(rng.uniform(np.log(smallest), np.log(largest), (2, n)))
    x, y = rng.uniform(0, size - 4, (2, n))
    return np.maximum(np.round(np.stack([x, y, w, h], 1) / grid), [0, 0, 1, 1]) * grid


def case(name, seed, images=6, classes=3, gts=9, dets=30, grid=0.5, levels=1000, crowd=0.0, own_area=False, smallest=4,
         largest=72, jitter=0.5, empty=0.0, silent=(), unseen=(), duplicate=0.0, first_id=1, zero_boxes=0.0, params=None):
    rng = np.random.RandomState(seed)
    image_ids = rng.permutation(np.arange(1, images * 7))[:images].tolist()
    category_ids = rng.permutation(np.arange(1, classes * 3))[:classes].tolist()
    truth, found = [], []
    for image in image_ids:
        if rng.rand() < empty:
            n, m = (0, dets) if rng.rand() < 0.5 else (gts, 0)
        else:
            n, m = rng.poisson(gts), rng.poisson(dets)
        b = boxes(rng, n, grid, smallest=smallest, largest=largest)
        labels = rng.randint(0, classes, n)
        for i in range(1, n):
            if rng.rand() < duplicate:
                b[i], labels[i] = b[i - 1], labels[i - 1]
        kept = []
        for box, k in zip(b, labels):
            if k in unseen:
                continue
            area = box[2] * box[3] * (rng.uniform(0.4, 1) if own_area else 1)
            if own_area and rng.rand() < 0.3:
                area = float(rng.choice([1024, 9216, 1023.5, 9216.5]))
            kept.append((box, k))
            truth.append([image, category_ids[k], *box, round(float(area), 2), int(rng.rand() < crowd)])
        near = boxes(rng, m, grid, smallest=smallest, largest=largest)
        for j in range(m):
            k = rng.randint(0, classes)
            if kept and rng.rand() < 0.75:
                box, k = kept[rng.randint(len(kept))]
                near[j] = np.maximum(np.round((box + rng.randn(4) * jitter * rng.randint(0, 8)) / grid), [-9, -9, 1, 1]) * grid
            if rng.rand() < zero_boxes:
                near[j][2 + rng.randint(2)] = 0
            if k in silent:
                continue
            found.append([image, category_ids[k], *near[j], int(rng.randint(1, levels + 1)) / levels])
    truth = [truth[i] for i in rng.permutation(len(truth))]
    found = [found[i] for i in rng.permutation(len(found))]
    plain = lambda rows: [[int(v) if float(v).is_integer() else float(v) for v in row] for row in rows]
    return {"name": name, "imageIds": image_ids, "categoryIds": category_ids, "firstId": first_id, "truth": plain(truth),
            "detections": plain(found), "params": params or {}}


def evaluate(images, categories, truth, found, params):
    gt, dt = COCO(), COCO()
    gt.dataset = {"images": images, "categories": categories, "annotations": truth}
    gt.createIndex()
    if found:
        dt = gt.loadRes(found)
    else:
        dt.dataset = {"images": images, "categories": categories, "annotations": []}
        dt.createIndex()
    e = COCOeval(gt, dt, "bbox")
    if "iouThresholds" in params:
        e.params.iouThrs = np.array(params["iouThresholds"])
    if "maxDets" in params:
        e.params.maxDets = params["maxDets"]
    if "areas" in params:
        e.params.areaRng, e.params.areaRngLbl = list(params["areas"].values()), list(params["areas"])
    e.evaluate()
    e.accumulate()
    return e, gt, dt


def pseudo_label_quality(gt, dt, iou, thresholds):
    """Counts over all classes and images from COCOeval's own matches, for the table of Fig 2c."""
    e = COCOeval(gt, dt, "bbox")
    e.params.iouThrs, e.params.maxDets = np.array([iou]), [10 ** 6]
    e.params.areaRng, e.params.areaRngLbl = [[0, 1e10]], ["all"]
    e.evaluate()
    rows = []
    for t in thresholds:
        right = taken = objects = 0
        for r in filter(None, e.evalImgs):
            objects += int(np.sum(np.array(r["gtIgnore"]) == 0))
            for score, match, ignored in zip(r["dtScores"], r["dtMatches"][0], r["dtIgnore"][0]):
                if score >= t and not ignored:
                    taken, right = taken + 1, right + int(match > 0)
        rows.append([t, right, taken, objects])
    return rows


def run(c):
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 160, "height": 160} for i in c["imageIds"]]
    categories = [{"id": i, "name": f"class {i}"} for i in c["categoryIds"]]
    truth = [{"id": n + c["firstId"], "image_id": r[0], "category_id": r[1], "bbox": r[2:6], "area": r[6], "iscrowd": r[7]}
             for n, r in enumerate(c["truth"])]
    found = [{"image_id": r[0], "category_id": r[1], "bbox": r[2:6], "score": r[6]} for r in c["detections"]]
    with contextlib.redirect_stdout(io.StringIO()):
        e, gt, dt = evaluate(images, categories, truth, found, c["params"])
        if not c["params"]:
            e.summarize()
            c["stats"] = [float(v) for v in e.stats]
        quality = pseudo_label_quality(gt, dt, 0.5, [0, 0.25, 0.5, 0.75]) + pseudo_label_quality(gt, dt, 0.9, [0, 0.5])
    precision = e.eval["precision"][..., -1]
    c["precision"] = [round(float(v), 9) for v in precision.mean(1).flatten()]  # [T, K, A], mean over the 101 recalls
    c["precisionAt"] = [round(float(v), 9) for v in precision[0, ::20].flatten()]  # [6, K, A]
    c["recall"] = [round(float(v), 9) for v in e.eval["recall"].flatten()]  # [T, K, A, M]
    c["quality"] = quality
    return c


CASES = [
    dict(name="dense random boxes", seed=1),
    dict(name="ties in score", seed=2, levels=4),
    dict(name="ties in IoU: equal objects on a coarse grid", seed=3, grid=8, duplicate=0.4, levels=5),
    dict(name="crowds", seed=4, crowd=0.35, duplicate=0.1),
    dict(name="crowds on a coarse grid, ties everywhere", seed=5, crowd=0.3, grid=8, duplicate=0.4, levels=3),
    dict(name="areas unlike w*h, on the bounds of the ranges", seed=6, own_area=True, crowd=0.1),
    dict(name="tiny and huge boxes", seed=7, smallest=1, largest=700),
    dict(name="images without objects or without detections", seed=8, empty=0.6, images=10),
    dict(name="classes without objects or without detections", seed=9, classes=5, unseen=(0, 1), silent=(1, 2)),
    dict(name="more detections than maxDets", seed=10, images=2, classes=1, gts=25, dets=160, jitter=1.5),
    dict(name="an annotation with id 0", seed=202, first_id=0, images=4),
    dict(name="detections without width or height", seed=12, zero_boxes=0.3),
    dict(name="no detections", seed=13, dets=0, images=3),
    dict(name="no objects", seed=14, gts=0, images=3),
    dict(name="own thresholds, maxDets and areas", seed=15, crowd=0.1,
         params={"iouThresholds": [0.3, 0.5, 0.75, 1.0], "maxDets": [1, 3, 7], "areas": {"all": [0, 1e10], "thin": [0, 300], "rest": [300, 1e10]}}),
]


def coco_open(data):
    """The annotations of coco-open's val split, moved, left out, doubled and mislabeled."""
    file = pathlib.Path(data) / "coco-open/annotations/instances_val.json"
    truth = json.loads(file.read_text())
    rng = np.random.RandomState(0)
    ids = [c["id"] for c in truth["categories"]]
    found = []
    for a in truth["annotations"]:
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            x, y, w, h = np.array(a["bbox"]) + rng.randn(4) * 0.06 * np.array([a["bbox"][2], a["bbox"][3]] * 2)
            category = a["category_id"] if rng.rand() < 0.9 else int(rng.choice(ids))
            found.append({"image_id": a["image_id"], "category_id": category, "score": round(float(rng.rand()), 2),
                          "bbox": [round(float(v), 1) for v in (x, y, max(w, 1), max(h, 1))]})
    with contextlib.redirect_stdout(io.StringIO()):
        e, gt, dt = evaluate(truth["images"], truth["categories"], truth["annotations"], found, {})
        e.summarize()
    per_class = e.eval["precision"][:, :, :, 0, -1].mean((0, 1))
    # Crowds at IoU 0.5 over all areas: how many there are, how many of them take a detection, how many detections they take.
    at_half = [r for r in e.evalImgs if r is not None and r["aRng"] == e.params.areaRng[0]]
    crowds = {a["id"] for a in truth["annotations"] if a["iscrowd"]}
    taken = [int(m) for r in at_half for m in r["dtMatches"][0] if int(m) in crowds]
    counts = {"annotations": len(crowds), "matched": len(set(taken)), "detections": len(taken)}
    return {"stats": [float(v) for v in e.stats], "perClass": [round(float(v), 9) for v in per_class], "crowds": counts, "detections": [[d["image_id"], d["category_id"], *d["bbox"], d["score"]] for d in found]}


def write(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--random", type=int, default=0)
    p.add_argument("--out", default="random.json")
    p.add_argument("--data")
    args = p.parse_args()
    if args.random:
        rng = np.random.RandomState(99)
        kinds = [{k: v for k, v in c.items() if k not in ("name", "seed")} for c in CASES]
        cases = [run(case(name=f"random {i}", seed=1000 + i, **kinds[rng.randint(len(kinds))])) for i in range(args.random)]
        return write(pathlib.Path(args.out), cases)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write(FIXTURES / "coco-eval.json", [run(case(**c)) for c in CASES])
    if args.data:
        write(FIXTURES / "coco-open-eval.json", coco_open(args.data))


if __name__ == "__main__":
    main()
