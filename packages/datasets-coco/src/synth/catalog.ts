/**
 * What made-up scenes are made of: names of icons in `@iconify-json/noto` (Google's Noto Emoji, Apache-2.0).
 *
 * A class is a kind of thing, not a picture: its icons differ in colour and shape, and classes resemble each other (round
 * balls and fruits, boots and hats), so that a few labeled images show only part of what a class can be.
 */
export const SYNTH_CLASSES: Readonly<Record<string, readonly string[]>> = {
  ball: [
    'soccer-ball',
    'basketball',
    'volleyball',
    'softball',
    'baseball',
    'rugby-football',
    'american-football',
    'pool-8-ball',
  ],
  bird: ['bird', 'duck', 'eagle', 'parrot', 'rooster', 'owl', 'flamingo', 'dodo', 'penguin', 'swan', 'dove', 'goose'],
  boat: ['sailboat', 'motor-boat', 'speedboat', 'ship', 'passenger-ship', 'canoe', 'ferry'],
  car: [
    'automobile',
    'taxi',
    'police-car',
    'pickup-truck',
    'racing-car',
    'minibus',
    'sport-utility-vehicle',
    'delivery-truck',
    'bus',
    'ambulance',
    'fire-engine',
    'oncoming-automobile',
  ],
  drink: [
    'beer-mug',
    'wine-glass',
    'cocktail-glass',
    'tropical-drink',
    'cup-with-straw',
    'hot-beverage',
    'teacup-without-handle',
    'glass-of-milk',
    'tumbler-glass',
    'bubble-tea',
  ],
  fish: ['fish', 'tropical-fish', 'blowfish', 'shark', 'dolphin', 'whale', 'spouting-whale'],
  flower: ['tulip', 'rose', 'sunflower', 'cherry-blossom', 'hibiscus', 'blossom', 'bouquet', 'lotus', 'hyacinth'],
  fruit: [
    'red-apple',
    'green-apple',
    'pear',
    'lemon',
    'tangerine',
    'peach',
    'banana',
    'strawberry',
    'cherries',
    'mango',
    'pineapple',
    'tomato',
  ],
  hat: ['top-hat', 'billed-cap', 'womans-hat', 'graduation-cap', 'military-helmet', 'rescue-workers-helmet'],
  mammal: [
    'dog',
    'cat',
    'rabbit',
    'horse',
    'goat',
    'ewe',
    'elephant',
    'zebra',
    'hedgehog',
    'chipmunk',
    'beaver',
    'ox',
    'tiger',
    'kangaroo',
  ],
  shoe: [
    'running-shoe',
    'hiking-boot',
    'high-heeled-shoe',
    'womans-boot',
    'flat-shoe',
    'mans-shoe',
    'womans-sandal',
    'roller-skate',
    'ice-skate',
  ],
};

/** The classes of a scene unless others are asked for. */
export const DEFAULT_CLASSES: readonly string[] = ['ball', 'bird', 'car', 'drink', 'fish', 'flower', 'fruit', 'shoe'];

/** Things of no class, so that not everything in a scene is an answer. */
export const CLUTTER_ICONS: readonly string[] = [
  'alarm-clock',
  'anchor',
  'axe',
  'balloon',
  'bell',
  'bicycle',
  'books',
  'broom',
  'bucket',
  'cactus',
  'camera',
  'chair',
  'compass',
  'couch-and-lamp',
  'deciduous-tree',
  'evergreen-tree',
  'palm-tree',
  'drum',
  'envelope',
  'flashlight',
  'gear',
  'gem-stone',
  'globe-showing-americas',
  'guitar',
  'hammer',
  'headphone',
  'key',
  'kite',
  'light-bulb',
  'lollipop',
  'magnet',
  'mobile-phone',
  'mushroom',
  'package',
  'pencil',
  'potted-plant',
  'radio',
  'rocket',
  'scissors',
  'shield',
  'shopping-cart',
  'sponge',
  'sun-with-face',
  'teddy-bear',
  'telephone',
  'television',
  'tent',
  'toolbox',
  'trophy',
  'trumpet',
  'umbrella',
  'violin',
  'watch',
  'hamburger',
  'pizza',
  'bread',
  'cheese-wedge',
  'cupcake',
  'croissant',
  'carrot',
  'broccoli',
  'hot-pepper',
  'butterfly',
  'lady-beetle',
  'turtle',
  'snail',
  'frog',
  'crab',
  'octopus',
  'cloud',
  'star',
  'house',
  'fire',
  'snowman',
];

/** The name among `valid` with the fewest letters to change, to offer in a message. */
export function nearestName(name: string, valid: readonly string[]): string {
  const distance = (a: string, b: string) => {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
      }
      row = next;
    }
    return row[b.length]!;
  };
  return [...valid].sort((a, b) => distance(name, a) - distance(name, b))[0]!;
}
