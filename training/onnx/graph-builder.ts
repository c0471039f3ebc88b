/** Writes an ONNX graph node by node: a thin layer over the protobuf classes. */
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';

const { onnx } = onnxProto;

/** GroupNorm by InstanceNormalization and reductions with their axes as attributes: the newest set in which both hold. */
export const OPSET = 17;
/** IR version that goes with opset 17 (ONNX 1.12). */
const IR_VERSION = 8;

export type Attribute = number | readonly number[] | { readonly float: number } | string;

export class GraphBuilder {
  readonly #nodes: Onnx.INodeProto[] = [];
  readonly #initializers: Onnx.ITensorProto[] = [];
  #names = 0;

  /** A constant of the graph. @returns its name */
  floats(values: Float32Array, shape: readonly number[], name = this.#fresh('constant')): string {
    const bytes = new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
    this.#initializers.push({ name, dims: [...shape], dataType: onnx.TensorProto.DataType.FLOAT, rawData: bytes });
    return name;
  }

  integers(values: readonly number[]): string {
    const name = this.#fresh('shape');
    this.#initializers.push({
      name, dims: [values.length], dataType: onnx.TensorProto.DataType.INT64, rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    });
    return name;
  }

  scalar(value: number): string {
    return this.floats(Float32Array.of(value), []);
  }

  /** Adds a node with one output. @returns the output's name */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, output = this.#fresh(opType)): string {
    this.#nodes.push({
      opType, name: output, input: [...inputs], output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
    });
    return output;
  }

  /** @param inputs and outputs: name and shape; a string in a shape is a dimension that may vary */
  model(name: string, inputs: readonly ValueShape[], outputs: readonly ValueShape[]): Uint8Array {
    const model = onnx.ModelProto.create({
      irVersion: IR_VERSION,
      producerName: 'leadwatch',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: { name, node: this.#nodes, initializer: this.#initializers, input: inputs.map(valueInfo), output: outputs.map(valueInfo) },
    });
    return onnx.ModelProto.encode(model).finish();
  }

  #fresh(kind: string): string {
    return `${kind}_${this.#names++}`;
  }
}

export interface ValueShape {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

const valueInfo = ({ name, shape }: ValueShape): Onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: onnx.TensorProto.DataType.FLOAT,
      shape: { dim: shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size })) },
    },
  },
});

function attributeOf(name: string, value: Attribute): Onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}
