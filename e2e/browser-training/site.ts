import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { build, defaultClientConditions, type Plugin } from 'vite';
import { packageFile } from '../package-file.ts';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** What gives a page SharedArrayBuffer, which threads of WebAssembly need. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const runtime = (name: string): string => packageFile('onnxruntime-web', `dist/${name}`);

/** A bundler would replace what only Node has by nothing, and the page would fail later. */
const noNode: Plugin = {
  name: 'no-node',
  enforce: 'pre',
  resolveId(source, importer) {
    if (/^node:|^onnxruntime-node/.test(source))
      throw new Error(`${importer} imports ${source}, which no browser has`);
  },
};

/** Builds the page into `folder` and serves it, with ONNX Runtime's files under `/runtime/`, as an app would. */
export async function openSite(folder: string): Promise<{ url: string; close(): Promise<void> }> {
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    // The runtime's files come from the addresses that the page gives, not from the bundle.
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
    plugins: [noNode],
    worker: { format: 'es', plugins: () => [noNode] },
    build: { outDir: folder, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 5000 },
  });
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://here').pathname);
    const file = path.startsWith('/runtime/')
      ? runtime(path.slice('/runtime/'.length))
      : join(folder, path === '/' ? 'index.html' : path);
    readFile(file).then(
      (bytes) =>
        response
          .writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain', ...isolation })
          .end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
