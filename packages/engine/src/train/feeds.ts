import { dtypes } from '../dtype.ts';
import { EngineError } from '../error.ts';
import { formatShape } from '../shape.ts';
import type { Tensor, TensorData } from '../tensor.ts';

/**
 * Gives each input's numbers its shape; one symbolic dimension takes the length that the numbers fill.
 *
 * @throws EngineError 'shape' or 'dtype' naming the input that is missing or does not fit
 */
export function shapeFeeds(
  inputs: readonly Tensor[],
  batch: Readonly<Record<string, TensorData['data']>>,
): Record<string, TensorData> {
  return Object.fromEntries(
    inputs.map((input) => {
      const data = batch[input.name];
      if (data === undefined)
        throw new EngineError('shape', `the batch lacks ${input.name}`, { node: input.name });
      const array = dtypes[input.dtype].array;
      if (array === undefined ? !Array.isArray(data) : !(data instanceof array))
        throw new EngineError(
          'dtype',
          `${input.name} is ${input.dtype}; the batch has a ${data.constructor.name}`,
          {
            node: input.name,
          },
        );
      return [input.name, { dtype: input.dtype, shape: filledShape(input, data.length), data }];
    }),
  );
}

function filledShape({ name, shape }: Tensor, length: number): readonly number[] {
  const known = shape.filter((dim) => typeof dim === 'number').reduce((product, dim) => product * dim, 1);
  const symbols = shape.length - shape.filter((dim) => typeof dim === 'number').length;
  const free = length / known;
  if (symbols > 1 || !Number.isInteger(free) || (symbols === 0 && free !== 1))
    throw new EngineError('shape', `${length} elements do not fill ${name} ${formatShape(shape)}`, {
      node: name,
      shapes: [shape],
    });
  return shape.map((dim) => (typeof dim === 'number' ? dim : free));
}
