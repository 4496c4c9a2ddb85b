/** Both detectors with few channels and few proposals, for what does not depend on their size. */
import { createFasterRcnn, type FasterRcnn } from '../faster-rcnn/faster-rcnn.ts';
import { lite0FasterRcnn } from '../faster-rcnn/settings.ts';
import { createRetinaNet, type RetinaNet } from '../retinanet/retinanet.ts';
import { lite0RetinaNet } from '../retinanet/settings.ts';

export function narrowRetinaNet(classes: number): RetinaNet {
  const base = lite0RetinaNet(classes);
  return createRetinaNet({
    ...base,
    fpn: { ...base.fpn, channels: 8 },
    head: { ...base.head, channels: 8, depth: 1 },
  });
}

export function narrowFasterRcnn(classes: number): FasterRcnn {
  const base = lite0FasterRcnn(classes);
  const counts = { candidatesPerLevel: 20, proposals: 12 };
  return createFasterRcnn({
    ...base,
    fpn: { ...base.fpn, channels: 8 },
    rpn: { ...base.rpn, training: counts, testing: counts, pairs: counts },
    roi: { ...base.roi, hidden: 8 },
  });
}
