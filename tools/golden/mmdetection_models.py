"""Detections of mmdetection's own RetinaNet and Faster R-CNN, under its own names; for packages/detectors/src/weights/mmdetection.test.ts.

    python3 tools/golden/mmdetection_models.py    # needs torch, torchvision and `pip install --no-deps mmdet mmengine mmcv-lite` with what those import
Writes packages/detectors/src/fixtures/mmdetection-models.json: of each model the names and shapes of its state dict (the values both sides make, `weight`
below) and what `model.predict` finds in an image. mmcv's compiled operators are not needed: RoIAlign and NMS are torchvision's, which are the same.
"""
import importlib.machinery
import json
import os
import sys
import types

import numpy as np
import torch
import torchvision

from hashed import short, uniform


def without_compiled_operators():
    """`mmcv.ops` of mmcv-lite, with the operators that these models call; any other is a class that is never made."""

    class RoIAlign(torch.nn.Module):
        def __init__(self, output_size, spatial_scale=1.0, sampling_ratio=0, pool_mode="avg", aligned=True, use_torchvision=False):
            super().__init__()
            self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned = (output_size,) * 2, spatial_scale, sampling_ratio, aligned

        def forward(self, x, rois):
            return torchvision.ops.roi_align(x, rois, self.output_size, self.spatial_scale, self.sampling_ratio or -1, self.aligned)

    def nms(boxes, scores, iou_threshold, **_):
        keep = torchvision.ops.nms(boxes, scores, iou_threshold)
        return torch.cat([boxes[keep], scores[keep, None]], 1), keep

    def batched_nms(boxes, scores, idxs, nms_cfg, class_agnostic=False):
        keep = torchvision.ops.batched_nms(boxes, scores, idxs, nms_cfg["iou_threshold"])
        return torch.cat([boxes[keep], scores[keep, None]], 1), keep

    class Operators(types.ModuleType):
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (torch.nn.Module,), {})

    for name in ("", ".nms", ".merge_cells", ".carafe", ".modulated_deform_conv", ".deform_conv", ".point_sample", ".roi_align", ".multi_scale_deform_attn"):
        module = Operators("mmcv.ops" + name)
        module.nms, module.batched_nms, module.RoIAlign = nms, batched_nms, RoIAlign
        if name == "":
            module.__path__ = []
            module.__spec__ = importlib.machinery.ModuleSpec("mmcv.ops", None, is_package=True)
        sys.modules["mmcv.ops" + name] = module


without_compiled_operators()
import mmcv  # noqa: E402

mmcv.ops = sys.modules["mmcv.ops"]
mmcv.__version__ = "2.1.0"  # mmdet 3.3 asks for a version below 2.2
import mmdet  # noqa: E402
from mmengine.config import ConfigDict  # noqa: E402
from mmdet.registry import MODELS  # noqa: E402
from mmdet.structures import DetDataSample  # noqa: E402
from mmdet.utils import register_all_modules  # noqa: E402

register_all_modules()
OUT = os.path.join(os.path.dirname(__file__), "../../packages/detectors/src/fixtures/mmdetection-models.json")
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
GAINS = {"retina_cls": 0.5, "retina_reg": 0.2, "rpn_reg": 0.2, "fc_cls": 0.5, "fc_reg": 0.2}


def weight(name, shape, caffe):
    """A live weight; the TypeScript side is `weightOf` in mmdetection.test.ts."""
    u = uniform(name, int(np.prod(shape)))
    if name.endswith("running_mean"): v = 0.1 * u
    elif name.endswith("running_var"): v = 1 + 0.5 * u
    elif name.endswith("retina_cls.bias"): v = -5 + 0.5 * u
    elif len(shape) == 1: v = 0.6 + 0.2 * u if name.endswith("weight") else 0.1 * u
    else: v = u * np.sqrt(6 / np.prod(shape[1:])) * GAINS.get(name.split(".")[-2], 1)
    # images of 0 to 255
    return (v / (58 if caffe and name == "backbone.conv1.weight" else 1)).reshape(shape).astype(np.float32)


def backbone(depth, caffe):
    return dict(type="ResNet", depth=depth, num_stages=4, out_indices=(0, 1, 2, 3), norm_cfg=dict(type="BN"), style="caffe" if caffe else "pytorch")


def coder(*deviations):
    return dict(type="DeltaXYWHBBoxCoder", target_means=[0.] * 4, target_stds=deviations)


