import { type HubClientOptions, hubFetch } from './client.ts';

/** An upload in parts that is not complete yet. */
export interface OpenUpload {
  id: string;
  sizeBytes: number;
  /** Of every part but the last, which holds the rest. */
  partBytes: number;
  /** How many, numbered from 1. */
  parts: number;
  /** The numbers of those that are durably at the hub. */
  received: number[];
}

type Requesting = HubClientOptions & { signal?: AbortSignal };

const ask = async (
  options: Requesting,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Response> =>
  hubFetch(options, `/api/uploads${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });

/** Begins an upload in parts, or takes up the one of the same `sha256` that was begun before. */
export const beginUpload = async (
  options: Requesting,
  upload: { sizeBytes: number; sha256?: string; partBytes?: number },
): Promise<OpenUpload> => (await (await ask(options, 'POST', '', upload)).json()) as OpenUpload;

/** Which parts are there. Throws NOT_FOUND, and GONE when it is complete or expired. */
export const readUpload = async (options: Requesting, id: string): Promise<OpenUpload> =>
  (await (await ask(options, 'GET', `/${id}`)).json()) as OpenUpload;

/** Makes the parts one blob, which may be committed. May be asked again when its answer was lost. */
export const completeUpload = async (
  options: Requesting,
  id: string,
): Promise<{ sha256: string; sizeBytes: number }> =>
  (await (await ask(options, 'POST', `/${id}/complete`)).json()) as { sha256: string; sizeBytes: number };

/** Lets go of an upload and what came of it. */
export const cancelUpload = async (options: Requesting, id: string): Promise<void> => {
  await ask(options, 'DELETE', `/${id}`);
};
