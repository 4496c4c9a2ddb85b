/** What is stated of a detector before there is one holds for those that are made. */
import { hashedParameters } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import { disposeTensors } from './dispose.ts';
import { fasterRcnnFacts } from './faster-rcnn/faster-rcnn.ts';
import { imageBatch, reduceBatch } from './images/batch.ts';
import { retinaNetFacts } from './retinanet/retinanet.ts';
import { narrowFasterRcnn, narrowRetinaNet } from './testing/narrow.ts';
import type { DenseForward } from './dense/levels.ts';
import type { ArchitectureFacts, Detector } from './types.ts';

const picture = { pixels: new Uint8Array(3 * 64 * 64).fill(90), width: 64, height: 64 };

test.each([
  ['RetinaNet', narrowRetinaNet(2), retinaNetFacts],
  ['Faster R-CNN', narrowFasterRcnn(2), fasterRcnnFacts],
] as [string, Detector<DenseForward>, ArchitectureFacts][])(
  '%s: pairs, in their order, and levels',
  async (_, detector, facts) => {
    await tf.setBackend('cpu');
    const { pairs, levels, finestLevel } = detector;
    expect({ pairs, levels, finestLevel }).toEqual(facts);

    const weights = hashedParameters(detector.parameters);
    const batch = imageBatch([picture], { multiple: 2 * detector.sizeMultiple });
    const half = reduceBatch(batch, 1);
    const [full, reduced] = [detector.forward(weights, batch), detector.forward(weights, half)];
    expect(full.levels.map(({ stride }) => stride)).toEqual(
      Array.from({ length: levels }, (_, i) => 2 ** (finestLevel + i)),
    );
    const moved = [1, 0, 4, 0, 1, -4] as const;
    const found = [
      detector.scalePairs(full, reduced, 1),
      detector.distillationPairs(full, full),
      detector.distillationPairs(full, full, [moved]),
    ];
    const wanted = pairs.map(({ name, activation }) => ({ name, activation }));
    for (const list of found) expect(list.map(({ name, activation }) => ({ name, activation }))).toEqual(wanted);
    for (const list of found) {
      // those that tell classes apart have a column for each; a softmax one more, for the background
      expect(list.map(({ a }) => a.logits.shape[1])).toEqual(
        pairs.map(({ classified, activation }) => (classified ? 2 : 1) + (activation === 'softmax' ? 1 : 0)),
      );
    }
    disposeTensors(full, reduced, batch, half, ...found);
    tf.dispose([...weights.values()]);
  },
);
