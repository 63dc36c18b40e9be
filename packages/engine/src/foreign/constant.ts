import { tensorData } from '../dtype.ts';
import type { TensorData } from '../tensor.ts';
import type { ForeignAttributes } from './attributes.ts';

/** What a Constant holds: a tensor, or one of the shorter forms that opset 12 brought. */
export function readConstant(attributes: ForeignAttributes): TensorData | undefined {
  const tensor = attributes.tensor('value');
  if (tensor !== undefined) return tensor;
  const [float, floats] = [attributes.float('value_float'), attributes.floats('value_floats')];
  const [int, ints] = [attributes.int('value_int'), attributes.ints('value_ints')];
  const [string, strings] = [attributes.string('value_string'), attributes.strings('value_strings')];
  if (float !== undefined) return tensorData('float32', [], [float]);
  if (int !== undefined) return tensorData('int64', [], [int]);
  if (string !== undefined) return tensorData('string', [], [string]);
  if (floats !== undefined) return tensorData('float32', [floats.length], floats);
  if (ints !== undefined) return tensorData('int64', [ints.length], ints);
  return strings && tensorData('string', [strings.length], strings);
}
