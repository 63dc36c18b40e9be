/**
 * A trained model, loaded and answering: `openModel(dir)` reads a model folder (banyan.json, model.onnx, for text
 * tokenizer.json) and runs it in a thread of its own.
 *
 * - `predict(rows)` takes raw rows, as they stand in the dataset: the preparation the model was trained with is inside
 *   its graph. Requests that arrive together share one run.
 * - `infer(request)` is the same in the Open Inference Protocol's tensors, and `metadata()` describes them;
 *   `readBinaryRequest` and `writeResponse` speak its binary extension, which most clients use unasked.
 * - `generate(prompt, options)` continues a text with a cache of keys and values, streaming whole characters.
 *
 * ```ts
 * const model = await openModel('models/penguins');
 * await model.predict([{ island: 'Dream', mass: 3800, sex: null }]);   // [{ label: 'Adelie', probabilities: {...} }]
 * ```
 *
 * A column absent from a row is an error that names it; null is a missing value. Whatever goes wrong is a `ServingError`
 * whose message may be shown to whoever sent the request.
 */
export type { Completion, GenerateOptions, TextPiece } from './generate.ts';
export { columnOf, type ModelManifest, manifestSchema } from './manifest.ts';
export { type OpenModelOptions, openModel, type ServedModel } from './model.ts';
export type { InferRequest, InferResponse, ModelMetadata, OipTensor } from './oip.ts';
export { readBinaryRequest, writeResponse } from './oip-binary.ts';
export type { OipDatatype } from './oip-datatypes.ts';
export type { Prediction } from './prediction.ts';
export type { Example, Row } from './rows.ts';
export { ServingError, type ServingErrorCode } from './serving-error.ts';
