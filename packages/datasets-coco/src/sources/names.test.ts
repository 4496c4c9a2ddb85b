import { VOC_CLASSES } from '../voc/classes.ts';
import { nearMiss, quote } from './names.ts';

test('near misses: case, spaces, VOC and COCO, slips', () => {
  const coco = [
    'airplane',
    'motorcycle',
    'dining table',
    'potted plant',
    'couch',
    'tv',
    'person',
    'cat',
    'RBC',
    'boat',
  ];
  const pairs = {
    Person: 'person',
    aeroplane: 'airplane',
    motorbike: 'motorcycle',
    diningtable: 'dining table',
    'dining-table': 'dining table',
    pottedplant: 'potted plant',
    sofa: 'couch',
    tvmonitor: 'tv',
    persn: 'person',
    rbc: 'RBC',
    bat: undefined,
    horse: undefined,
  };
  for (const [name, meant] of Object.entries(pairs)) expect([name, nearMiss(name, coco)]).toEqual([name, meant]);
  expect(nearMiss('airplane', VOC_CLASSES)).toBe('aeroplane');
});

test('few names in full, many counted', () => {
  expect(quote(['a', 'b'])).toBe("'a', 'b'");
  expect(quote(['a', 'b', 'c'], 2)).toBe("'a', 'b', … (3)");
});
