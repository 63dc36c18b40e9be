/**
 * The inside of a query's process: answers one question that its parent sends, and ends. A process and not a thread,
 * because DuckDB does not listen to an interrupt, nor count memory, within every function (`repeat`, for one): a process
 * can be ended, and takes no job of others with it. It is started without the worker's environment.
 */
import { answerQuestion, QueryError } from '@banyan/data/query';
import type { FromQuery, ToQuery } from './jobs/query.ts';

/** Node and DuckDB themselves, beside the memory that DuckDB counts. */
const ownBytes = 500e6;
/** DuckDB is given this long to heed its own limit. */
const graceMs = 1500;

function end(answer: FromQuery): void {
  process.send?.(answer, undefined, undefined, () => process.exit());
}

function refuse(code: QueryError['code'], message: string): void {
  end({ refused: { code, message } });
}

process.once('message', (order: ToQuery) => {
  const { tables, question, limits, scratch } = order;
  setTimeout(
    () => refuse('time', `This took longer than ${limits.timeMs / 1000} s and was stopped.`),
    limits.timeMs + graceMs,
  );
  const mostBytes = limits.memoryMb * 1e6 + ownBytes;
  setInterval(() => {
    if (process.memoryUsage.rss() > mostBytes)
      refuse('memory', `This needs more than the ${limits.memoryMb} MB of memory that a query has.`);
  }, 25);
  answerQuestion(tables, question, limits, scratch).then(
    (answer) => end({ answer }),
    (error: unknown) => {
      if (error instanceof QueryError) refuse(error.code, error.message);
      else end({ failed: error instanceof Error ? error.message : String(error) });
    },
  );
});
process.once('disconnect', () => process.exit());
