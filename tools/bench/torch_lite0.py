"""RetinaNet and Faster R-CNN of torchvision on EfficientNet-Lite0, as narrow as ours (`lite0RetinaNet`, `lite0FasterRcnn`).

Needs torch, torchvision and efficientnet-lite-pytorch in the Python that runs it. Weights are random: shapes decide what a step costs.
"""
from collections import OrderedDict

from efficientnet_lite_pytorch import EfficientNet
from torch import nn
from torchvision.models.detection import FasterRCNN, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool, LastLevelP6P7

BACKBONE = "efficientnet-lite0"
TAPS = (2, 4, 10, 15)  # the last blocks at strides 4 to 32
CHANNELS = (24, 40, 112, 320)
WIDTH = 64  # of the pyramid
FROZEN_BLOCKS = 3  # and the stem: three stages are trained
HIDDEN = 256  # of the region head
RATIOS = (0.5, 1.0, 2.0)


def own_padding(net):
    """Zeros added by the convolution itself, on both sides, not by a copy of its input before it: as many values, faster."""
    for module in net.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.Conv2d) and hasattr(child, "static_padding"):
                plain = nn.Conv2d(child.in_channels, child.out_channels, child.kernel_size, child.stride,
                                  (child.kernel_size[0] - 1) // 2, groups=child.groups, bias=False)
                plain.weight = child.weight
                setattr(module, name, plain)


class Lite0Pyramid(nn.Module):
    """Statistics of the norms are frozen; the affine of those in trained stages is trained."""

    def __init__(self, levels, extra):
        super().__init__()
        net = EfficientNet.from_name(BACKBONE)
        del net._conv_head, net._bn1, net._fc, net._avg_pooling, net._dropout
        own_padding(net)
        for part in (net._conv_stem, net._bn0, *net._blocks[:FROZEN_BLOCKS]):
            part.requires_grad_(False)
        self.body, self.first = net, len(TAPS) - levels
        self.fpn = FeaturePyramidNetwork(list(CHANNELS[self.first:]), WIDTH, extra)
        self.out_channels = WIDTH

    def train(self, mode=True):
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, x):
        net, found = self.body, OrderedDict()
        x = net._swish(net._bn0(net._conv_stem(x)))
        for i, block in enumerate(net._blocks):
            x = block(x)
            if i in TAPS[self.first:]:
                found[str(len(found))] = x
        return self.fpn(found)


def build(name, backbone, classes):
    if backbone != BACKBONE:
        raise SystemExit(f"--backbone is {backbone}; this peer is for {BACKBONE}.")
    if name == "retinanet":
        sides = [3 * stride for stride in (8, 16, 32, 64, 128)]
        anchors = AnchorGenerator(tuple(tuple(s * 2 ** (k / 3) for k in range(3)) for s in sides), (RATIOS,) * 5)
        head = RetinaNetHead(WIDTH, anchors.num_anchors_per_location()[0], classes)
        for tower in (head.classification_head, head.regression_head):
            tower.conv = tower.conv[:2]
        return RetinaNet(Lite0Pyramid(3, LastLevelP6P7(WIDTH, WIDTH)), classes, anchor_generator=anchors, head=head)
    anchors = AnchorGenerator(tuple((6 * stride,) for stride in (4, 8, 16, 32, 64)), (RATIOS,) * 5)
    return FasterRCNN(Lite0Pyramid(4, LastLevelMaxPool()), rpn_anchor_generator=anchors,
                      rpn_pre_nms_top_n_train=1000, rpn_post_nms_top_n_train=500,
                      rpn_pre_nms_top_n_test=500, rpn_post_nms_top_n_test=200,
                      box_head=TwoMLPHead(WIDTH * 49, HIDDEN), box_predictor=FastRCNNPredictor(HIDDEN, classes + 1),
                      box_batch_size_per_image=128)


def parameter_counts(model):
    return {"trained": sum(p.numel() for p in model.parameters() if p.requires_grad),
            "all": sum(p.numel() for p in model.parameters())}