def retinanet(depth, classes, channels, caffe=False):
    ins = [64, 128, 256, 512] if depth < 50 else [256, 512, 1024, 2048]
    return dict(
        type="RetinaNet", backbone=backbone(depth, caffe),
        neck=dict(type="FPN", in_channels=ins, out_channels=channels, start_level=1, add_extra_convs="on_input", num_outs=5),
        bbox_head=dict(type="RetinaHead", num_classes=classes, in_channels=channels, stacked_convs=4, feat_channels=channels,
                       anchor_generator=dict(type="AnchorGenerator", octave_base_scale=4, scales_per_octave=3, ratios=[.5, 1., 2.], strides=[8, 16, 32, 64, 128]),
                       bbox_coder=coder(1., 1., 1., 1.), loss_cls=dict(type="FocalLoss", use_sigmoid=True), loss_bbox=dict(type="L1Loss")),
        test_cfg=dict(nms_pre=1000, min_bbox_size=0, score_thr=.05, nms=dict(type="nms", iou_threshold=.5), max_per_img=100))


def faster_rcnn(depth, classes, channels, caffe=False):
    ins = [64, 128, 256, 512] if depth < 50 else [256, 512, 1024, 2048]
    return dict(
        type="FasterRCNN", backbone=backbone(depth, caffe),
        neck=dict(type="FPN", in_channels=ins, out_channels=channels, num_outs=5),
        rpn_head=dict(type="RPNHead", in_channels=channels, feat_channels=channels,
                      anchor_generator=dict(type="AnchorGenerator", scales=[8], ratios=[.5, 1., 2.], strides=[4, 8, 16, 32, 64]),
                      bbox_coder=coder(1., 1., 1., 1.), loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=True), loss_bbox=dict(type="L1Loss")),
        roi_head=dict(type="StandardRoIHead",
                      bbox_roi_extractor=dict(type="SingleRoIExtractor", roi_layer=dict(type="RoIAlign", output_size=7, sampling_ratio=0),
                                              out_channels=channels, featmap_strides=[4, 8, 16, 32]),
                      bbox_head=dict(type="Shared2FCBBoxHead", in_channels=channels, fc_out_channels=32, roi_feat_size=7, num_classes=classes,
                                     bbox_coder=coder(.1, .1, .2, .2), reg_class_agnostic=False,
                                     loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=False), loss_bbox=dict(type="L1Loss"))),
        train_cfg=None, test_cfg=dict(rpn=dict(nms_pre=1000, max_per_img=1000, nms=dict(type="nms", iou_threshold=.7), min_bbox_size=0),
                      rcnn=dict(score_thr=.05, nms=dict(type="nms", iou_threshold=.5), max_per_img=100)))


def golden(name, config, caffe, classes, height=64, width=96):
    model = MODELS.build(ConfigDict(config)).eval()
    state = model.state_dict()
    for key, value in state.items():
        if not key.endswith("num_batches_tracked"):
            state[key] = torch.from_numpy(weight(key, tuple(value.shape), caffe))
    model.load_state_dict(state)
    # as normalized for torchvision's networks, on the other side too
    x = uniform(name + " image", height * width * 3).reshape(height, width, 3)
    if caffe:
        x = (x * STD * 255)[..., ::-1]
    x = torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1), dtype=np.float32))[None]
    about = DetDataSample(metainfo=dict(img_shape=(height, width), ori_shape=(height, width), batch_input_shape=(height, width), scale_factor=(1., 1.)))
    with torch.no_grad():
        [found] = model.predict(x, [about], rescale=False)
    found = found.pred_instances
    print(name, len(found.scores), found.scores[:4].tolist(), found.scores[-2:].tolist(), found.labels.bincount().tolist())
    return {"height": height, "width": width, "classes": classes, "caffe": caffe, "weights": [[k, list(v.shape)] for k, v in state.items()],
            "detections": {"boxes": [short(v) for v in found.bboxes.flatten()], "scores": [short(v) for v in found.scores], "labels": found.labels.tolist()}}


torch.set_num_threads(1)
json.dump({
    "made_by": f"tools/golden/mmdetection_models.py, mmdet {mmdet.__version__}, torch {torch.__version__}",
    "retinanet-r18": golden("retinanet-r18", retinanet(18, 5, 32), False, 5),
    "faster-rcnn-r18": golden("faster-rcnn-r18", faster_rcnn(18, 5, 32), False, 5),
    "faster-rcnn-r50-caffe": golden("faster-rcnn-r50-caffe", faster_rcnn(50, 5, 32, True), True, 5),
}, open(OUT, "w"))
