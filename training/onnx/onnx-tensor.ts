/** Reading what graph-builder.ts writes: constants of an ONNX graph. */
import type { onnx as Onnx } from 'onnx-proto';

/** @throws RangeError where the constant is not kept as raw bytes of float32 */
export function floatsOf({ name, rawData }: Onnx.ITensorProto): Float32Array {
  if (!rawData || rawData.length % 4 !== 0) throw new RangeError(`the constant ${name} is expected as raw float32`);
  return new Float32Array(rawData.buffer.slice(rawData.byteOffset, rawData.byteOffset + rawData.byteLength));
}

export const dimsOf = ({ dims }: Onnx.ITensorProto): number[] => (dims ?? []).map(Number);
