"""Times COCO's metrics by pycocotools or faster-coco-eval on the files of `sed-cli bench eval --write FOLDER`.

    python3 tools/bench/eval_coco.py --from FOLDER --library faster-coco-eval --runs 3

Prints one JSON line: seconds to load, seconds of an evaluation (median), peak resident memory in MiB, the twelve metrics. Needs the library in the
Python that runs it.
"""
import argparse
import contextlib
import io
import json
import resource
import statistics
import time

NAMES = "AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl".split()

parser = argparse.ArgumentParser()
parser.add_argument("--from", dest="folder", required=True)
parser.add_argument("--library", choices=["pycocotools", "faster-coco-eval"], default="pycocotools")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--json", action="store_true", help="always so")
options = parser.parse_args()
if options.library == "pycocotools":
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval as Evaluation

    extra = {}
else:
    from faster_coco_eval import COCO
    from faster_coco_eval import COCOeval_faster as Evaluation

    extra = {"print_function": lambda *words: None}

start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(f"{options.folder}/instances.json")
    found = truth.loadRes(f"{options.folder}/detections.json")
load = time.perf_counter() - start
times = []
for _ in range(options.runs):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = Evaluation(truth, found, "bbox", **extra)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    times.append(time.perf_counter() - start)
print(
    json.dumps(
        {
            "library": options.library,
            "seconds_load": round(load, 3),
            "seconds": round(statistics.median(times), 3),
            "seconds_min": round(min(times), 3),
            "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "metrics": dict(zip(NAMES, [float(value) for value in evaluation.stats[:12]])),
        }
    )
)
