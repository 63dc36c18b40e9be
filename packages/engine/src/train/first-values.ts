import { EngineError } from '../error.ts';
import type { Random } from '../random.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Graph, Parameter, TensorData } from '../tensor.ts';

/**
 * Where training starts: the given value of a parameter, or a drawn one. Each parameter draws from a stream of its own,
 * fixed by its name, so that giving one changes no other.
 *
 * @throws EngineError 'format' for a value whose name no parameter has, 'shape' or 'dtype' for one that does not fit
 */
export function firstValues(
  { parameters }: Graph,
  given: ReadonlyMap<string, TensorData>,
  random: Random,
): (parameter: Parameter) => TensorData {
  const known = new Set(parameters.map(({ name }) => name));
  const stranger = given.keys().find((name) => !known.has(name));
  if (stranger !== undefined)
    throw new EngineError('format', `there is a first value for ${stranger}, which the program has not`, {
      node: stranger,
    });
  return (parameter) => {
    const { name, shape } = parameter;
    const value = given.get(name);
    if (value !== undefined) return fitting(parameter, value);
    return { dtype: 'float32', shape, data: parameter.initial(random.fork(name)) };
  };
}

function fitting({ name, shape }: Parameter, value: TensorData): TensorData {
  if (value.dtype !== 'float32')
    throw new EngineError('dtype', `the first value of ${name} is ${value.dtype}, not float32`, {
      node: name,
    });
  if (!sameShape(value.shape, shape) || value.data.length !== shape.reduce((a, b) => a * b, 1))
    throw new EngineError(
      'shape',
      `the first value of ${name} is ${formatShape(value.shape)} of ${value.data.length} numbers, not ${formatShape(shape)}`,
      { node: name, shapes: [shape, value.shape] },
    );
  return value;
}
