import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { authenticate } from '../people/authenticate.ts';
import { duplicateRepository } from '../repositories/duplicating.ts';
import { evaluation, joinWorker, prepared, push, type TestLease, type TestWorker } from '../testing/flow.ts';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub, type TestPerson } from '../testing.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
let worker: TestWorker;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
  worker = await joinWorker(hub, { kinds: ['train', 'explain'] });
  await push(hub, alice, `${project}/data`, prepared);
});
afterAll(() => hub.stop());

async function leased(): Promise<TestLease> {
  const lease = await worker.lease();
  if (!lease) throw new Error('no job');
  return lease;
}

it('an explanation is written where the model is, though its versions are those of another too', async () => {
  const [model, copy] = ['learned', 'copied'].map((name) => ({
    kind: 'model' as const,
    namespace: project,
    name,
  }));
  if (!model || !copy) throw new Error('two names');
  await alice.api.runs.create({
    project,
    algorithm: 'mlp',
    dataset: `${project}/data`,
    model: `${project}/learned`,
  });
  const training = await leased();
  await worker.api.worker.complete({
    id: training.id,
    leaseToken: training.leaseToken,
    result: {
      kind: 'train',
      files: [{ path: 'model.onnx', sha256: await worker.put(training, 'weights') }],
      evaluation: evaluation('accuracy', 0.9),
      steps: 1,
      parameters: 1,
    },
  });
  const actor = await authenticate(hub.services.db, `Bearer ${alice.token}`, undefined);
  const ctx: Context = {
    ...hub.services,
    actor,
    request: { id: '', address: '', session: undefined, setSession: () => {}, retryAfter: () => {} },
  };
  await duplicateRepository(ctx, model, { namespace: project, name: 'copied', visibility: 'private' });
  for (const name of ['copied', 'learned']) {
    await alice.api.jobs.explain({ project, model: `${project}/${name}`, rows: 10 });
    const lease = await leased();
    await worker.api.worker.complete({
      id: lease.id,
      leaseToken: lease.leaseToken,
      result: {
        kind: 'explain',
        files: [{ path: 'explanation.json', sha256: await worker.put(lease, JSON.stringify({ of: name })) }],
      },
    });
  }
  for (const at of [model, copy]) {
    const { files } = await alice.api.repositories.tree(at);
    expect(files.map(({ path }) => path)).toEqual(['explanation.json', 'model.onnx']);
    expect(await alice.api.repositories.explanation({ ...at, revision: 'main' })).toEqual({
      explanation: { of: at.name },
    });
  }
});

it('a dataset is not prepared into itself, by whatever name', async () => {
  await push(hub, alice, `${project}/Raw`, { 'a.csv': 'x\n1\n' });
  await alice.api.repositories.move({
    kind: 'dataset',
    namespace: project,
    name: 'Raw',
    to: { namespace: project, name: 'Fresh' },
  });
  for (const output of ['Fresh', 'fresh', 'raw'])
    await refused(
      'BAD_INPUT',
      alice.api.jobs.prepare({
        project,
        dataset: `${project}/Fresh`,
        recipe: { target: 'x', steps: [] },
        output: `${project}/${output}`,
      }),
      { field: 'output' },
    );
});
