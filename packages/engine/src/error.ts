export type EngineErrorCode =
  | 'shape'
  | 'dtype'
  | 'not-differentiable'
  | 'not-finite'
  | 'memory'
  | 'runtime'
  | 'format';

export interface EngineErrorDetails {
  /** The ONNX operator type, as `Gemm`. */
  operator?: string;
  /** The node (or tensor) by its name in the graph, as `Gemm_12`. */
  node?: string;
  /** The parameter whose layer it was, as `layers.1.weight`. */
  layer?: string;
  /** The shapes that did not fit, in the order of the operator's inputs. */
  shapes?: readonly (readonly (number | string)[])[];
  cause?: unknown;
}

/**
 * What goes wrong with graphs, files and runs: the message says what and where, `code` which kind it is. (Settings out of
 * range are RangeErrors.)
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly operator: string | undefined;
  readonly node: string | undefined;
  readonly layer: string | undefined;
  readonly shapes: EngineErrorDetails['shapes'];

  constructor(code: EngineErrorCode, message: string, details: EngineErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.operator = details.operator;
    this.node = details.node;
    this.layer = details.layer;
    this.shapes = details.shapes;
  }
}
