import type { AttributeProto } from 'onnx-buf';
import type { OpName } from './op-name.ts';
import type { Random } from './random.ts';

/**
 * The element types, under the names ONNX Runtime gives them. Models are written and trained in float32; the others are
 * for indices, raw data, and what files of others hold.
 */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A dimension: a number, or the name of one known only at run time, as the batch "N" or "past + 1". */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Numbers (or strings) with a shape. Booleans are bytes 0 and 1, half floats their 16 bits; data is row-major. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: NumericArray | string[];
}

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value in a graph: a name, a type and where it comes from, but no numbers. */
export interface Tensor extends TensorType {
  readonly graph: Graph;
  readonly name: string;
  /** The node that computes it; undefined for inputs, parameters and constants. */
  readonly node?: GraphNode;
  /** The numbers of a constant. */
  readonly value?: TensorData;
}

/** Draws the first values of a tensor of `shape`. */
export type Initializer = (random: Random, shape: readonly number[]) => Float32Array;

/** A trainable float32 tensor. */
export interface Parameter extends Tensor {
  readonly shape: readonly number[];
  readonly initial: (random: Random) => Float32Array;
}

type Attribute =
  | number
  | string
  | boolean
  | undefined
  | readonly number[]
  | readonly string[]
  | Shape
  | Verbatim
  | Body;
export type Attributes = Readonly<Record<string, Attribute>>;

/** One application of an operator. */
export interface GraphNode<I = readonly Tensor[], A = Attributes, O = readonly Tensor[]> {
  readonly type: OpName;
  readonly name: string;
  readonly inputs: I;
  readonly attributes: A;
  readonly outputs: O;
}

/**
 * How a node is written in ONNX: inputs that are data become initializers, calls become nodes of their own, `undefined`
 * is an input left out.
 */
export interface OnnxCall {
  readonly type: string;
  readonly inputs: readonly (Tensor | TensorData | OnnxCall | undefined)[];
  /** The domain of operators beside ONNX's own. */
  readonly domain?: string;
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number | readonly number[]>>;
  readonly strings?: Readonly<Record<string, string | readonly string[]>>;
  readonly verbatim?: Verbatim;
  /** Graphs that the node runs, by attribute name. */
  readonly bodies?: Readonly<Record<string, BodyCall>>;
}

/** A graph that a node runs inside itself, once for each turn. */
export interface Body {
  readonly graph: Graph;
  /** What each turn is given, and what it gives. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Inputs of the body's graph that stand for values around it: the same at each turn. */
  readonly captures: readonly Tensor[];
  /** What tells it from every other body. */
  toJSON(): string;
}

/** A body with the values around it that its captures stand for. */
export interface BodyCall extends Omit<Body, 'toJSON'> {
  readonly captured: readonly Tensor[];
}

/** What a node of a file of others needs beside its inputs to be written again as it was. */
export interface Verbatim {
  readonly operator: string;
  readonly domain: string;
  /** Its name in the file, or what it computes there. */
  readonly node: string;
  readonly attributes: readonly AttributeProto[];
  /** The version of each domain that its attributes, and the nodes within them, are written in. */
  readonly opsets: ReadonlyMap<string, bigint>;
  /** For each input and output in the file whether it is there; optional ones may be left out. */
  readonly inputs: readonly boolean[];
  readonly outputs: readonly boolean[];
  /** The names that graphs within its attributes take from around them; their tensors follow its own inputs. */
  readonly captures: readonly string[];
  /** The types of its outputs, as ONNX Runtime infers them. */
  readonly types: readonly TensorType[];
  /** What tells it from every other node, in place of all of the above. */
  toJSON(): string;
}

/**
 * An operator. `infer` gives the types of its outputs or throws a plain Error saying what does not fit; `emit` writes
 * it as an ONNX node, or several; `grad` turns g = dL/dy of the first output (`gs`: of every output, where it has one)
 * into dL/dx for each input, `undefined` for inputs without a derivative. `grad: null` says: not differentiable.
 */
export interface Op<
  I extends readonly (Tensor | undefined)[] = readonly Tensor[],
  A = Attributes,
  O extends readonly Tensor[] = readonly Tensor[],
> {
  infer(inputs: I, attributes: A): readonly TensorType[];
  emit(node: GraphNode<I, A, O>): OnnxCall;
  /**
   * Outputs after the first, or after so many, are written only where something needs them: kernels may be faster
   * without.
   */
  optionalOutputs?: true | ((attributes: Attributes) => number);
  grad:
    | ((
        g: Tensor,
        node: GraphNode<I, A, O>,
        gs: readonly (Tensor | undefined)[],
      ) => readonly (Tensor | undefined)[])
    | null;
}

export type ConstantValue = number | boolean | string | readonly number[] | readonly string[] | NumericArray;

/** Nodes in the order they were made, which is an order they can be computed in. */
export interface Graph {
  readonly operators: Readonly<Record<OpName, Op>>;
  /** The version of ONNX's operators it is written in, unless a node needs a later one. */
  readonly opset: number;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly Tensor[];
  readonly parameters: readonly Parameter[];
  /** A value fed at every run. */
  input(name: string, dtype: DType, shape: Shape): Tensor;
  /** A trainable tensor. Its numbers live outside the graph: in a trainer, or in an exported file. */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Parameter;
  /** A value fixed in the graph; a number is a scalar, a list a vector unless `shape` says more. */
  constant(value: ConstantValue, shape?: readonly number[], dtype?: DType): Tensor;
  /** Adds a node, or finds the one that already computes the same. Throws EngineError 'shape' or 'dtype'. */
  apply(type: OpName, inputs: readonly Tensor[], attributes?: Attributes): readonly Tensor[];
}
