import { mapBetween } from '@sed/geometry';
import type { View } from '@sed/augment';
import type { RunConfig } from '@sed/trainer';

/** `240 × 180 (× 0.75), mirrored`: what the weak view's draws came to. */
export function describeWeak({ width, height, geometry }: View): string {
  const factor = Math.hypot(geometry[0], geometry[3]);
  return `${width} × ${height} (× ${factor.toFixed(2)})${geometry[0] < 0 ? ', mirrored' : ''}`;
}

/** How a strong view is moved against its weak view: `turned by 12°`; undefined where it is not. */
export function describeMove(weak: View, strong: View): string | undefined {
  const [a, b, c, d, , f] = mapBetween(weak, strong).map((v) => (Math.abs(v) < 1e-6 ? 0 : v)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (b !== 0 && d !== 0) return `turned by ${signed(((Math.atan2(d, a) * 180) / Math.PI).toFixed(0))}°`;
  if (b !== 0) return `sheared by ${signed(b.toFixed(2))} along x`;
  if (d !== 0) return `sheared by ${signed(d.toFixed(2))} along y`;
  if (Math.abs(c) > 1e-3) return `shifted by ${signed(String(Math.round(c)))} pixels along x`;
  if (Math.abs(f) > 1e-3) return `shifted by ${signed(String(Math.round(f)))} pixels along y`;
  return undefined;
}

/** With a minus sign instead of a hyphen. */
const signed = (text: string): string => text.replace('-', '−');

const span = ([low, high]: readonly [number, number]): string => (low === high ? String(low) : `${low} to ${high}`);

/** The settings that the views are drawn with, as pairs of a name and a text. */
export function drawSettings({ seed, input, augment }: RunConfig): [string, string][] {
  const { resize } = input;
  const { jitter, grayscale, blur, cutouts } = augment;
  const size =
    resize.kind === 'short-edge'
      ? `short edge ${span(resize.short)}, long edge at most ${resize.long}`
      : `within ${resize.long} × ${resize.short}, times ${span(resize.scale)}`;
  return [
    ['seed', String(seed)],
    ['weak: size', size],
    ['weak: mirrored', `p ${input.flip}`],
    [
      'strong: colors',
      `p ${jitter.probability}; brightness ${span(jitter.brightness)}, contrast ${span(jitter.contrast)}, saturation ${span(jitter.saturation)}`,
    ],
    ['strong: gray', `p ${grayscale.probability}`],
    ['strong: blur', `p ${blur.probability}; σ ${span(blur.sigma)}, kernel ${blur.kernel}`],
    ...geometryOf(augment),
    ...cutouts.map(({ probability, scale, ratio }, i): [string, string] => [
      `strong: cutout ${i + 1}`,
      `p ${probability}; ${span(scale)} of the area, ratio ${span(ratio)}`,
    ]),
  ];
}

function geometryOf(augment: RunConfig['augment']): [string, string][] {
  const geometry = (augment as { geometry?: { probability: number; level: number; operations: readonly string[] } })
    .geometry;
  if (geometry === undefined) return [];
  const { probability, level, operations } = geometry;
  return [
    ['strong: geometry', probability === 0 ? 'none' : `p ${probability}; level ${level}; ${operations.join(', ')}`],
  ];
}
