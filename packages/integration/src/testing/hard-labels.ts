/**
 * A method of one's own: a copy of the network labels the weak views, and the network learns the confident boxes on the
 * strong ones.
 */
import { imageBatch, supervisedLosses, type Detections, type Parameters } from '@sed/detectors';
import { type Method } from '@sed/methods';
import { labeledViews, supervisedPart } from '@sed/methods/pieces';
import { Type } from '@sinclair/typebox';

const schema = Type.Object({
  kind: Type.Literal('hard-labels'),
  from: Type.Integer({ minimum: 0, default: 3 }),
  threshold: Type.Number({ minimum: 0, maximum: 1, default: 0.05 }),
});

export const hardLabels: Method<{ kind: string; from: number; threshold: number }> = {
  kind: 'hard-labels',
  schema,
  networks: ({ from }) => ({ model: { role: 'trained' }, labeler: { role: 'frozen', of: 'model', from } }),
  views: ({ from }, { labeledView }) => [
    labeledViews(labeledView),
    { source: 'unlabeled', from, chains: { weak: ['weak'], strong: ['weak', 'strong'] } },
  ],
  parts(step) {
    const { detector, batching, config, networks, unlabeled } = step;
    const supervised = supervisedPart(step, { network: 'model' });
    if (!unlabeled) return [supervised];
    const prepare = async () => {
      const weak = imageBatch(unlabeled['weak']!, batching);
      const found = await detector.detect(detector.forward(networks['labeler']!, weak), weak);
      const strong = imageBatch(unlabeled['strong']!, batching);
      const targets = found.map((image) => confident(image, config.threshold));
      return (parameters: Parameters) => {
        const losses = supervisedLosses(detector, detector.forward(parameters, strong), targets);
        return { terms: Object.entries(losses).map(([name, value]) => ({ name: `pseudo.${name}`, value, weight: 2 })) };
      };
    };
    return [supervised, { name: 'pseudo', network: 'model', prepare }];
  },
};

const confident = ({ boxes, labels, scores }: Detections, threshold: number) => {
  const count = scores.filter((score) => score >= threshold).length; // the best come first
  return { boxes: boxes.slice(0, 4 * count), labels: labels.slice(0, count) };
};
