"""Time of pycocotools on the files of evaluate.mjs --write FOLDER:  python3 bench/evaluate.py FOLDER"""
import contextlib
import io
import sys
import time

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

with contextlib.redirect_stdout(io.StringIO()):
    gt = COCO(f"{sys.argv[1]}/instances.json")
    dt = gt.loadRes(f"{sys.argv[1]}/detections.json")
    start = time.perf_counter()
    e = COCOeval(gt, dt, "bbox")
    e.evaluate()
    e.accumulate()
    e.summarize()
    seconds = time.perf_counter() - start
print(f"{seconds:.2f} s", dict(zip("AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl".split(), e.stats.tolist())))
