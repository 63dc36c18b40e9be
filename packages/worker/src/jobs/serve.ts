import { openModel } from '@banyan/serving';
import type { Work } from '../assignment.ts';
import { serveTunnel } from '../tunnel.ts';

/** Serves a model through the hub's gateway until the job is cancelled. */
export const serveJob: Work<'serve'> = async (
  { payload, model: dir = '', threads, tunnel },
  report,
  signal,
) => {
  report({ kind: 'progress', progress: { step: 0, phase: 'loading the model' } });
  const model = await openModel(dir, { threads, name: payload.deployment });
  try {
    report({ kind: 'progress', progress: { step: 0, phase: 'serving' } });
    await serveTunnel(model, tunnel, (message) => report({ kind: 'log', level: 'info', message }), signal);
  } finally {
    await model.close();
  }
  return { result: { kind: 'serve' }, files: [] };
};
