"""The data pipeline of `sed-cli bench data` in torchvision: images a second, as one JSON line.

    python3 tools/bench/data_torch.py --images 'folder/*.jpg' --size 320 --workers 2

Needs torch and torchvision in the Python that runs it. Each image is read, decoded, resized (short edge, antialias) and mirrored half of
the time; of that weak view a strong one is made: color jitter, grayscale, blur of kernel 23 and three erasings, with the
probabilities of SED's Table 11. uint8 tensors throughout, which v2 advises for speed. A DataLoader with `--workers` processes makes
batches of `--batch` pairs, which are not stacked.
"""
import argparse
import glob
import json
import resource
import time

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, decode_image, read_file
from torchvision.transforms import v2

WARM_UP = 10  # batches
MEAN = [124, 116, 104]


class Views(Dataset):
    def __init__(self, files, count, size, decoder):
        self.files, self.count, self.decoder = files, count, decoder
        self.weak = v2.Compose(
            [v2.Resize(size, max_size=-(-size * 5 // 3), antialias=True), v2.RandomHorizontalFlip(0.5)]
        )
        self.strong = v2.Compose(
            [
                v2.RandomApply([v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4)], 0.8),
                v2.RandomGrayscale(0.2),
                v2.RandomApply([v2.GaussianBlur(23, (0.1, 2.0))], 0.5),
                v2.RandomErasing(0.7, (0.05, 0.2), (0.3, 3.3), value=MEAN),
                v2.RandomErasing(0.5, (0.02, 0.2), (0.1, 6), value=MEAN),
                v2.RandomErasing(0.3, (0.02, 0.2), (0.05, 8), value=MEAN),
            ]
        )

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        path = self.files[index % len(self.files)]
        if self.decoder == "pil":
            image = v2.functional.pil_to_tensor(Image.open(path).convert("RGB"))
        else:
            image = decode_image(read_file(path), ImageReadMode.RGB)
        weak = self.weak(image)
        return weak, self.strong(weak)


def together(pairs):
    return pairs


def processor_seconds():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def run(files, options, batches):
    """Images, seconds and waits after the warm-up; with it where `batches` is no more than that."""
    data = Views(files, batches * options.batch, options.size, options.decoder)
    loader = DataLoader(
        data, batch_size=options.batch, num_workers=options.workers, collate_fn=together, shuffle=False
    )
    images, waits = 0, []
    begun = time.perf_counter()
    for i, pairs in enumerate(loader):
        now = time.perf_counter()
        if i >= WARM_UP:
            waits.append(now - begun)
            images += len(pairs)
        begun = time.perf_counter()
    return images, waits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", required=True)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--decoder", choices=["torchvision", "pil"], default="torchvision")
    parser.add_argument("--json", action="store_true", help="always so")
    options = parser.parse_args()
    torch.manual_seed(1)
    files = sorted(glob.glob(options.images))
    if not files:
        raise SystemExit(f"--images: nothing matches {options.images}")
    steps = -(-options.count // options.batch)
    # Workers count when they have ended: those of a run of the warm-up alone are taken off.
    at_start = processor_seconds()
    run(files, options, WARM_UP)
    warm_up = processor_seconds() - at_start
    images, waits = run(files, options, steps + WARM_UP)
    used = processor_seconds() - at_start - 2 * warm_up
    waits.sort()
    rss = sum(
        resource.getrusage(who).ru_maxrss * times
        for who, times in ((resource.RUSAGE_SELF, 1), (resource.RUSAGE_CHILDREN, options.workers))
    )
    print(
        json.dumps(
            {
                "size": options.size,
                "batch": options.batch,
                "workers": options.workers,
                "decoder": options.decoder,
                "images": images,
                "images_per_second": round(images / sum(waits), 1),
                "cpu_ms_per_image": round(1000 * used / images, 1),
                "step_ms_p50": round(1000 * waits[len(waits) // 2], 1),
                "step_ms_p95": round(1000 * waits[min(len(waits) - 1, int(0.95 * len(waits)))], 1),
                "peak_rss_mib": round(rss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
