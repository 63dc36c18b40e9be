import type { SessionValue, TensorData } from '@banyan/engine';
import { parseCell } from './cell.ts';
import { columnTensor, type Feeds, type InputColumn, product } from './input-columns.ts';
import { accepts, datatypeOf, isDatatype, type OipDatatype } from './oip-datatypes.ts';
import { ServingError } from './serving-error.ts';

type Parameters = Readonly<Record<string, string | number | boolean>>;

/** A tensor of the Open Inference Protocol v2 in its JSON form; `data` is row-major, nested or flat. */
export interface OipTensor {
  name: string;
  shape: number[];
  datatype: OipDatatype;
  parameters?: Parameters;
  data: unknown[];
}

export interface InferRequest {
  id?: string;
  parameters?: Parameters;
  inputs: readonly OipTensor[];
  /** The outputs wanted, in the order they are answered; all when left out. */
  outputs?: readonly { name: string; parameters?: Parameters }[];
}

export interface InferResponse {
  model_name: string;
  id?: string;
  outputs: OipTensor[];
}

export interface ModelMetadata {
  name: string;
  platform: 'onnx_onnxv1';
  /** -1 is a dimension the caller chooses: the number of examples. */
  inputs: { name: string; datatype: OipDatatype; shape: number[] }[];
  outputs: { name: string; datatype: OipDatatype; shape: number[] }[];
}

/**
 * Checks an inference request and turns its tensors, one a raw column, into the graph's. The first dimension counts the
 * examples; dimensions of 1 may be written or left out. null is a missing value.
 *
 * @throws ServingError 'missing-column', 'unknown-column', or 'input' naming the tensor that is wrong
 */
export function decodeOipInputs(
  request: unknown,
  columns: readonly InputColumn[],
): { feeds: Feeds; count: number } {
  const tensors = requireTensors(request);
  const names = columns.map((column) => column.name);
  const expected = `The inputs are ${names.join(', ')}.`;
  const unknown = tensors.find((tensor) => !names.includes(tensor.name));
  if (unknown !== undefined)
    throw new ServingError('unknown-column', `this model has no input "${unknown.name}". ${expected}`);
  const counts = new Map<string, number>();
  const entries = columns.map((column): [string, TensorData] => {
    const given = tensors.filter((tensor) => tensor.name === column.name);
    const [tensor] = given;
    if (tensor === undefined)
      throw new ServingError('missing-column', `the input "${column.name}" is absent. ${expected}`);
    if (given.length > 1) throw new ServingError('input', `the input "${column.name}" is given twice`);
    const count = requireShape(tensor, column);
    counts.set(column.name, count);
    return [column.input, columnTensor(column, requireData(tensor, column), count)];
  });
  const [count = 0] = counts.values();
  const odd = [...counts].find(([, other]) => other !== count);
  if (odd !== undefined)
    throw new ServingError(
      'input',
      `the input "${odd[0]}" has ${odd[1]} examples; "${names[0]}" has ${count}`,
    );
  return { feeds: Object.fromEntries(entries), count };
}

/**
 * The names of the outputs a request wants, in its order; all when it names none.
 *
 * @throws ServingError 'input' for an output that does not exist
 */
export function wantedOutputs({ outputs }: InferRequest, available: readonly string[]): readonly string[] {
  if (outputs === undefined) return available;
  if (!Array.isArray(outputs)) throw new ServingError('input', '"outputs" must be a list of { "name" }');
  return outputs.map((output: unknown) => {
    const name = isObject(output) ? output.name : undefined;
    if (typeof name === 'string' && available.includes(name)) return name;
    const given = JSON.stringify(name) ?? 'without a name';
    throw new ServingError(
      'input',
      `this model has no output ${given}. The outputs are ${available.join(', ')}.`,
    );
  });
}

/**
 * The outputs of these names as the protocol's tensors.
 *
 * @throws ServingError 'input' for numbers that JSON cannot carry
 */
export function encodeOipOutputs(outputs: Feeds, names: readonly string[]): OipTensor[] {
  return names.map((name) => {
    const tensor = outputs[name];
    if (tensor === undefined) throw new ServingError('format', `model.onnx has no output ${name}`);
    const { dtype, shape, data } = tensor;
    return { name, datatype: datatypeOf(name, dtype), shape: [...shape], data: jsonData(name, data) };
  });
}

/** A graph's inputs or outputs as the protocol describes them. */
export const describeValues = (values: readonly SessionValue[]): ModelMetadata['inputs'] =>
  values.map(({ name, dtype, shape }) => ({
    name,
    datatype: datatypeOf(name, dtype),
    shape: shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
  }));

function requireTensors(request: unknown): OipTensor[] {
  const inputs = isObject(request) ? request.inputs : undefined;
  if (!Array.isArray(inputs)) throw new ServingError('input', 'the request needs a list "inputs" of tensors');
  return inputs.map((tensor: unknown, index) => {
    if (!isObject(tensor) || typeof tensor.name !== 'string')
      throw new ServingError('input', `input ${index} needs a name`);
    const { name, shape, datatype, data } = tensor;
    const refuse = (what: string): ServingError => new ServingError('input', `the input "${name}" ${what}`);
    if (!isDatatype(datatype)) throw refuse(`needs a datatype of ${Object.keys(accepts).join(', ')}`);
    if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isSize))
      throw refuse('needs a shape: a list of whole numbers, the number of examples first');
    if (!Array.isArray(data)) throw refuse('needs its data as a list');
    return { name, shape, datatype, data };
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isSize = (dim: unknown): dim is number => typeof dim === 'number' && Number.isInteger(dim) && dim >= 0;

const withoutOnes = (shape: readonly number[]): string => shape.filter((dim) => dim !== 1).join();

/** Returns the number of examples. */
function requireShape({ name, shape, datatype }: OipTensor, column: InputColumn): number {
  const [count = 0, ...example] = shape;
  if (withoutOnes(example) !== withoutOnes(column.shape))
    throw new ServingError(
      'input',
      `the input "${name}" has shape [${shape.join(', ')}]; expected [${['n', ...column.shape].join(', ')}]`,
    );
  if ((datatype === 'BYTES') !== (column.type === 'string'))
    throw new ServingError(
      'input',
      `the input "${name}" is ${datatype}; it takes ${column.type === 'string' ? 'BYTES (text)' : 'numbers'}`,
    );
  return count;
}

function requireData({ name, shape, datatype, data }: OipTensor, column: InputColumn): (number | string)[] {
  const flat: unknown[] = data.flat(Number.POSITIVE_INFINITY);
  if (flat.length !== product(shape))
    throw new ServingError(
      'input',
      `the input "${name}" has ${flat.length} elements; its shape [${shape.join(', ')}] needs ${product(shape)}`,
    );
  const isFitting = accepts[datatype];
  const element = { ...column, sizePerRow: 1 };
  return flat.flatMap((value, index) => {
    if (!isFitting(value))
      throw new ServingError(
        'input',
        `the input "${name}" holds ${JSON.stringify(value)}, which is no ${datatype}`,
      );
    return parseCell(value, element, `the input "${name}" at ${index}`);
  });
}

function jsonData(name: string, data: TensorData['data']): unknown[] {
  const values = Array.from<number | bigint | string>(data);
  return values.map((value) => {
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new ServingError(
        'input',
        `the model has no number in "${name}"; a value it needs may be missing`,
      );
    return value;
  });
}
