/** Weights as files: torchvision's names and layouts, so that a PyTorch user loads them directly. */
import type { Detector } from '@sed/detectors';
import * as tf from '@tensorflow/tfjs-core';

// INTERIM, replaced by @sed/detectors' writer as soon as it is there
function encode(tensors: ReadonlyMap<string, tf.Tensor>): Uint8Array {
  const header: Record<string, unknown> = {};
  let offset = 0;
  const parts: Uint8Array[] = [];
  for (const [name, t] of tensors) {
    const values = t.dataSync<'float32'>();
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    header[name] = { dtype: 'F32', shape: t.shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const head = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([size, head, ...parts]);
}

function decode(bytes: Uint8Array): Map<string, tf.Tensor> {
  const buffer = Buffer.from(bytes);
  const n = Number(buffer.readBigUInt64LE(0));
  const header = JSON.parse(buffer.subarray(8, 8 + n).toString()) as Record<string, { shape: number[]; data_offsets: [number, number] }>;
  return new Map(
    Object.entries(header).map(([name, { shape, data_offsets }]) => {
      const copy = new Uint8Array(buffer.subarray(8 + n + data_offsets[0], 8 + n + data_offsets[1]));
      return [name, tf.tensor(new Float32Array(copy.buffer), shape)];
    }),
  );
}

export function encodeParameters(_detector: Detector, parameters: ReadonlyMap<string, tf.Tensor>): Uint8Array {
  return encode(parameters);
}
export function decodeParameters(_detector: Detector, bytes: Uint8Array, _source: string): Map<string, tf.Tensor> {
  return decode(bytes);
}
export function encodeMomentum(_detector: Detector, momentum: ReadonlyMap<string, tf.Tensor>): Uint8Array {
  return encode(momentum);
}
export function decodeMomentum(_detector: Detector, bytes: Uint8Array, _source: string): Map<string, tf.Tensor> {
  return decode(bytes);
}
