import { sizeOfShape } from '../shape.ts';
import type { Parameter, TensorData } from '../tensor.ts';

const PAGE_BYTES = 65_536;
/** A WebAssembly address has 32 bits. */
const MOST_PAGES = 65_536;

export type Area = 'parameter' | 'gradient' | 'first' | 'second';

/** All numbers of a training in one memory, allocated once: growing it would detach every view. */
export interface TrainMemory {
  readonly memory: WebAssembly.Memory;
  readonly areaBytes: number;
  /** Parameters of rank 2 or more, which decay, come first and end here. */
  readonly decayedBytes: number;
  /** Views by parameter name, in the order of the graph. */
  views(area: Area): Map<string, TensorData>;
}

const decays = (parameter: Parameter): boolean => parameter.shape.length >= 2;

/**
 * Areas of equal size one after another: parameters, gradients and the moments the optimiser needs. Each tensor starts at a multiple of 16
 * bytes, so that vectors of four floats never straddle two; the gaps hold zeros, which every update keeps.
 */
export function allocateTrainMemory(parameters: readonly Parameter[], areas: readonly Area[]): TrainMemory {
  const offsets = new Map<Parameter, number>();
  let end = 0;
  const place = (parameter: Parameter): void => {
    offsets.set(parameter, end);
    end += Math.ceil(sizeOfShape(parameter.shape) / 4) * 16;
  };
  for (const parameter of parameters) if (decays(parameter)) place(parameter);
  const decayedBytes = end;
  for (const parameter of parameters) if (!decays(parameter)) place(parameter);
  const areaBytes = end;

  const pages = Math.ceil((areas.length * areaBytes) / PAGE_BYTES);
  if (pages > MOST_PAGES)
    throw new RangeError(
      `${(areaBytes / 4e6).toFixed(0)} million parameters do not fit the 268 million of one memory`,
    );
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });

  return {
    memory,
    areaBytes,
    decayedBytes,
    views(area) {
      const start = areas.indexOf(area) * areaBytes;
      const view = (parameter: Parameter): TensorData => {
        const { shape } = parameter;
        const data = new Float32Array(
          memory.buffer,
          start + (offsets.get(parameter) ?? 0),
          sizeOfShape(shape),
        );
        return { dtype: 'float32', shape, data };
      };
      return new Map(parameters.map((parameter) => [parameter.name, view(parameter)]));
    },
  };
}
