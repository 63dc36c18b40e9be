import { viewerPaths } from './viewer-paths.ts';

const text = { type: 'string' } as const;
const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: text,
});
const revisionQuery = {
  name: 'revision',
  in: 'query',
  description: 'a branch, tag or commit; main by default',
  schema: text,
} as const;
const refusal = {
  description: 'A refusal',
  content: {
    'application/json': {
      schema: { type: 'object', required: ['code', 'message'], properties: { code: text, message: text } },
    },
  },
};
const json = (description: string) => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
});
const bytes = {
  schema: { type: 'string', contentMediaType: 'application/octet-stream' },
};
const jsonBody = {
  required: true,
  content: { 'application/json': { schema: { type: 'object' } } },
};

const uploadAnswer = json('`{ id, sizeBytes, partBytes, parts, received, expiresAt }`');

/** Routes that carry bytes or speak another protocol, and so are not in the contract. */
export const plainPaths = {
  '/api/blobs': {
    post: {
      operationId: 'blobs.upload',
      tags: ['files'],
      summary: 'Upload bytes; the hub answers with their sha256, to name in a commit',
      requestBody: { required: true, content: { 'application/octet-stream': bytes } },
      responses: { '200': json('`{ sha256, sizeBytes }`'), default: refusal },
    },
  },
  '/api/uploads': {
    post: {
      operationId: 'uploads.begin',
      tags: ['files'],
      summary:
        'Begin an upload in parts, or, given the same `sha256`, go on with the one that you began: `{ sizeBytes, sha256?, partBytes? }`',
      requestBody: jsonBody,
      responses: { '200': uploadAnswer, default: refusal },
    },
  },
  '/api/uploads/{id}': {
    get: {
      operationId: 'uploads.get',
      tags: ['files'],
      summary: 'Which parts of an upload are durably here',
      parameters: [inPath('id', 'the upload')],
      responses: { '200': uploadAnswer, default: refusal },
    },
    delete: {
      operationId: 'uploads.cancel',
      tags: ['files'],
      summary: 'Cancel an upload and drop its bytes',
      parameters: [inPath('id', 'the upload')],
      responses: { '204': { description: 'It is gone' }, default: refusal },
    },
  },
  '/api/uploads/{id}/parts/{number}': {
    put: {
      operationId: 'uploads.put',
      tags: ['files'],
      summary:
        'Upload one part, in any order, several at once; with the header `content-sha256` it is verified',
      parameters: [inPath('id', 'the upload'), inPath('number', 'which part, from 1')],
      requestBody: { required: true, content: { 'application/octet-stream': bytes } },
      responses: { '204': { description: 'The part is durably here' }, default: refusal },
    },
  },
  '/api/uploads/{id}/complete': {
    post: {
      operationId: 'uploads.complete',
      tags: ['files'],
      summary: 'Make the parts one file; the hub answers with its sha256, to name in a commit',
      parameters: [inPath('id', 'the upload')],
      responses: { '200': json('`{ sha256, sizeBytes }`'), default: refusal },
    },
  },
  '/xet/v1/xorbs/{prefix}/{hash}': {
    post: {
      operationId: 'xet.xorb',
      tags: ['Xet'],
      summary: 'Upload a xorb: chunks of files, verified by their hashes. Xet has a token of its own',
      parameters: [inPath('prefix', 'default'), inPath('hash', "the xorb, in Xet's notation")],
      requestBody: { required: true, content: { 'application/octet-stream': bytes } },
      responses: { '200': json('`{ was_inserted }`'), default: refusal },
    },
  },
  '/xet/v1/shards': {
    post: {
      operationId: 'xet.shard',
      tags: ['Xet'],
      summary: 'Say which files the chunks of xorbs make; `/xet/v2/shards` reports while it verifies them',
      requestBody: { required: true, content: { 'application/octet-stream': bytes } },
      responses: { '200': json('`{ result: 1 }`'), default: refusal },
    },
  },
  '/xet/v1/chunks/{prefix}/{hash}': {
    get: {
      operationId: 'xet.chunk',
      tags: ['Xet'],
      summary: 'A shard with the xorbs around a chunk, if this hub has it',
      parameters: [inPath('prefix', 'default-merkledb'), inPath('hash', 'the chunk')],
      responses: {
        '200': { description: 'A shard', content: { 'application/octet-stream': bytes } },
        default: refusal,
      },
    },
  },
  '/xet/v1/chunks/known': {
    post: {
      operationId: 'xet.known',
      tags: ['Xet'],
      summary: 'Which of many chunks (32 bytes each) this hub has, and where',
      requestBody: { required: true, content: { 'application/octet-stream': bytes } },
      responses: {
        '200': { description: 'Places', content: { 'application/octet-stream': bytes } },
        default: refusal,
      },
    },
  },
  '/api/files/{kind}/{namespace}/{name}/{revision}/{path}': {
    get: {
      operationId: 'files.download',
      tags: ['files'],
      summary: 'A file of a version; ranges are allowed',
      parameters: [
        inPath('kind', 'dataset or model'),
        inPath('namespace', 'its owner'),
        inPath('name', 'the repository'),
        inPath('revision', 'a branch, tag or commit'),
        inPath('path', 'the file, which may contain slashes'),
      ],
      responses: {
        '200': { description: 'The bytes', content: { 'application/octet-stream': bytes } },
        '206': { description: 'The range asked for', content: { 'application/octet-stream': bytes } },
        default: refusal,
      },
    },
  },
  '/{namespace}/{name}/resolve/{revision}/{path}': {
    get: {
      operationId: 'huggingface.resolve',
      tags: ["Hugging Face's protocol"],
      summary:
        'A file of a model, as their clients ask for it; of a dataset below /datasets. See docs/huggingface.md',
      parameters: [
        inPath('namespace', 'its owner'),
        inPath('name', 'the model'),
        inPath('revision', 'a branch, tag, commit or refs/pr/N'),
        inPath('path', 'the file, which may contain slashes'),
      ],
      responses: {
        '200': { description: 'The bytes', content: { 'application/octet-stream': bytes } },
        '206': { description: 'The range asked for', content: { 'application/octet-stream': bytes } },
        default: refusal,
      },
    },
  },
  '/api/{type}/{namespace}/{name}/commit/{branch}': {
    post: {
      operationId: 'huggingface.commit',
      tags: ["Hugging Face's protocol"],
      summary: 'A commit as lines of JSON: a header, then a change each',
      parameters: [
        inPath('type', 'models or datasets'),
        inPath('namespace', 'its owner'),
        inPath('name', 'the repository'),
        inPath('branch', 'a branch or refs/pr/N'),
      ],
      requestBody: { required: true, content: { 'application/x-ndjson': { schema: text } } },
      responses: { '200': json('`{ commitOid, commitUrl, pullRequestUrl? }`'), default: refusal },
    },
  },
  '/api/datasets/{namespace}/{name}/croissant': {
    get: {
      operationId: 'metadata.croissantDocument',
      tags: ['metadata'],
      summary: 'A dataset version as Croissant 1.1 JSON-LD',
      parameters: [inPath('namespace', 'its owner'), inPath('name', 'the dataset'), revisionQuery],
      responses: {
        '200': {
          description: 'The document',
          content: { 'application/ld+json': { schema: { type: 'object' } } },
        },
        default: refusal,
      },
    },
  },
  '/api/export/{kind}/{namespace}/{name}/{revision}.zip': {
    get: {
      operationId: 'metadata.export',
      tags: ['metadata'],
      summary: 'A version with all its files as an RO-Crate, in a ZIP archive',
      parameters: [
        inPath('kind', 'dataset or model'),
        inPath('namespace', 'its owner'),
        inPath('name', 'the repository'),
        inPath('revision', 'a branch, tag or commit'),
        { name: 'format', in: 'query', schema: { type: 'string', enum: ['ro-crate'], default: 'ro-crate' } },
      ],
      responses: {
        '200': { description: 'The archive', content: { 'application/zip': bytes } },
        default: refusal,
      },
    },
  },
  '/v1/models': {
    get: {
      operationId: 'openai.models',
      tags: ['OpenAI protocol'],
      summary: 'Deployments that generate text',
      responses: { '200': json('A list'), default: refusal },
    },
  },
  '/v1/chat/completions': {
    post: {
      operationId: 'openai.chat',
      tags: ['OpenAI protocol'],
      summary: 'Chat with a deployment; `stream: true` for server-sent events',
      requestBody: jsonBody,
      responses: { '200': json('A completion'), default: refusal },
    },
  },
  '/v1/completions': {
    post: {
      operationId: 'openai.completions',
      tags: ['OpenAI protocol'],
      summary: 'Continue a text; `stream: true` for server-sent events',
      requestBody: jsonBody,
      responses: { '200': json('A completion'), default: refusal },
    },
  },
  '/v2/models/{name}/infer': {
    post: {
      operationId: 'oip.infer',
      tags: ['Open Inference Protocol'],
      summary: 'Infer with raw tensors',
      parameters: [inPath('name', 'the deployment')],
      requestBody: jsonBody,
      responses: { '200': json('Output tensors'), default: refusal },
    },
  },
  '/v2/models/{name}': {
    get: {
      operationId: 'oip.metadata',
      tags: ['Open Inference Protocol'],
      summary: 'Inputs and outputs of a deployed model',
      parameters: [inPath('name', 'the deployment')],
      responses: { '200': json('Model metadata'), default: refusal },
    },
  },
  ...viewerPaths,
  '/healthz': {
    get: {
      operationId: 'system.health',
      tags: ['system'],
      summary: 'Whether the hub and its database answer',
      security: [],
      responses: { '200': json('`{ status: "ok" }`'), default: refusal },
    },
  },
  '/metrics': {
    get: {
      operationId: 'system.metrics',
      tags: ['system'],
      summary: 'For Prometheus',
      security: [],
      responses: {
        '200': { description: 'Metrics', content: { 'text/plain': { schema: text } } },
        default: refusal,
      },
    },
  },
};
