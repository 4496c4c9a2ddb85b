"""Loads a COCO annotations file with pycocotools, alone in its process: python3 load_pycocotools.py FILE. For load.mjs."""

import contextlib
import io
import json
import resource
import sys
import time

from pycocotools.coco import COCO

start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(sys.argv[1])
seconds = time.perf_counter() - start
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "seconds": seconds,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peakMiB": usage.ru_maxrss / 1024,
            "images": len(coco.imgs),
            "boxes": len(coco.anns),
        }
    )
)
