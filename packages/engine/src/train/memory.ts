import { sizeOfShape } from '../shape.ts';
import type { Parameter, TensorData } from '../tensor.ts';
import type { Area, AreaPlan } from './optim/update.ts';

const PAGE_BYTES = 65_536;
/** A WebAssembly address has 32 bits. */
const MOST_PAGES = 65_536;

/** A stretch of every area, in bytes. */
export interface Range {
  from: number;
  to: number;
}

/** All numbers of a training in one memory, allocated once: growing it would detach every view. */
export interface TrainMemory extends AreaPlan {
  readonly memory: WebAssembly.Memory;
  /** Where each of the groups lies. */
  readonly ranges: readonly Range[];
  /** All numbers of an area. */
  area(area: Area): Float32Array;
  /** Views by parameter name. */
  views(area: Area): Map<string, TensorData>;
}

/**
 * Areas of equal size one after another, in each the parameters group by group. Each tensor starts at a multiple of 16
 * bytes, so that vectors of four floats never straddle two; the gaps hold zeros, which every update keeps.
 */
export function allocateTrainMemory(
  groups: readonly (readonly Parameter[])[],
  areas: readonly Area[],
): TrainMemory {
  const offsets = new Map<Parameter, number>();
  let end = 0;
  const ranges = groups.map((parameters) => {
    const from = end;
    for (const parameter of parameters) {
      offsets.set(parameter, end);
      end += Math.ceil(sizeOfShape(parameter.shape) / 4) * 16;
    }
    return { from, to: end };
  });
  const areaBytes = end;

  const pages = Math.ceil((areas.length * areaBytes) / PAGE_BYTES);
  if (pages > MOST_PAGES)
    throw new RangeError(
      `${areas.length} times ${(areaBytes / 4e6).toFixed(0)} million parameters do not fit the 1,073 million numbers of one memory`,
    );
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });

  return {
    memory,
    areas,
    areaBytes,
    ranges,
    area: (area) => new Float32Array(memory.buffer, areas.indexOf(area) * areaBytes, areaBytes / 4),

    views(area) {
      const start = areas.indexOf(area) * areaBytes;
      return new Map(
        [...offsets].map(([{ name, shape }, offset]) => {
          const data = new Float32Array(memory.buffer, start + offset, sizeOfShape(shape));
          return [name, { dtype: 'float32', shape, data }];
        }),
      );
    },
  };
}
