import type { IncomingMessage } from 'node:http';
import { type Json, maxRowsPerPage, repositoryPath } from '@banyan/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context, Services } from '../../context.ts';
import { asRefusal } from '../../failures.ts';
import { contextOf } from '../../http.ts';
import { totalsOf } from '../../repositories/tree/page.ts';
import { openPages } from '../../repositories/tree/store.ts';
import { type Conversion, findSplit, readConversion, type Split } from '../conversion.ts';
import { rowsOf, statisticsOf } from '../looking.ts';
import { missingParameter, notReady, ViewerError, viewerFailure } from './errors.ts';
import { parseOrder } from './order.ts';
import {
  datasetInfos,
  featureList,
  parquetFiles,
  rowList,
  sizes,
  splitName,
  statisticsList,
  whole,
} from './shapes.ts';

const prefix = '/datasets-server';

/** Hugging Face's clients ask `datasets-server.` before the hub's own name: the same routes, without the prefix. */
export const rewriteViewerUrl = ({ url = '/', headers }: IncomingMessage): string =>
  /^datasets-server\./i.test(headers.host ?? '') && !url.startsWith(`${prefix}/`) ? `${prefix}${url}` : url;

const query = z.object({
  dataset: repositoryPath.optional(),
  config: z.string().max(120).optional(),
  split: z.string().max(120).optional(),
  revision: z.string().max(220).default('main'),
  offset: z.coerce.number().int().min(0).max(1e12).default(0),
  length: z.coerce.number().int().min(0).max(maxRowsPerPage).default(maxRowsPerPage),
  query: z.string().min(1).max(500).optional(),
  where: z.string().min(1).max(5000).optional(),
  orderby: z.string().min(1).max(1000).optional(),
});
type Query = z.infer<typeof query>;

interface Asked {
  ctx: Context;
  query: Query;
  dataset: string;
  conversion: Conversion;
}

type Handler = (asked: Asked) => Promise<{ [key: string]: Json }> | { [key: string]: Json };

/**
 * The datasets viewer of Hugging Face (https://huggingface.co/docs/dataset-viewer) over the same rules as `data.*`: plain
 * GET requests, answers and errors in its shapes. What a worker has not answered yet is `ResponseNotReady`: to be retried.
 */
export async function registerDatasetsViewer(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(
    async (scope) => {
      scope.setErrorHandler((error, request, reply) => {
        const failure =
          error instanceof ViewerError
            ? error.failure
            : viewerFailure(asRefusal(error, services.log.child({ request: request.id })));
        return reply
          .status(failure.status)
          .header('x-error-code', failure.code)
          .send({ error: failure.message });
      });
      scope.setNotFoundHandler((_request, reply) =>
        reply
          .status(404)
          .header('x-error-code', 'ResponseNotFound')
          .send({ error: 'There is no such endpoint.' }),
      );
      const route = (path: string, handler: Handler) =>
        scope.get(path, async (request: FastifyRequest, reply: FastifyReply) => {
          const ctx = await contextOf(services, request, reply);
          const asked = await readAsked(ctx, request);
          reply.header('x-revision', asked.conversion.commit.id).header('cache-control', 'private, no-cache');
          return handler(asked);
        });
      route('/is-valid', isValid);
      route('/splits', ({ dataset, query: { config }, conversion }) => ({
        splits: readySplits(conversion, config).map((split) => splitName(dataset, split)),
        pending: [],
        failed: [],
      }));
      route('/first-rows', firstRows);
      route('/rows', (asked) => rows(asked, {}));
      route('/search', (asked) => rows(asked, { search: required(asked.query, 'query') }));
      route('/filter', filter);
      route('/statistics', statistics);
      route('/parquet', ({ dataset, query: { config }, conversion }) => ({
        parquet_files: parquetFiles(dataset, readySplits(conversion, config), services.config.publicUrl),
        ...whole,
      }));
      route('/size', async ({ ctx, dataset, query: { config }, conversion }) => {
        const { repository, root } = conversion.commit;
        const { sizeBytes } = totalsOf(await openPages(ctx.db, repository).get(root));
        return { size: sizes(dataset, readySplits(conversion, config), sizeBytes), ...whole };
      });
      route('/info', ({ dataset, query: { config }, conversion }) => {
        const infos = datasetInfos(dataset, readySplits(conversion, config));
        return { dataset_info: config === undefined ? infos : (infos[config] ?? {}), ...whole };
      });
    },
    { prefix },
  );
}

