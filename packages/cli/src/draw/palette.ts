/**
 * Colors for classes: far apart for the first ten (Okabe and Ito's set, brightened for photographs, and four more),
 * then hues a golden angle apart. A class keeps its color whatever else is in the picture.
 */
const FIRST = [
  '#ff9f1c',
  '#2ec4ff',
  '#17d4a0',
  '#ffe14d',
  '#ff5d5d',
  '#d98cff',
  '#8ee000',
  '#ff8fc7',
  '#5b8cff',
  '#c9a26b',
];

/** `#rrggbb` of class index `k` (0, 1, …). */
export function classColor(k: number): string {
  const first = FIRST[k];
  if (first !== undefined) return first;
  return fromHue((k * 137.508) % 360, k % 2 === 0 ? 0.62 : 0.7);
}

/** Black or white, whichever reads better on the color (WCAG's relative luminance). */
export function inkOn(color: string): '#000000' | '#ffffff' {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const v = Number.parseInt(color.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.25 ? '#000000' : '#ffffff';
}

/** HSL with saturation 0.85 to `#rrggbb`. */
function fromHue(hue: number, lightness: number): string {
  const a = 0.85 * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const value = lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
