import { lane } from '@banyan/contract';
import { Option } from 'commander';

export const laneOption = (): Option =>
  new Option('--lane <lane>', 'deterministic: slower, and the same weights on every machine')
    .choices(lane.options)
    .default('native');
