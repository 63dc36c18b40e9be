/**
 * Explanations for any model: which columns matter, and what moved one answer.
 *
 * - `permutationImportance` asks the whole model, from outside, on raw rows: how much worse does it get when a column's
 *   values are shuffled? Works for anything that predicts, also for a served model one cannot look into.
 * - `integratedGradients` asks a differentiable forward program, from inside: how much did each network input add to this
 *   row's output, compared with a baseline? `sumByColumn` folds the inputs back into raw columns and `summarise` makes
 *   of them the global ranking and the per-row lists that are shown to people.
 *
 * ```ts
 * const found = await integratedGradients({ forward: forwardProgram(model), x, rows, baseline, outputs });
 * const { global, rows: perRow } = summarise(sumByColumn(found.attributions, fitted.features, rows));
 * ```
 *
 * Attributions sum to f(x) - f(baseline); `completenessError` says how well that held. Neither method speaks of causes:
 * they describe the model, not the world.
 */
export { ExplainError } from './explain-error.ts';
export type { ForwardProgram } from './gradient-session.ts';
export {
  type Attributions,
  type IntegratedGradientsOptions,
  integratedGradients,
} from './integrated-gradients.ts';
export {
  type ColumnImportance,
  type Example,
  type PermutationOptions,
  permutationImportance,
  type Row,
} from './permutation-importance.ts';
export {
  type AttributionSummary,
  type ColumnAttributions,
  type Feature,
  sumByColumn,
  summarise,
} from './summary.ts';
