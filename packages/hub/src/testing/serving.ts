import { once } from 'node:events';
import type { Json, ToHub, ToWorker } from '@banyan/contract';
import { toWorker } from '@banyan/contract';
import { WebSocket } from 'ws';
import type { TestHub } from '../testing.ts';
import type { TestLease, TestWorker } from './flow.ts';

/** A worker's end of a tunnel. It answers by simple rules: rows are counted, text is continued letter by letter. */
export interface ServingWorker {
  /** Every frame that came from the hub. */
  received: ToWorker[];
  socket: WebSocket;
  /** Numbers of the requests that the hub cancelled. */
  cancelled(): string[];
  close(): Promise<void>;
}

export const textManifest = { task: 'generation', kind: 'text' };

/** Dials in and says hello. Rejects with the reason when the hub closes instead. */
export async function dialIn(
  hub: TestHub,
  worker: Pick<TestWorker, 'token'>,
  { id, leaseToken }: Pick<TestLease, 'id' | 'leaseToken'>,
  manifest: Json = textManifest,
): Promise<ServingWorker> {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/jobs/${id}/tunnel`);
  await once(socket, 'open');
  const send = (frame: ToHub): void => socket.send(JSON.stringify(frame));
  const received: ToWorker[] = [];
  const cancelled = (): string[] =>
    received.flatMap((frame) => (frame.type === 'cancel' ? [frame.request] : []));
  socket.on('message', (data) => {
    const frame = toWorker.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString() : ''));
    received.push(frame);
    void answer(frame, send, (request) => cancelled().includes(request));
  });
  const metadata = {
    platform: 'onnx_onnxv1',
    inputs: [{ name: 'mass', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'value', datatype: 'FP32', shape: [-1] }],
  };
  send({ type: 'hello', token: worker.token, leaseToken, model: { manifest, metadata } });
  return {
    received,
    socket,
    cancelled,
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

async function answer(
  frame: ToWorker,
  send: (frame: ToHub) => void,
  isCancelled: (request: string) => boolean,
): Promise<void> {
  const { request, type } = frame;
  if (type === 'predict') {
    if (frame.rows.includes('bad'))
      return send({ type: 'error', request, code: 'input', message: 'the column "mass" is absent' });
    return send({ type: 'end', request, body: frame.rows.map((_, value) => ({ value })) });
  }
  if (type === 'infer')
    return send({
      type: 'end',
      request,
      body: { model_name: 'inside', outputs: [{ name: 'value', datatype: 'FP32', shape: [1], data: [7] }] },
    });
  if (type !== 'generate') return;
  const { prompt, maxTokens, stop } = frame.options;
  if (prompt.includes('explode'))
    return send({ type: 'error', request, code: 'internal', message: 'out of memory' });
  const letters = `once more: ${prompt}`.slice(0, maxTokens);
  const end = stop?.map((text) => letters.indexOf(text)).find((at) => at >= 0) ?? -1;
  let sent = 0;
  for (const text of end < 0 ? letters : letters.slice(0, end)) {
    if (isCancelled(request)) return;
    if (prompt.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 20));
    if (prompt.includes('break') && sent === 3)
      return send({ type: 'error', request, code: 'internal', message: 'broke in the middle' });
    send({ type: 'part', request, body: { text } });
    sent += 1;
  }
  send({
    type: 'end',
    request,
    body: { finishReason: end < 0 ? 'length' : 'stop', promptTokens: prompt.length, completionTokens: sent },
  });
}
