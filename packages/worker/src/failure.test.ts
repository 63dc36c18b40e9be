import { HubError } from '@banyan/contract';
import { DataError } from '@banyan/data';
import { EngineError } from '@banyan/engine';
import { expect, it } from 'vitest';
import { describeFailure } from './failure.ts';

it('keeps the words that were written for people, and says what to do', () => {
  expect(describeFailure(new DataError('column', 'there is no column "x"'))).toEqual({
    code: 'DATA_COLUMN',
    message: 'there is no column "x".',
    retry: false,
  });
  expect(describeFailure(new EngineError('not-finite', 'the loss is NaN at step 3')).code).toBe('NOT_FINITE');
  expect(describeFailure(Object.assign(new Error('write'), { code: 'ENOSPC' }))).toMatchObject({
    code: 'DISK_FULL',
  });
  expect(describeFailure(new HubError('CHECKSUM')).retry).toBe(true);
});
