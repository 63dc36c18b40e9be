/** The datasets viewer's routes, which speak Hugging Face's shapes. */
const routes = {
  'is-valid': 'What can be looked at',
  splits: 'Configurations and splits',
  'first-rows': 'The first hundred rows of a split',
  rows: 'Rows of a split: `offset`, `length`',
  search: 'Rows whose texts hold `query`',
  filter: 'Rows for which `where` (SQL) holds, in the order of `orderby`',
  statistics: 'What is in each column of a split',
  parquet: 'Addresses of the Parquet files',
  size: 'Bytes and rows of dataset, configurations and splits',
  info: 'Features and splits',
};
const needSplit = new Set(['first-rows', 'rows', 'search', 'filter', 'statistics']);

const inQuery = (name: string, description: string, required: boolean) => ({
  name,
  in: 'query',
  required,
  description,
  schema: { type: 'string' },
});
const object = { 'application/json': { schema: { type: 'object' } } };

export const viewerPaths = Object.fromEntries(
  Object.entries(routes).map(([name, summary]) => [
    `/datasets-server/${name}`,
    {
      get: {
        operationId: `viewer.${name}`,
        tags: ['datasets viewer'],
        summary,
        parameters: [
          inQuery('dataset', 'namespace/name', true),
          inQuery('config', 'the configuration', needSplit.has(name)),
          ...(needSplit.has(name) ? [inQuery('split', 'the split', true)] : []),
        ],
        responses: {
          '200': { description: 'As the viewer of Hugging Face answers', content: object },
          default: { description: '`{ error }`; the header `X-Error-Code` says which', content: object },
        },
      },
    },
  ]),
);
