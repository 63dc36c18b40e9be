import { createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { type Contract, contract } from './contract.ts';
import { HubError, type HubErrorCode, hubErrors } from './errors.ts';

export type HubApi = JsonifiedClient<ContractRouterClient<Contract>>;

export interface HubClientOptions {
  /** The hub's address, as in `http://127.0.0.1:8686`. */
  url: string;
  /** An access token (`hf_...`); absent in the browser, where the session cookie speaks. */
  token?: string;
  fetch?: typeof globalThis.fetch;
}

/** The typed client of a hub's `/api/v1`. Failures are HubErrors of the table, or network errors as `fetch` throws them. */
export function createHubClient({ url, token, fetch = globalThis.fetch }: HubClientOptions): HubApi {
  const link = new OpenAPILink(contract, {
    url: `${url.replace(/\/+$/, '')}/api/v1`,
    headers: () => (token === undefined ? {} : { authorization: `Bearer ${token}` }),
    fetch: (request, init) => fetch(request, { ...init, credentials: 'same-origin' }),
  });
  return createORPCClient(link);
}

/** Turns what the client threw into a HubError; anything that is not the hub's refusal is thrown on as it is. */
export function asHubError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  if (error instanceof ORPCError && error.code in hubErrors)
    return new HubError(error.code as HubErrorCode, error.message, error.data);
  throw error;
}

/** A request to one of the hub's plain routes. Throws HubError when it refuses. */
export async function hubFetch(
  { url, token, signal, fetch = globalThis.fetch }: HubClientOptions & { signal?: AbortSignal },
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
): Promise<Response> {
  const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
    ...init,
    credentials: 'same-origin',
    headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(signal !== undefined && { signal }),
  });
  await refuse(response);
  return response;
}

/** Uploads bytes; the hub answers with their content address. With `sha256`, it refuses bytes damaged on their way. */
export async function uploadBlob(
  { sha256, ...options }: HubClientOptions & { signal?: AbortSignal; sha256?: string },
  body: Blob | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
): Promise<{ sha256: string; sizeBytes: number }> {
  const response = await hubFetch(options, '/api/blobs', {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      ...(sha256 !== undefined && { 'content-sha256': sha256 }),
    },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  return (await response.json()) as { sha256: string; sizeBytes: number };
}

/** Where a file of a version can be fetched (GET, Range allowed). */
export function fileUrl(
  url: string,
  kind: 'dataset' | 'model',
  path: string,
  revision: string,
  file: string,
): string {
  const parts = [kind, ...path.split('/'), revision, ...file.split('/')].map(encodeURIComponent);
  return `${url.replace(/\/+$/, '')}/api/files/${parts.join('/')}`;
}

/** Plain routes refuse with `{ code, message, data }`: throws that as a HubError. */
export async function refuse(response: Response): Promise<void> {
  if (response.ok) return;
  const text = await response.text();
  let body: { code?: string; message?: string; data?: { field?: string; hint?: string } } = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // Not the hub's own refusal (a proxy's page, say): its status is all there is to tell.
  }
  const code = body.code !== undefined && body.code in hubErrors ? (body.code as HubErrorCode) : 'INTERNAL';
  throw new HubError(code, body.message ?? `The hub answered ${response.status}.`, body.data);
}
