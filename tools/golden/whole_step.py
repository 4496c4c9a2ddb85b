"""Golden numbers of the whole training step: four steps of scale-equivalent distillation with torch and torchvision, from
the paper's equations (the working reading of them is in sed_reference.py) and from what the settings of a run are documented to mean.

  npx tsc -b && python3 tools/golden/whole_step.py    # needs node, and torch and torchvision in the Python that runs it

Writes packages/integration/src/fixtures/whole-step.json: of a RetinaNet and a Faster R-CNN the numbers of every step and how far weights, teacher and
momentum have moved after the last. The views are those that our loader makes (whole_step_views.mjs); nothing else of ours
is used. It computes in float64; --check computes in float32 too, and says how far that is off and how near the rows of Eq 5 come to the
border of a bin, where a rounding would decide.
"""
from __future__ import annotations

import copy, json, pathlib, subprocess, sys, tempfile

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet18
from torchvision.models.detection import RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.image_list import ImageList
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

import sed_reference as sed
from faster_rcnn_models import MEAN, STD, background_last, propose, regions, rpn, small
from hashed import fill, sample, short

HERE = pathlib.Path(__file__).parent
OUT = HERE.parents[1] / "packages/integration/src/fixtures/whole-step.json"


class Views:
    """The images of a step, in the order in which whole_step_views.mjs wrote their pixels."""

    def __init__(self, folder, run):
        described = json.loads((folder / f"{run}.json").read_text())
        self.config, self.steps = described["config"], described["steps"]
        data, at = np.fromfile(folder / f"{run}.bin", np.uint8), 0
        for step in self.steps:
            for view in step["labeled"] + step["weak"] + step["strong"]:
                count = view["width"] * view["height"] * 3
                view["pixels"] = data[at:at + count].reshape(view["height"], view["width"], 3)
                at += count
        assert at == len(data)


class Batch:
    """Normalized images, padded with zeros at the right and the bottom to the canvas; sizes are (height, width)."""

    def __init__(self, views, canvas, dtype):
        x = np.zeros((len(views), 3, canvas["height"], canvas["width"]))
        for image, view in zip(x, views):
            normal = (view["pixels"] / 255 - np.array(MEAN)) / np.array(STD)
            image[:, :view["height"], :view["width"]] = normal.transpose(2, 0, 1)
        self.x = torch.from_numpy(x).to(dtype)
        self.sizes = [(v["height"], v["width"]) for v in views]
        self.targets = [{"boxes": torch.tensor(v["boxes"], dtype=dtype).reshape(-1, 4), "labels": torch.tensor(v["labels"], dtype=torch.int64)}
                        for v in views]

    def reduced(self, shift):
        """1/2^shift: bilinear with half-pixel centers, of the padded tensor."""
        small = copy.copy(self)
        small.x = nn.functional.interpolate(self.x, scale_factor=0.5**shift, mode="bilinear", align_corners=False)
        small.sizes = [(h / 2**shift, w / 2**shift) for h, w in self.sizes]
        return small

    @property
    def padded(self):
        return [tuple(self.x.shape[-2:])] * len(self.x)


def detector_of(settings, classes):
    """torchvision's model of these settings, and whether it has two stages."""
    channels = settings["fpn"]["channels"]
    if settings["kind"] == "retinanet":
        body = resnet18(norm_layer=nn.BatchNorm2d)
        backbone = BackboneWithFPN(body, {"layer2": "0", "layer3": "1", "layer4": "2"}, [128, 256, 512], channels, LastLevelP6P7(channels, channels))
        anchors = AnchorGenerator(tuple((side,) for side in (32, 64, 128, 256, 512)), (tuple(settings["anchors"]["ratios"]),) * 5)
        model = RetinaNet(backbone, classes, anchor_generator=anchors).eval()
        fill(model)
        return model, Dense(model)
    counts, sampling = settings["rpn"], settings["rpn"]["sampling"]["count"]
    model = small(classes, channels, settings["roi"]["hidden"], rpn_batch_size_per_image=sampling, box_batch_size_per_image=settings["roi"]["sampling"]["count"],
                  rpn_pre_nms_top_n_train=counts["training"]["candidatesPerLevel"], rpn_post_nms_top_n_train=counts["training"]["proposals"],
                  rpn_pre_nms_top_n_test=counts["pairs"]["candidatesPerLevel"], rpn_post_nms_top_n_test=counts["pairs"]["proposals"])
    return model, TwoStages(model, classes)


class Dense:
    """The RetinaNet: its supervised losses, and the pairs of predictions that the unsupervised ones compare."""

    def __init__(self, model):
        self.cells = model.anchor_generator.num_anchors_per_location()

    def predict(self, model, batch):
        features = list(model.backbone(batch.x).values())
        rows = [model.head([f]) for f in features]
        return [(r["cls_logits"].flatten(0, 1), r["bbox_regression"].flatten(0, 1)) for r in rows]

    def supervised(self, model, batch):
        features = list(model.backbone(batch.x).values())
        anchors = model.anchor_generator(ImageList(batch.x, batch.padded), features)
        losses = model.compute_loss(batch.targets, model.head(features), anchors)
        return {"classification": losses["classification"], "boxRegression": losses["bbox_regression"]}

    def unsupervised(self, student, teacher, weak, strong, shift):
        full, reduced = self.predict(student, strong), self.predict(student, strong.reduced(shift))
        with torch.no_grad():
            soft = self.predict(teacher, weak)
        return [("distillation", "dense", "sigmoid", joined(soft), joined(full), 1),
                ("scale", "dense", "sigmoid", joined(full[shift:]), joined(reduced[:-shift]), 1)]


