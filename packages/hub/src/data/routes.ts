import { os } from '../rpc.ts';
import { readRows, readSplits, readStatistics, runSql } from './looking.ts';

export const dataRoutes = {
  splits: os.data.splits.handler(({ input, context }) => readSplits(context, input)),
  rows: os.data.rows.handler(({ input, context }) => readRows(context, input)),
  statistics: os.data.statistics.handler(({ input, context }) => readStatistics(context, input)),
  sql: os.data.sql.handler(({ input, context }) => runSql(context, input)),
};
