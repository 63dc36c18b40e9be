/** @module data: from files to prepared examples, on DuckDB. */
export type { Column, ColumnType } from './column.ts';
export { chooseDefault } from './convert/choose.ts';
export { type ConvertedPart, convert } from './convert/convert.ts';
export type { Problem } from './convert/problem.ts';
export { DataError, type DataErrorCode } from './error.ts';
export type { Fitted } from './fitted.ts';
export { encodePng } from './images/encode-png.ts';
export {
  type ImportLimits,
  type ImportOptions,
  importTable,
  type TableInfo,
} from './import/import-table.ts';
export type { Keep } from './import/keep.ts';
export type { InputFile } from './import/source.ts';
export { type PrepareOptions, prepare } from './prepare.ts';
export { loadFitted, loadSplit, rawRows, type Split } from './prepared.ts';
export { preview, type Row, type Value } from './preview.ts';
export { type ColumnProfile, type Histogram, type Profile, profile } from './profile.ts';
export type { Progress } from './progress.ts';
export { type Distribution, readDistributions } from './quality/drift.ts';
export { inspect } from './quality/inspect.ts';
export type { Finding, Quality } from './quality/report.ts';
export { answerQuestion, QueryError } from './query/answer.ts';
export { checkRecipe, parseRecipe } from './recipe/parse.ts';
export type { DataKind } from './recipe/roles.ts';
export {
  type Recipe,
  recipeSchema,
  type SplitOptions,
  type Step,
  type Task,
  tokenizerOf,
} from './recipe/schema.ts';
export { joinName, joinsOf } from './recipe/steps/join.ts';
export type { SplitName } from './split.ts';
export { textOfBytes } from './tokenizer/byte-level.ts';
export { readForeignTokenizer } from './tokenizer/foreign-tokenizer.ts';
export { openTokenizer, type Tokenizer } from './tokenizer/open-tokenizer.ts';
export { byteTokenizer, type TokenizerJson } from './tokenizer/tokenizer-json.ts';
export { trainBpe } from './tokenizer/train-bpe.ts';
export { openWordPiece, trainWordPiece } from './tokenizer/word-piece.ts';
