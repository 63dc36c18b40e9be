import { type Answer, QueryError, type QueryLimits, type QueryTable, type Question } from './question.ts';
import { readRows } from './rows.ts';
import { runSql } from './run-sql.ts';
import { openSandbox } from './sandbox.ts';
import { readStatistics } from './statistics.ts';

export { QueryError } from './question.ts';

/**
 * Answers a question about Parquet files: rows and statistics are of the only table.
 * @param scratch a folder for what does not fit into memory.
 * @throws QueryError for what cannot be answered, in words for whoever asked.
 */
export async function answerQuestion(
  tables: readonly QueryTable[],
  question: Question,
  limits: QueryLimits,
  scratch: string,
): Promise<Answer> {
  const sandbox = await openSandbox(tables, limits, scratch);
  try {
    if (question.ask === 'sql') return await runSql(sandbox, tables, question, limits);
    const [table] = tables;
    if (table === undefined) throw new QueryError('data', 'There is no table to ask.');
    if (question.ask === 'rows') return await readRows(sandbox, table, question, limits);
    return await readStatistics(sandbox, table);
  } finally {
    sandbox.close();
  }
}
