import { einsum, expand, unsqueeze } from '../operators.ts';
import { formatShape } from '../shape.ts';
import type { Dim, Op, Tensor } from '../tensor.ts';
import { operator, requireSameType, unbroadcast } from './operator.ts';

/** The labels of each operand and of the result, as `ij,jk->ik` says them. */
function labelsOf(equation: string): { operands: readonly string[]; result: string } {
  const [left, result] = equation.split('->') as [string, string];
  return { operands: left.split(','), result };
}

/** The length behind each label; lengths of 1 stretch. */
function lengthsOf(operands: readonly string[], inputs: readonly Tensor[]): Map<string, Dim> {
  const lengths = new Map<string, Dim>();
  for (const [k, labels] of operands.entries()) {
    const shape = inputs[k]?.shape ?? [];
    if (shape.length !== labels.length)
      throw new Error(`${labels} has ${labels.length} axes, ${formatShape(shape)} has not`);
    for (const [axis, label] of labels.split('').entries()) {
      const [dim, known] = [shape[axis] as Dim, lengths.get(label) ?? 1];
      if (known !== 1 && dim !== 1 && known !== dim)
        throw new Error(`${label} stands for ${known} and for ${dim}`);
      lengths.set(label, known === 1 ? dim : known);
    }
  }
  return lengths;
}

export const contraction = {
  /**
   * dx of one operand is the sum of products of g and the other operands, with x's labels for the result. Axes that
   * occur in x alone were summed over: there dx repeats.
   */
  Einsum: operator<readonly Tensor[], { equation: string }>({
    infer(inputs, { equation }) {
      const { operands, result } = labelsOf(equation);
      if (operands.length !== inputs.length)
        throw new Error(`${equation} has ${operands.length} operands, not ${inputs.length}`);
      const lengths = lengthsOf(operands, inputs);
      const shape = result.split('').map((label) => {
        const length = lengths.get(label);
        if (length === undefined) throw new Error(`${label} of ${equation} is in no operand`);
        return length;
      });
      return [{ dtype: requireSameType(...inputs), shape }];
    },
    emit: ({ type, inputs, attributes: { equation } }) => ({ type, inputs, strings: { equation } }),
    grad(g, { inputs, attributes: { equation } }) {
      const { operands, result } = labelsOf(equation);
      const lengths = lengthsOf(operands, inputs);
      return operands.map((labels, k) => {
        if (new Set(labels).size < labels.length)
          throw new Error(`the gradient of the diagonal ${labels} is not known: take it apart first`);
        const others = operands.filter((_, index) => index !== k);
        const present = labels
          .split('')
          .filter((label) => [result, ...others].join('').includes(label))
          .join('');
        const product = einsum(
          `${[result, ...others].join()}->${present}`,
          g,
          ...inputs.filter((_, index) => index !== k),
        );
        const missing = labels.split('').flatMap((label, axis) => (present.includes(label) ? [] : [axis]));
        const whole = missing.length === 0 ? product : unsqueeze(product, missing);
        const repeated =
          missing.length === 0
            ? whole
            : expand(
                whole,
                labels.split('').map((label) => lengths.get(label) as Dim),
              );
        return unbroadcast(repeated, inputs[k] as Tensor);
      });
    },
  }),
} satisfies Record<string, Op>;
