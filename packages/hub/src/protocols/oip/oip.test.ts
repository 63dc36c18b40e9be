import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { joinWorker, push } from '../../testing/flow.ts';
import { dialIn } from '../../testing/serving.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';

let hub: TestHub;
let alice: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  const project = await hub.project(alice);
  await push(hub, alice, `${project}/penguins`, { 'model.onnx': 'x' }, { kind: 'model' });
  const model = `${project}/penguins`;
  await alice.api.deployments.create({ model, name: 'penguins' });
  const worker = await joinWorker(hub);
  const lease = await worker.lease(['serve']);
  if (!lease) throw new Error('no serve job');
  await dialIn(hub, worker, lease, { task: 'classification' });
  await vi.waitFor(async () => {
    expect((await alice.api.deployments.get({ name: 'penguins' })).state).toBe('ready');
  });
  await alice.api.deployments.create({ model, name: 'late' });
});
afterAll(() => hub.stop());

async function call(
  path: string,
  options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
) {
  const { body, token = alice.token, headers = {} } = options;
  const response = await fetch(`${hub.url}/v2${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return [response.status, await response.json()];
}

const error = (text: string | RegExp) => ({ error: expect.stringMatching(text) });
const inputs = [{ name: 'mass', shape: [1, 1], datatype: 'FP32', data: [4000] }];

it('tells of the server and its models', async () => {
  expect(await call('')).toEqual([200, { name: 'banyan', version: '0.1.0', extensions: [] }]);
  expect(await call('/')).toEqual([200, { name: 'banyan', version: '0.1.0', extensions: [] }]);
  expect(await call('/health/live')).toEqual([200, { live: true }]);
  expect((await fetch(`${hub.url}/v2/health/ready`)).status).toBe(200);
  const described = {
    name: 'penguins',
    versions: ['1'],
    platform: 'onnx_onnxv1',
    inputs: [{ name: 'mass', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'value', datatype: 'FP32', shape: [-1] }],
  };
  expect(await call('/models/penguins')).toEqual([200, described]);
  expect(await call('/models/penguins/versions/1')).toEqual([200, described]);
  expect(await call('/models/penguins/ready')).toEqual([200, { name: 'penguins', ready: true }]);
  expect(await call('/models/late/ready')).toEqual([503, { name: 'late', ready: false }]);
});

it('infers, and echoes the id', async () => {
  const answer = {
    model_name: 'penguins',
    model_version: '1',
    outputs: [{ name: 'value', datatype: 'FP32', shape: [1], data: [7] }],
  };
  expect(await call('/models/penguins/infer', { body: { inputs } })).toEqual([200, answer]);
  const path = '/models/penguins/versions/1/infer';
  expect(await call(path, { body: { id: 'x1', inputs } })).toEqual([200, { ...answer, id: 'x1' }]);
});

it('says every error as a text', async () => {
  const stranger = await hub.person();
  expect(await call('/models/penguins/infer', { body: { inputs }, token: stranger.token })).toEqual([
    404,
    error('no deployment'),
  ]);
  expect(await call('/models/none')).toEqual([404, error('no deployment "none"')]);
  expect(await call('/models/penguins/versions/2')).toEqual([404, error('the version 1 alone')]);
  expect(await call('/models/penguins', { token: 'hf_wrong' })).toEqual([
    401,
    error('does not know that token'),
  ]);
  expect(await call('/models/penguins/infer', { body: {} })).toEqual([400, error('inputs')]);
  expect(await call('/models/penguins/infer', { body: 'not json' })).toEqual([400, error(/./)]);
  expect(await call('/models/late/infer', { body: { inputs } })).toEqual([503, error('is starting')]);
  expect(await call('/nothing')).toEqual([404, error('There is no GET /v2/nothing')]);
  const binary = { 'content-type': 'application/octet-stream', 'inference-header-content-length': '2' };
  expect(await call('/models/penguins/infer', { body: '{}', headers: binary })).toEqual([
    400,
    error('Binary tensors'),
  ]);
});
