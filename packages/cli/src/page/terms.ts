/** Words of the field and of the paper, explained in the section in which they stand. */
import { html, type Html } from './html.ts';
import { definitions } from './table.ts';

interface Term {
  readonly name: string;
  /** Where a section has this, it uses the word. */
  readonly used: RegExp;
  readonly meaning: string;
}

const TERMS: readonly Term[] = [
  {
    name: 'AP',
    used: /\bAP\b/,
    meaning:
      'Average precision: how well the boxes found are right and complete, 0 to 100, averaged over classes and over how exactly a box must fit (IoU 0.50 to 0.95). Higher is better.',
  },
  {
    name: 'AP50, AP75',
    used: /\bAP(50|75)\b/,
    meaning: 'AP where a box counts as right from IoU 0.50 (roughly in place) or 0.75 (tight) on.',
  },
  {
    name: 'APs, APm, APl',
    used: /\bAP[sml]\b/,
    meaning:
      'AP of small, medium and large objects: areas below 32², up to 96² and above, in pixels of the image file.',
  },
  {
    name: 'AR',
    used: /\bAR(1|10|100|s|m|l)\b/,
    meaning:
      'Average recall: the share of the objects that are found, with at most 1, 10 or 100 boxes an image; s, m, l by size.',
  },
  {
    name: 'IoU',
    used: /\bIoU\b/,
    meaning: 'Intersection over union of two boxes: 1 where they are equal, 0 where they do not meet.',
  },
  {
    name: 'teacher, student',
    used: /\b(teacher|student)\b/i,
    meaning:
      'Two copies of one detector. The optimizer trains the student; the teacher is a moving average of the student’s weights and gives it targets on unlabeled images.',
  },
  {
    name: 'EMA, raw',
    used: /\bEMA\b/,
    meaning:
      'Of a supervised run: EMA is the exponential moving average of the weights, made as SED makes its teacher; raw are the weights that the optimizer moves.',
  },
  {
    name: 'SED',
    used: /\bSED\b/,
    meaning: 'Scale-equivalent distillation, the semi-supervised method of the paper.',
  },
  {
    name: 'burn-in',
    used: /\bburn-in\b/,
    meaning: 'The first iterations, on labeled images alone; then the teacher starts as a copy of the student.',
  },
  {
    name: 'supervised (losses)',
    used: /\bsupervised · (classification|box|objectness|rpn|RPN)/,
    meaning: 'Against the labels of the labeled images: of the classes, and of the edges of the boxes.',
  },
  {
    name: 'distillation, Eq 3',
    used: /\bEq 3\b/,
    meaning:
      'The paper’s loss between the student and the teacher on unlabeled images: KL, a distance of their class probabilities, and ‖R‖², the squared distance of their box offsets.',
  },
  {
    name: 'scale, Eq 2',
    used: /\bEq 2\b/,
    meaning: 'The paper’s loss between the student’s predictions on an image and on a copy of half the size.',
  },
  {
    name: 'Eq 5, gradient length',
    used: /\bEq 5\b/,
    meaning:
      'The paper’s weights in distillation. The gradient length g of a prediction is how far student and teacher differ, Σ |p − p′|; the weights give each range of lengths the same say.',
  },
  {
    name: 'dense',
    used: /\bdense\b/,
    meaning: 'A prediction at every anchor of the image, as a RetinaNet makes them.',
  },
  {
    name: 'rpn, roi',
    used: /\b(rpn|roi|RPN)\b/,
    meaning: 'The two stages of a Faster R-CNN: regions are proposed (rpn), then classified and refined (roi).',
  },
  {
    name: 'α',
    used: /α/,
    meaning: 'How much of the teacher stays in each update: 0.99 moves it by 1 % towards the student.',
  },
  {
    name: 'precision, recall',
    used: /(?<!average )\b(precision|recall)\b/i,
    meaning: 'Of the boxes found, the share that is right; of the objects there are, the share that is found.',
  },
  {
    name: 'pseudo-label',
    used: /\bpseudo-label/i,
    meaning: 'A detection of the teacher on an unlabeled image, taken for a label.',
  },
  {
    name: 'clipping',
    used: /\bclipping\b/,
    meaning: 'A gradient that is longer than optimizer.clip is shortened to it before the update.',
  },
  {
    name: 'anchor',
    used: /\banchors?\b/,
    meaning: 'A box of fixed size and place that the detector judges and moves towards an object.',
  },
];

/** The explanations of the words in some markup, folded; nothing where it has none. Text within tags does not count. */
export function termsUsed(markup: Html): Html | undefined {
  const text = markup.toString().replace(/<style[^]*?<\/style>|<[^>]*>/g, ' ');
  const used = TERMS.filter((term) => term.used.test(text));
  if (used.length === 0) return undefined;
  const list = definitions(used.map(({ name, meaning }) => [name, meaning]));
  return html`<details class="terms"><summary>Words used here: ${used.map(({ name }) => name).join(', ')}</summary>${list}</details>`;
}

const METRIC_TITLES: Readonly<Record<string, string>> = {
  AP: 'average precision, IoU 0.50 to 0.95',
  AP50: 'average precision at IoU 0.50',
  AP75: 'average precision at IoU 0.75',
  APs: 'average precision, small objects',
  APm: 'average precision, medium objects',
  APl: 'average precision, large objects',
  AR1: 'average recall, 1 box an image',
  AR10: 'average recall, 10 boxes an image',
  AR100: 'average recall, 100 boxes an image',
  ARs: 'average recall, small objects',
  ARm: 'average recall, medium objects',
  ARl: 'average recall, large objects',
};

/** The name of a metric with what it stands for. */
export function metricName(name: string): Html {
  const title = METRIC_TITLES[name];
  return title === undefined ? html`${name}` : html`<abbr title="${title}">${name}</abbr>`;
}