class TwoStages:
    """The Faster R-CNN: every anchor of the first stage, and in the second the proposals of both views, refined on both."""

    def __init__(self, model, classes):
        self.classes = classes

    def supervised(self, model, batch):
        features = model.backbone(batch.x)
        targets = [{"boxes": t["boxes"], "labels": t["labels"] + 1} for t in batch.targets]
        model.rpn.training = model.roi_heads.training = True
        boxes, first = model.rpn(ImageList(batch.x, batch.sizes), features, targets)
        _, second = model.roi_heads(features, boxes, batch.padded, targets)
        model.rpn.training = model.roi_heads.training = False
        return {"objectness": first["loss_objectness"], "rpnBoxRegression": first["loss_rpn_box_reg"],
                "classification": second["loss_classifier"], "boxRegression": second["loss_box_reg"]}

    def unsupervised(self, student, teacher, weak, strong, shift):
        half, factor = strong.reduced(shift), 2**shift
        fx, fh = student.backbone(strong.x), student.backbone(half.x)
        with torch.no_grad():
            ft = teacher.backbone(weak.x)
            soft = list(zip(*rpn(teacher, weak.x, ft)))
        full, reduced = list(zip(*rpn(student, strong.x, fx))), list(zip(*rpn(student, half.x, fh)))
        px, ph = propose(student, strong.x, fx, strong.sizes), propose(student, half.x, fh, half.sizes)
        pt = propose(teacher, weak.x, ft, weak.sizes)
        at = lambda model, features, boxes, batch: background_last(*regions(model, features, boxes, batch.padded))
        both = [torch.cat([i, j]) for i, j in zip(pt, px)]
        pair = [torch.cat([i, factor * j]) for i, j in zip(px, ph)]
        with torch.no_grad():
            target = at(teacher, ft, both, weak)
        return [("distillation", "rpn", "sigmoid", joined(soft), joined(full), 1),
                ("distillation", "roi", "softmax", target, at(student, fx, both, strong), self.classes),
                ("scale", "rpn", "sigmoid", joined(full[shift:]), joined(reduced[:-shift]), 1),
                ("scale", "roi", "softmax", at(student, fx, pair, strong), at(student, fh, [p / factor for p in pair], half), self.classes)]


def joined(levels):
    return torch.cat([l for l, _ in levels]), torch.cat([d for _, d in levels])


def best_score(pairs):
    """The highest class probability of the teacher, of the last stage; the background is no class."""
    _, _, activation, (logits, _), _, _ = [p for p in pairs if p[0] == "distillation"][-1]
    scores = sed.probabilities(logits, activation)
    return scores.max() if activation == "sigmoid" else scores[:, :-1].max()


