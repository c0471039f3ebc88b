/**
 * An exported encoder whose convolutions compute in 8-bit integers: activations as uint8 by ranges measured on real records,
 * weights as int8 with a scale for each output channel. Norms, sums and the head stay float32, and so does the first
 * convolution: 256 steps over the range of an ECG would take the P waves away.
 *
 * Weights use 7 of the 8 bits: processors without VNNI add pairs of products in 16 bits, which 8-bit weights overflow.
 */
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { dimsOf, floatsOf } from './onnx-tensor.ts';

const { onnx } = onnxProto;
const { FLOAT, UINT8, INT8 } = onnx.TensorProto.DataType;
const LARGEST_WEIGHT = 63;
const LARGEST_ACTIVATION = 255;
/**
 * Of what goes into a convolution the range is widened by so much: what lies beyond is clipped, which hurts the records with the
 * largest waves most (fold 9, lowest cosine of 1920: .973, widened .983; mean .99958, widened .99963; by 1.5 .986 and .99959). What
 * comes out is normalised next and gains nothing by it.
 */
const INPUT_HEADROOM = 1.25;

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The values that become 8-bit: inputs and outputs of every convolution. */
export function quantisedValues(encoder: Uint8Array): string[] {
  const graph = onnx.ModelProto.decode(encoder).graph!;
  return [...new Set(graph.node!.filter((node) => isQuantised(node, graph)).flatMap(({ input, output }) => [input![0]!, output![0]!]))];
}

const isQuantised = ({ opType, input }: Onnx.INodeProto, graph: Onnx.IGraphProto): boolean =>
  opType === 'Conv' && !graph.input!.some(({ name }) => name === input![0]);

/** The same graph that also gives these values, for measuring their ranges. */
export function withOutputs(encoder: Uint8Array, names: readonly string[]): Uint8Array {
  const model = onnx.ModelProto.decode(encoder);
  const known = new Set(model.graph!.input!.map(({ name }) => name));
  model.graph!.output!.push(...names.filter((name) => !known.has(name)).map((name) => onnx.ValueInfoProto.create({ name, type: { tensorType: { elemType: FLOAT } } })));
  return onnx.ModelProto.encode(model).finish();
}

/** @param ranges of every value of `quantisedValues` @throws RangeError where one is missing */
export function toInt8(encoder: Uint8Array, ranges: ReadonlyMap<string, Range>): Uint8Array {
  const model = onnx.ModelProto.decode(encoder);
  const graph = model.graph!;
  const constants = new Map(graph.initializer!.map((tensor) => [tensor.name!, tensor]));
  const added: Onnx.ITensorProto[] = [];
  const quantised = new Set<string>();
  const scaleOf = (value: string, headroom: number): [scale: string, zero: string] => {
    const names: [string, string] = [`${value}_scale`, `${value}_zero`];
    if (!added.some(({ name }) => name === names[0])) {
      const range = ranges.get(value);
      if (!range) throw new RangeError(`no range was measured for ${value}`);
      // Zero must be exact: padding is zero.
      const [low, high] = [headroom * Math.min(0, range.low), headroom * Math.max(0, range.high)];
      const scale = (high - low) / LARGEST_ACTIVATION || 1;
      added.push(floats(names[0], [], Float32Array.of(scale)), bytes(names[1], [], UINT8, Uint8Array.of(Math.round(-low / scale))));
    }
    return names;
  };
  graph.node = graph.node!.flatMap((node): Onnx.INodeProto[] => {
    if (!isQuantised(node, graph)) return [node];
    const [x, weight] = node.input as [string, string];
    const y = node.output![0]!;
    const [xScale, xZero] = scaleOf(x, INPUT_HEADROOM);
    const [yScale, yZero] = scaleOf(y, 1);
    const { values, scales, dims } = weightOf(constants.get(weight)!);
    constants.delete(weight);
    added.push(
      bytes(`${weight}_int8`, dims, INT8, new Uint8Array(values.buffer)),
      floats(`${weight}_scale`, [scales.length], scales),
      bytes(`${weight}_zero`, [scales.length], INT8, new Uint8Array(scales.length)),
    );
    const quantise: Onnx.INodeProto[] = quantised.has(x) ? [] : [{ opType: 'QuantizeLinear', name: `quantise_${x}`, input: [x, xScale, xZero], output: [`${x}_uint8`] }];
    quantised.add(x);
    return [
      ...quantise,
      {
        opType: 'QLinearConv', name: node.name!, attribute: node.attribute!, output: [`${y}_uint8`],
        input: [`${x}_uint8`, xScale, xZero, `${weight}_int8`, `${weight}_scale`, `${weight}_zero`, yScale, yZero],
      },
      { opType: 'DequantizeLinear', name: `dequantise_${y}`, input: [`${y}_uint8`, yScale, yZero], output: [y] },
    ];
  });
  graph.initializer = [...constants.values(), ...added];
  return onnx.ModelProto.encode(model).finish();
}

/** [out][in][size] as whole numbers of each output channel's own step. */
function weightOf(tensor: Onnx.ITensorProto): { values: Int8Array; scales: Float32Array; dims: number[] } {
  const floatValues = floatsOf(tensor);
  const dims = dimsOf(tensor);
  const perChannel = floatValues.length / dims[0]!;
  const scales = Float32Array.from({ length: dims[0]! }, (_, channel) => {
    let largest = 0;
    for (let i = 0; i < perChannel; i++) largest = Math.max(largest, Math.abs(floatValues[channel * perChannel + i]!));
    return largest / LARGEST_WEIGHT || 1;
  });
  return { values: Int8Array.from(floatValues, (value, i) => Math.round(value / scales[Math.floor(i / perChannel)]!)), scales, dims };
}

const floats = (name: string, dims: number[], values: Float32Array): Onnx.ITensorProto => ({ name, dims, dataType: FLOAT, rawData: new Uint8Array(values.buffer) });
const bytes = (name: string, dims: number[], dataType: number, rawData: Uint8Array): Onnx.ITensorProto => ({ name, dims, dataType, rawData });
