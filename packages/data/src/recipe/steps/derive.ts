import { type Expression, typeOf, valueOf } from '@banyan/engine';
import { DataError, unknownColumn } from '../../error.ts';
import { asNumber } from '../expression/expression-sql.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { isMany } from '../program.ts';
import type { StepOptions } from '../schema.ts';
import { addProgram, hasFolds, type Work } from '../work.ts';

/** Adds a feature that is computed from others, as they are at this step. A truth is 1 or 0. */
export async function derive(work: Work, { name, as }: StepOptions['derive']): Promise<void> {
  const from = asNumber(parseExpression(as, (column) => valueNamed(work, column)));
  addProgram(work, 'derive', {
    name,
    input: typeOf(from) === 'text' ? 'string' : 'number',
    from,
    steps: [],
    width: 1,
  });
}

function valueNamed(work: Work, name: string): Expression {
  const program = work.programs.find((one) => one.name === name);
  if (program === undefined) {
    if (name === work.roles.target?.name)
      throw new DataError('column', `derive: "${name}" is the target, which no feature may know`, {
        column: name,
      });
    throw unknownColumn(
      name,
      work.programs.map((one) => one.name),
    );
  }
  if (isMany(program))
    throw new DataError(
      'column',
      `derive: "${name}" is several features at this step; derive before encode`,
      {
        column: name,
      },
    );
  if (hasFolds(program))
    throw new DataError('column', `derive: "${name}" is encoded by the target; derive before that`, {
      column: name,
    });
  return valueOf(program);
}
