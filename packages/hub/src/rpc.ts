import { contract } from '@banyan/contract';
import { implement } from '@orpc/server';
import type { Context } from './context.ts';

/** The contract to implement: `os.projects.create.handler(({ input, context }) => ...)` in each noun's routes.ts. */
export const os = implement(contract).$context<Context>();
