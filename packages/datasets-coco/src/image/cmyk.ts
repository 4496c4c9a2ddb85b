/**
 * CMYK bytes to RGB as PIL does it, without a color profile: `R = (255 − C)(255 − K) / 255`, rounded. libvips would go
 * through a profile of a printing press, whose colors are others (by 20 of 255 on average).
 *
 * @param cmyk 4 bytes a pixel, 255 is full ink
 * @returns 3 bytes a pixel
 */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const pixels = cmyk.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const paper = 255 - (cmyk[i * 4 + 3] as number);
    for (let k = 0; k < 3; k++) {
      const product = (cmyk[i * 4 + k] as number) * paper + 128;
      // product / 255, rounded, as PIL's MULDIV255
      rgb[i * 3 + k] = paper - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}
