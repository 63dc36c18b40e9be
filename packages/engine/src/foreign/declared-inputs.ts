import type { GraphProto, TensorShapeProto, ValueInfoProto } from 'onnx-buf';
import { dtypes, tensorData } from '../dtype.ts';
import { EngineError } from '../error.ts';
import { formatShape, isStatic, sizeOfShape } from '../shape.ts';
import type { Dim, DType, Shape, TensorData } from '../tensor.ts';
import { dtypeOfOnnx } from './read-tensor.ts';

export interface GivenInputs {
  /**
   * Sizes of inputs, by the input's name. A name that a dimension bears in the file is fixed for all inputs that have
   * it; inputs left out keep the sizes, or the names for them, that the file gives.
   */
  shapes?: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are always the same, as a sampling rate: they become constants, and what depends on them is settled. */
  values?: Readonly<Record<string, TensorData | number | bigint | boolean | string>>;
}

interface DeclaredInput {
  name: string;
  dtype: DType;
  shape: readonly Dim[];
  value?: TensorData;
}

/** The inputs that no initializer answers, with what the caller fixed. */
export function declaredInputs(file: GraphProto, { shapes = {}, values = {} }: GivenInputs): DeclaredInput[] {
  const answered = new Set(file.initializer.map(({ name }) => name));
  const inputs = file.input.filter(({ name }) => !answered.has(name));
  const stranger = [...Object.keys(shapes), ...Object.keys(values)].find(
    (name) => !inputs.some((input) => input.name === name),
  );
  if (stranger !== undefined)
    throw new EngineError(
      'format',
      `the model has no input ${stranger}; it has ${inputs.map(({ name }) => name).join(', ')}`,
      { node: stranger },
    );
  const declared = inputs.map((input) => ({ ...typeOf(input, shapes[input.name]), name: input.name }));
  const sizes = fixedSizes(declared, shapes);
  return declared.map(({ name, dtype, shape }) => {
    const fixed = shape.map((dim) => sizes.get(dim) ?? dim);
    const value = values[name];
    if (value === undefined) return { name, dtype, shape: fixed };
    return { name, dtype, shape: fixed, value: fixedValue(name, dtype, fixed, value) };
  });
}

/** An input's type; a dimension without a name gets one. */
function typeOf(
  { name, type }: ValueInfoProto,
  given: readonly number[] | undefined,
): { dtype: DType; shape: readonly Dim[] } {
  const fail = (reason: string): never => {
    throw new EngineError('format', `the input ${name} ${reason}`, { node: name });
  };
  if (type?.value.case !== 'tensorType') return fail('is no tensor');
  const dtype = dtypeOfOnnx(type.value.value.elemType, name);
  const shape = declaredShape(name, type.value.value.shape);
  return { dtype, shape: shape ?? given ?? fail('has no shape in the file: give one in `shapes`') };
}

/** What a file says of a shape; undefined if nothing. Throws EngineError 'format' for a size that is none. */
export function declaredShape(name: string, shape: TensorShapeProto | undefined): readonly Dim[] | undefined {
  return shape?.dim.map(({ value }, axis): Dim => {
    if (value.case !== 'dimValue') return value.value || `${name}.${axis}`;
    const size = Number(value.value);
    if (size >= 0 && Number.isSafeInteger(size)) return size;
    throw new EngineError('format', `${name} has the size ${value.value} on axis ${axis}`, { node: name });
  });
}

/** What the given shapes make of the names of dimensions. */
function fixedSizes(
  declared: readonly DeclaredInput[],
  shapes: Readonly<Record<string, readonly number[]>>,
): Map<Dim, number> {
  const sizes = new Map<Dim, number>();
  for (const { name, shape } of declared) {
    const given = shapes[name];
    if (given === undefined) continue;
    const fits =
      given.length === shape.length &&
      given.every((size, axis) => {
        const dim = shape[axis] as Dim;
        if (typeof dim === 'number') return dim === size;
        if ((sizes.get(dim) ?? size) !== size || !Number.isSafeInteger(size) || size < 0) return false;
        sizes.set(dim, size);
        return true;
      });
    if (!fits)
      throw new EngineError(
        'shape',
        `the input ${name} is [${shape.join(', ')}], which [${given.join(', ')}] is not`,
        {
          node: name,
          shapes: [shape, given],
        },
      );
  }
  return sizes;
}

/** A given value as the numbers of an input; a plain one fills an input of a single element. */
function fixedValue(
  name: string,
  dtype: DType,
  shape: Shape,
  value: TensorData | number | bigint | boolean | string,
): TensorData {
  const fail = (code: 'shape' | 'dtype', reason: string): never => {
    throw new EngineError(code, `the value for the input ${name} ${reason}`, { node: name, shapes: [shape] });
  };
  if (typeof value !== 'object') {
    const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
    if (sizeOfShape(sizes) !== 1) fail('shape', `is a single one; the input is ${formatShape(shape)}`);
    if ((typeof value === 'string') !== (dtype === 'string'))
      fail('dtype', `is ${value}; the input is ${dtype}`);
    return tensorData(dtype, sizes, typeof value === 'string' ? [value] : [Number(value)]);
  }
  const fits =
    value.shape.length === shape.length &&
    shape.every((dim, axis) => typeof dim === 'string' || dim === value.shape[axis]);
  if (!fits) fail('shape', `is ${formatShape(value.shape)}; the input is ${formatShape(shape)}`);
  const { array } = dtypes[value.dtype];
  const isOfType = array === undefined ? Array.isArray(value.data) : value.data instanceof array;
  if (value.dtype !== dtype || !isOfType) fail('dtype', `is ${value.dtype}; the input is ${dtype}`);
  if (isStatic(value.shape) && sizeOfShape(value.shape) !== value.data.length)
    fail('shape', `has ${value.data.length} elements, not ${formatShape(value.shape)}`);
  return value;
}