async function readAsked(ctx: Context, request: FastifyRequest): Promise<Asked> {
  const parsed = query.safeParse(request.query);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `Parameter '${issue?.path.map(String).join('.') ?? ''}': ${issue?.message ?? 'not valid'}`;
    throw new ViewerError({ status: 422, code: 'InvalidParameter', message });
  }
  const dataset = required(parsed.data, 'dataset');
  const [namespace = '', name = ''] = dataset.split('/');
  const { revision } = parsed.data;
  return {
    ctx,
    query: parsed.data,
    dataset,
    conversion: await readConversion(ctx, { namespace, name, revision }),
  };
}

function required<K extends keyof Query>(values: Query, name: K): NonNullable<Query[K]> {
  const value = values[name];
  if (value === undefined || value === null) throw missingParameter(name);
  return value;
}

/** Throws ResponseNotReady while a worker converts, ResponseNotFound when there is nothing to look at. */
function readySplits({ state, splits, message }: Conversion, config?: string): Split[] {
  if (state === 'pending') throw notReady(message);
  const found = splits.filter((split) => split.config === (config ?? split.config));
  if (state === 'ready' && found.length > 0) return found;
  const reason = message ?? `There is no configuration '${config ?? ''}'.`;
  throw new ViewerError({ status: 404, code: 'ResponseNotFound', message: reason });
}

function splitOf({ query: values, conversion }: Asked): Split {
  const wanted = { config: required(values, 'config'), split: required(values, 'split') };
  return findSplit(readySplits(conversion), wanted);
}

function isValid({ conversion: { state, splits } }: Asked) {
  const viewer = state === 'ready';
  const texts = splits.some(({ features }) => JSON.stringify(features).includes('"string"'));
  return { preview: viewer, viewer, search: viewer && texts, filter: viewer, statistics: viewer };
}

async function page({ ctx, conversion }: Asked, split: Split, question: Parameters<typeof rowsOf>[3]) {
  const found = await rowsOf(ctx, conversion, split, question);
  if (found.state === 'pending') throw notReady(found.message);
  return found;
}

async function firstRows(asked: Asked) {
  const split = splitOf(asked);
  const { features, rows: found, total } = await page(asked, split, { offset: 0, length: maxRowsPerPage });
  return {
    ...splitName(asked.dataset, split),
    features: featureList(features),
    rows: rowList(found),
    truncated: total > found.length,
  };
}

async function rows(asked: Asked, more: Partial<Parameters<typeof rowsOf>[3]>) {
  const { offset, length } = asked.query;
  const { features, rows: found, total } = await page(asked, splitOf(asked), { offset, length, ...more });
  return {
    features: featureList(features),
    rows: rowList(found),
    num_rows_total: total,
    num_rows_per_page: maxRowsPerPage,
    partial: false,
  };
}

function filter(asked: Asked) {
  const { where, orderby } = asked.query;
  if (where === undefined && orderby === undefined) throw missingParameter('where');
  return rows(asked, { where, ...(orderby === undefined ? {} : { orderBy: parseOrder(orderby) }) });
}

async function statistics(asked: Asked) {
  const split = splitOf(asked);
  const found = await statisticsOf(asked.ctx, asked.conversion, split);
  if (found.state === 'pending') throw notReady(found.message);
  return {
    num_examples: found.rows,
    statistics: statisticsList(found.columns, split.features, found.rows),
    partial: false,
  };
}
