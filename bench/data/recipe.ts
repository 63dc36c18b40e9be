/** The recipe of the benches: gaps filled, categories one-hot, numbers standardised, splits in proportion to the classes. */
export const recipeText = `target: label
task: classification
steps:
  - impute: { columns: "*", numbers: median, strings: mode }
  - encode: { columns: "*", method: one-hot }
  - scale: { columns: "*", method: standard }
split: { method: stratified, by: label, train: 0.7, valid: 0.1, test: 0.2 }
`;
