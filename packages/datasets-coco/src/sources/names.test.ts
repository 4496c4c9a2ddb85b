import { VOC_CLASSES } from '../voc/classes.ts';
import { beside, difference, nearMiss, quote, sameButForForm } from './names.ts';

const [NFC, NFD] = ['caf\u00e9', 'cafe\u0301'];

test('what tells two names apart where the eye may not', () => {
  expect([difference('car', 'Car'), difference('car ', 'car'), difference('traffic light', 'traffic  light')]).toEqual([
    'case',
    'blanks',
    'blanks',
  ]);
  expect([difference(NFC, NFD), difference(`${NFC} `, NFD.toUpperCase()), difference('car', 'cat')]).toEqual([
    'Unicode form',
    'case and blanks and Unicode form',
    'spelling',
  ]);
  expect(sameButForForm(' ' + NFD)).toBe(sameButForForm(NFC.toUpperCase()));
  expect(beside(NFC, NFD, 'and')).toBe(`'${NFC}' and '${NFD}' (they differ in Unicode form)`);
  expect(beside('car', 'cat', 'and')).toBe("'car' and 'cat'");
});

test('near misses in scripts that are more than letters', () => {
  expect(nearMiss('\u0915\u093e\u0930', ['\u0915\u093f\u0930', '\u0915\u093e\u0930 '])).toBe('\u0915\u093e\u0930 ');
  expect(nearMiss(NFD, [NFC])).toBe(NFC);
});

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
