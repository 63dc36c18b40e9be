import { type ColumnProgram, valueOf } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { expressionSql } from '../expression/expression-sql.ts';
import { valueSql } from '../program.ts';
import { inTraining, type Work } from '../work.ts';

/**
 * The exponent of Yeo and Johnson's transformation that makes the training rows most like a normal distribution: the
 * greatest likelihood over a grid, in one pass, and over a finer one around its best, to two decimals.
 */
export async function fitPower(work: Work, program: ColumnProgram): Promise<number> {
  const coarse = Array.from({ length: 41 }, (_, i) => (i - 20) / 5);
  const near = await best(work, program, coarse);
  return best(
    work,
    program,
    Array.from({ length: 41 }, (_, i) => Math.round((near + (i - 20) / 100) * 100) / 100),
  );
}

async function best(work: Work, program: ColumnProgram, lambdas: readonly number[]): Promise<number> {
  const x = { op: 'variable', name: 'x', type: 'number' } as const;
  const measures = lambdas.map((lambda) => {
    const y = expressionSql(
      valueOf({ name: 'x', input: 'number', from: x, steps: [{ op: 'power', lambda }] }),
    );
    // What runs beyond all bounds counts as far, without stopping the sum.
    return `var_pop(least(greatest(${y}, -1e100), 1e100)) FILTER ("banyan.x" IS NOT NULL)`;
  });
  const [count, logs, ...spreads] = await work.tables.row<(number | null)[]>(
    `SELECT count("banyan.x"), sum(sign("banyan.x") * ln(abs("banyan.x") + 1)), ${measures.join(', ')}
     FROM (SELECT ${valueSql(program)} AS "banyan.x" FROM data WHERE ${inTraining})`,
  );
  const likelihoods = spreads.map((spread, i) =>
    spread === null || !(spread > 0)
      ? Number.NEGATIVE_INFINITY
      : (-count! / 2) * Math.log(spread) + (lambdas[i]! - 1) * (logs ?? 0),
  );
  const most = Math.max(...likelihoods);
  if (most === Number.NEGATIVE_INFINITY || Number.isNaN(most))
    throw new DataError(
      'column',
      `scale: "${program.name}" is constant in the training split; power needs values that differ`,
      { column: program.name },
    );
  return lambdas[likelihoods.indexOf(most)]!;
}
