/** An exported encoder in half precision: for GPUs; the inputs and the embedding stay float32, so that nothing else changes. */
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { floatsOf } from './onnx-tensor.ts';

const { onnx } = onnxProto;
const { FLOAT, FLOAT16 } = onnx.TensorProto.DataType;

export function toFp16(encoder: Uint8Array): Uint8Array {
  const model = onnx.ModelProto.decode(encoder);
  const graph = model.graph!;
  const inputs = new Map(graph.input!.map(({ name }) => [name!, `${name}_half`]));
  const outputs = new Map(graph.output!.map(({ name }) => [name!, `${name}_half`]));
  const nodes = graph.node!.map((node): Onnx.INodeProto => ({
    ...node,
    input: node.input!.map((name) => inputs.get(name) ?? name),
    output: node.output!.map((name) => outputs.get(name) ?? name),
  }));
  graph.node = [
    ...[...inputs].map(([from, to]) => cast(from, to, FLOAT16)),
    ...nodes,
    ...[...outputs].map(([to, from]) => cast(from, to, FLOAT)),
  ];
  graph.initializer = graph.initializer!.map((tensor) => (tensor.dataType === FLOAT
    ? { name: tensor.name!, dims: tensor.dims!, dataType: FLOAT16, rawData: new Uint8Array(halves(floatsOf(tensor)).buffer) }
    : tensor));
  return onnx.ModelProto.encode(model).finish();
}

const cast = (from: string, to: string, type: number): Onnx.INodeProto => ({
  opType: 'Cast', name: `cast_${to}`, input: [from], output: [to],
  attribute: [{ name: 'to', type: onnx.AttributeProto.AttributeType.INT, i: type }],
});

/** IEEE 754 binary16, rounded to nearest, ties to even; beyond 65504 infinite, below 2^-24 zero. */
export function halves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
  return Uint16Array.from(bits, (single) => {
    const sign = (single >>> 16) & 0x8000;
    const exponent = ((single >>> 23) & 0xff) - 127 + 15;
    const mantissa = single & 0x7fffff;
    if (exponent >= 31) return sign | 0x7c00 | ((single & 0x7fffffff) > 0x7f800000 ? 0x200 : 0);
    // Subnormal halves have the leading one written out and shifted right.
    const shift = exponent > 0 ? 13 : 14 - exponent;
    if (shift > 24) return sign;
    const whole = exponent > 0 ? (exponent << 23) | mantissa : mantissa | 0x800000;
    const kept = whole >>> shift;
    const rest = whole & ((1 << shift) - 1);
    const half = 1 << (shift - 1);
    return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
  });
}