class Run:
    def __init__(self, views, dtype):
        self.views, self.config, self.dtype = views, views.config, dtype
        self.student, self.detector = detector_of(self.config["detector"], 2)
        for name, p in self.student.named_parameters():  # "trainableStages" 0: of the backbone nothing is trained
            p.requires_grad_(not name.startswith("backbone.body."))
        self.student.to(dtype)
        self.start = copy.deepcopy(self.student)
        self.teacher = None
        self.trained = {k: p for k, p in self.student.named_parameters() if p.requires_grad}
        o = self.config["optimizer"]
        self.sgd = torch.optim.SGD(self.trained.values(), lr=o["lr"], momentum=o["momentum"], weight_decay=o["weightDecay"])
        self.margin = 1.0

    def rate(self, step):
        """Linear from factor · lr in the first step to lr in the last of the warm-up; times `factor` from each milestone on."""
        o, s = self.config["optimizer"], self.config["schedule"]
        steps, begin = o["warmup"]["steps"], o["warmup"]["factor"]
        rise = min(1.0, begin + (1 - begin) * step / (steps - 1))
        return o["lr"] * rise * s["factor"] ** sum(step >= m for m in s["milestones"])

    def bins_of(self, target, logits, activation):
        """Counts of Eq 5's histogram; remembers the row that is nearest to the border of two bins."""
        bins = self.config["method"]["weighting"]["bins"]
        g = sed.gradient_length(target, logits, activation)
        place = g[g * bins < bins - 0.5] * bins
        inner = place[place > 0.5]
        if len(inner):
            self.margin = min(self.margin, float((inner - inner.round()).abs().min()) / bins)
        return torch.bincount(sed.bin_index(g, bins), minlength=bins)

    def losses_of(self, at, part):
        """Of a part of a step, unweighted: {name: (value, λ and factor)}, with counts and score of the distillation."""
        m, b, step = self.config["method"], self.config["batch"], self.views.steps[at]
        of = lambda kind, n: Batch(step[kind][part * n:(part + 1) * n], self.config["input"]["canvas"], self.dtype)
        parts = b["accumulate"]
        losses = {f"supervised.{k}": (v, 1.0) for k, v in self.detector.supervised(self.student, of("labeled", b["labeled"] // parts)).items()}
        if self.teacher is None:
            return losses, None, None
        n = b["unlabeled"] // parts
        pairs = self.detector.unsupervised(self.student, self.teacher, of("weak", n), of("strong", n), step["shift"])
        factor = lambda weights, pair: weights[pair] if isinstance(weights, dict) else weights
        # L = L_supervised + n_u / n_s (λ_s L_scale + λ_d L_distill); the second summand rises linearly after the burn-in
        ramp = min(1.0, (at - m["burnIn"] + 1) / m["ramp"])
        outer = b["unlabeled"] / b["labeled"] * ramp
        histogram = torch.zeros(m["weighting"]["bins"], dtype=torch.int64)
        for term, pair, activation, one, two, boxes in pairs:
            equation = sed.self_distillation if term == "distillation" else sed.scale_consistency
            found = equation(*one, *two, activation, m["weighting"]["bins"])
            counts = self.bins_of(one[0], two[0], activation)
            if term == "distillation":
                histogram += counts
            weight = outer * m["lambdaDistill" if term == "distillation" else "lambdaScale"]
            losses[f"{term}.{pair}.classification"] = (found["cls"], weight * factor(m["classificationWeight"], pair))
            losses[f"{term}.{pair}.regression"] = (found["reg"] / boxes, weight * factor(m["regressionWeight"], pair))
        return losses, histogram, best_score(pairs)

    def step(self, at):
        m = self.config["method"]
        parts = [self.losses_of(at, part) for part in range(self.config["batch"]["accumulate"])]
        mean = lambda values: sum(values) / len(parts)
        names = list(parts[0][0])
        total = sum(mean([losses[name][0] * losses[name][1] for losses, _, _ in parts]) for name in names)
        self.sgd.zero_grad()
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.trained.values(), self.config["optimizer"]["clip"])
        rate = self.sgd.param_groups[0]["lr"] = self.rate(at)
        self.sgd.step()
        alpha = None
        if self.teacher is not None:
            alpha = m["alpha"]["start"] if at < m["alpha"]["at"] else m["alpha"]["end"]
            sed.ema_update(self.teacher, self.student, alpha)
        elif at + 1 == m["burnIn"]:
            self.teacher = copy.deepcopy(self.student).requires_grad_(False)
        row = {"losses": {name: short(mean([float(losses[name][0].detach()) for losses, _, _ in parts])) for name in names}, "total": short(total.detach()),
               "lr": rate, "alpha": alpha, "gradientNorm": short(norm)}
        if parts[0][1] is not None:
            row["histogram"] = sum(h for _, h, _ in parts).tolist()
            row["teacherMaxScore"] = short(max(s for _, _, s in parts))
        return row

    def changes(self):
        """How far each trained tensor has moved, in student and teacher, and its momentum."""
        start, student, teacher = (dict(m.named_parameters()) for m in (self.start, self.student, self.teacher))
        take = lambda what, name, values: sample(f"{what} {name}", values.detach(), 5)
        return {name: {"student": take("student", name, student[name] - start[name]), "teacher": take("teacher", name, teacher[name] - start[name]),
                       "momentum": take("momentum", name, self.sgd.state[p]["momentum_buffer"])} for name, p in self.trained.items()}

    def all(self):
        rows = [self.step(at) for at in range(self.config["iterations"])]
        return {"steps": rows, "changes": self.changes()}


def differences(one, other, path=""):
    """Of all numbers how far they are apart, relative to the number, and of a sample as the test has it."""
    if isinstance(one, dict) and "absolute" in one:
        scale = max(one["absolute"] / one["size"], *map(abs, one["values"]))
        yield max(abs(a - b) for a, b in zip(one["values"], other["values"])) / scale, path
        yield abs(one["sum"] - other["sum"]) / one["absolute"], path + ".sum"
    elif isinstance(one, (dict, list)):
        for key in one if isinstance(one, dict) else range(len(one)):
            yield from differences(one[key], other[key], f"{path}.{key}")
    elif one is not None:
        yield abs(one - other) / (abs(one) or 1), path


def main():
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", str(HERE / "whole_step_views.mjs"), folder], check=True)
        golden = {"made_by": "tools/golden/whole_step.py, torch " + torch.__version__}
        for name in ("retinanet", "faster-rcnn"):
            run = Run(Views(pathlib.Path(folder), name), torch.float64)
            golden[name] = run.all()
            for row in golden[name]["steps"]:
                print(name, json.dumps({k: v for k, v in row.items()}))
            if "--check" in sys.argv:
                rough = Run(Views(pathlib.Path(folder), name), torch.float32).all()
                print("nearest to the border of a bin", run.margin, "float32 is off by", sorted(differences(golden[name], rough), reverse=True)[:6])
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
