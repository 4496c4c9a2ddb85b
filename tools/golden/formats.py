"""VOC and YOLO as their public readers read them.

    python3 tools/golden/formats.py rows     # needs ultralytics (8.4); writes packages/datasets-coco/src/fixtures/yolo-rows.json
    python3 tools/golden/formats.py compare COCO.json VOCDEVKIT YOLO.yaml SET
                                             # needs torchvision, pycocotools and ultralytics

`rows`: which label files Ultralytics takes, and the boxes it finds in them. `compare`: the boxes of one set that `sed-cli convert` wrote in
three formats, read by pycocotools, by torchvision's VOCDetection (from VOCDEVKIT/VOCdevkit/VOC2012) and by Ultralytics, image by image; it
prints the number of boxes and the largest difference in pixels, and fails where a class or a number of boxes differs.
"""
import json
import pathlib
import sys
import tempfile

import numpy as np

FIXTURES = pathlib.Path(__file__).parents[2] / "packages/datasets-coco/src/fixtures"
CLASSES, WIDTH, HEIGHT = 3, 200, 100

ROWS = [
    "0 0.5 0.5 0.1 0.2", "2\t0.1  0.1 0.2 0.2\n\n1 0.9 0.9 0.2 0.2\n", "", "\n \n", "\ufeff0 0.5 0.5 0.1 0.2", "0 5e-1 .5 1e-1 0.2",
    "1.0 0.5 0.5 0.1 0.2", "+1 0.5 0.5 0.1 0.2", "0 0.5 0.5 0.1 0.2\r\n1 0.5 0.5 0.3 0.2\r\n",
    "0 0.5 0.5 0.1", "0 0.5 0.5 0.1 0.2 0.9", "3 0.5 0.5 0.1 0.2", "-1 0.5 0.5 0.1 0.2", "0.5 0.5 0.5 0.1 0.2", "cat 0.5 0.5 0.1 0.2",
    "0 1.005 0.5 0.1 0.2", "0 1.02 0.5 0.1 0.2", "0 -0.005 0.5 0.1 0.2", "0 -0.02 0.5 0.1 0.2", "0 100 50 20 20", "0 a 0.5 0.1 0.2",
    "0 0.1 0.1 0.5 0.1 0.5 0.4", "1 0.1 0.1 0.5 0.1 0.5 0.4 0.1 0.4", "1 0.1 0.1 0.5 0.1 0.5 0.4 0.1",
    "0 0.5 0.5 0.1 0.2\n0 0.5 0.5 0.1 0.2", "0 0.5 0.5 0.1 0.2\n0 0.50 0.5 0.10 0.2\n1 0.5 0.5 0.1 0.2",
    "0 0.1 0.1 0.5 0.1 0.5 0.4\n0 0.1 0.1 0.5 0.1 0.5 0.4", "0 0.1 0.1 0.5 0.1 0.5 0.4\n0 0.5 0.5 0.1 0.2",
]


def rows():
    import ultralytics
    from PIL import Image
    from ultralytics.data.utils import verify_image_label

    found = []
    with tempfile.TemporaryDirectory() as folder:
        image, label = f"{folder}/a.jpg", f"{folder}/a.txt"
        Image.new("RGB", (WIDTH, HEIGHT)).save(image)
        for text in ROWS:
            pathlib.Path(label).write_bytes(text.encode())
            file, boxes, *_, message = verify_image_label((image, label, "", False, CLASSES, 0, 0, False))
            found.append({"text": text, "boxes": None if file is None else np.round(boxes.astype(float), 6).tolist(),
                          **({} if file else {"why": message.split("corrupt image/label: ")[1]})})
    lines = ",\n".join("    " + json.dumps(row) for row in found)
    head = json.dumps({"ultralytics": ultralytics.__version__, "classes": CLASSES, "width": WIDTH, "height": HEIGHT})[:-1]
    (FIXTURES / "yolo-rows.json").write_text(f'{head}, "files": [\n{lines}\n]}}\n')


def compare(annotations, devkit, yaml, name):
    from pycocotools.coco import COCO
    from torchvision.datasets import VOCDetection
    from ultralytics.data.utils import IMG_FORMATS, check_det_dataset, img2label_paths, verify_image_label

    coco = COCO(annotations)
    names = {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())}
    truth = {pathlib.Path(i["file_name"]).stem: [(names[a["category_id"]], a["bbox"]) for a in coco.loadAnns(coco.getAnnIds(i["id"]))]
             for i in coco.loadImgs(coco.getImgIds())}

    voc = {}
    for _, target in VOCDetection(devkit, year="2012", image_set=name, download=False):
        a = target["annotation"]
        corners = [{k: float(v) for k, v in o["bndbox"].items()} for o in a.get("object", [])]
        voc[pathlib.Path(a["filename"]).stem] = [
            (o["name"], [b["xmin"] - 1, b["ymin"] - 1, b["xmax"] - b["xmin"] + 1, b["ymax"] - b["ymin"] + 1])
            for o, b in zip(a.get("object", []), corners)]

    data = check_det_dataset(yaml, split=name)
    images = sorted(str(p) for p in pathlib.Path(data[name]).rglob("*") if p.suffix[1:].lower() in IMG_FORMATS)
    yolo = {}
    for image, label in zip(images, img2label_paths(images)):
        file, boxes, (height, width), *_, message = verify_image_label((image, label, "", False, data["nc"], 0, 0, False))
        assert file, message
        rows = [line.split() for line in open(label)]  # as float64: Ultralytics' own are float32, sorted where rows are twice
        assert len(rows) == len(boxes), (image, message)
        yolo[pathlib.Path(image).stem] = [
            (data["names"][int(r[0])], [(float(r[1]) - float(r[3]) / 2) * width, (float(r[2]) - float(r[4]) / 2) * height,
                                        float(r[3]) * width, float(r[4]) * height]) for r in rows]

    for what, other in (("torchvision VOCDetection", voc), ("Ultralytics", yolo)):
        assert other.keys() == truth.keys(), (what, len(other), len(truth))
        most = 0.0
        for key, objects in truth.items():
            assert [n for n, _ in other[key]] == [n for n, _ in objects], (what, key)
            most = max([most] + [abs(x - y) for (_, p), (_, q) in zip(objects, other[key]) for x, y in zip(p, q)])
        print(f"{what}: {len(other)} images, {sum(map(len, other.values()))} boxes, largest difference {most:.2e} px")


if __name__ == "__main__":
    {"rows": rows, "compare": compare}[sys.argv[1]](*sys.argv[2:])
