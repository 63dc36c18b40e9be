/** The columns that a preparation adds to its table. The prefix keeps them apart from people's columns. */
export const own = {
  row: '"banyan.row"',
  split: '"banyan.split"',
  fold: '"banyan.fold"',
  features: '"banyan.features"',
  target: '"banyan.target"',
  series: '"banyan.series"',
  tokens: '"banyan.tokens"',
} as const;
