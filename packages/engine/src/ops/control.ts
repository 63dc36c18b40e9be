import { pullBack } from '../backward.ts';
import { type ScanBody, scan } from '../functions/control.ts';
import { add, gemm, reshape, transpose, zerosLike } from '../operators.ts';
import { dimAt, formatShape, sameShape } from '../shape.ts';
import type { Body, GraphNode, Op, Tensor } from '../tensor.ts';
import { operator } from './operator.ts';

interface ScanAttributes {
  body: ScanBody;
  /** How many of the inputs are states, and how many sequences; what the body captures follows. */
  states: number;
  sequences: number;
  reversed: boolean;
}

type ScanNode = GraphNode<readonly Tensor[], ScanAttributes>;

export const control = {
  Scan: {
    ...operator<readonly Tensor[], ScanAttributes, readonly Tensor[]>({
      infer(inputs, { body, states, sequences }) {
        const lengths = inputs.slice(states, states + sequences).map(({ shape }) => dimAt(shape, 0));
        const length = dimAt(lengths, 0);
        if (lengths.some((other) => other !== length))
          throw new Error(`the sequences have ${lengths.join(', ')} elements`);
        requireStates(inputs, body.outputs, states);
        return body.outputs.map(({ dtype, shape }, index) => ({
          dtype,
          shape: index < states ? shape : [length, ...shape],
        }));
      },
      emit({ type, inputs, outputs, attributes: { body, states, sequences, reversed } }) {
        const direction = Number(reversed);
        const given = states + sequences;
        return {
          type,
          inputs: inputs.slice(0, given),
          ints: {
            num_scan_inputs: sequences,
            scan_input_directions: Array.from({ length: sequences }, () => direction),
            scan_output_directions: Array.from({ length: outputs.length - states }, () => direction),
          },
          bodies: {
            body: {
              ...body,
              outputs: body.outputs.slice(0, outputs.length),
              captured: inputs.slice(given),
            },
          },
        };
      },
      grad: (_, node, gs) =>
        node.attributes.body.gradient?.(node as unknown as GraphNode, gs) ?? scanBack(node, gs),
    }),
    optionalOutputs: ({ states }) => Math.max(1, states as number),
  },

  Loop: operator<readonly Tensor[], { body: Body; states: number }, readonly Tensor[]>({
    infer(inputs, { body, states }) {
      requireStates(inputs.slice(1), body.outputs.slice(1), states);
      return body.outputs.slice(1).map(({ dtype, shape }) => ({ dtype, shape }));
    },
    emit: ({ type, inputs, attributes: { body, states } }) => ({
      type,
      inputs: [inputs[0], undefined, ...inputs.slice(1, 1 + states)],
      bodies: { body: { ...body, captured: inputs.slice(1 + states) } },
    }),
    grad: null,
  }),
} satisfies Record<string, Op>;

function requireStates(before: readonly Tensor[], after: readonly Tensor[], states: number): void {
  for (let index = 0; index < states; index++) {
    const [from, to] = [before[index]?.shape ?? [], after[index]?.shape ?? []];
    if (!sameShape(from, to))
      throw new Error(`state ${index} is ${formatShape(from)} before a turn, ${formatShape(to)} after it`);
  }
}

/** How the gradients of what is captured come together over the turns. */
type Gathering = 'none' | 'sum' | 'rows' | 'columns';

/**
 * Back-propagation through time (Werbos, 1990) as a scan in the other order: each turn is computed again from the states
 * it began with, and turns the gradients of its states after into those before. A gradient of a weight that is a product
 * A' B or A B' leaves its factors to one product over all turns; any other is summed up.
 */
function scanBack(node: ScanNode, gs: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
  const { inputs, outputs, attributes } = node;
  const { body, states, sequences, reversed } = attributes;
  const elements = inputs.slice(states, states + sequences);
  const captures = inputs.slice(states + sequences);
  const given = outputs.length - 2 * states;
  const arrived = gs.slice(states, states + given);
  const befores = outputs.slice(states + given);

  /** Gradients of the states before, the elements and the captures of a turn. */
  function turnBack(after: readonly Tensor[], parts: readonly Tensor[], around: readonly Tensor[]) {
    const rest = [...parts];
    const [before, seen] = [rest.splice(0, states), rest.splice(0, sequences)];
    const turn = body.turn(before, seen, around);
    const gElements = arrived.map((g) => (g === undefined ? undefined : rest.shift()));
    const slopes = pullBack(
      [...turn.states, ...turn.elements],
      [...after, ...gElements],
      [...before, ...seen, ...around],
    );
    return {
      states: before.map((state, index) => slopes[index] ?? zerosLike(state)),
      elements: seen.map((_, index) => slopes[states + index]),
      captures: around.map((_, index) => slopes[states + sequences + index]),
    };
  }

  const finals = outputs.slice(0, states).map((state, index) => gs[index] ?? zerosLike(state));
  const parts = [...befores, ...elements, ...arrived.filter((g) => g !== undefined)];
  const probe: { elements: boolean[]; captures: Gathering[] } = { elements: [], captures: [] };
  scan(
    (after, seen, around) => {
      const back = turnBack(after, seen, around);
      probe.elements = back.elements.map((g) => g !== undefined);
      probe.captures = back.captures.map(gatheringOf);
      return { states: back.states, elements: [] };
    },
    { states: finals, sequences: parts, captures },
  );

  const summed = captures.filter((_, index) => probe.captures[index] === 'sum');
  const back = scan(
    (all, seen, around) => {
      const { states: before, elements, captures } = turnBack(all.slice(0, states), seen, around);
      const sums = captures.filter((_, index) => probe.captures[index] === 'sum') as Tensor[];
      const factors = captures.flatMap((g, index) =>
        probe.captures[index] === 'rows' || probe.captures[index] === 'columns'
          ? (g?.node?.inputs ?? [])
          : [],
      );
      return {
        states: [...before, ...sums.map((sum, index) => add(all[states + index] as Tensor, sum))],
        elements: [...elements.filter((g) => g !== undefined), ...factors],
      };
    },
    {
      states: [...finals, ...summed.map(zerosLike)],
      sequences: parts,
      captures,
      reversed: !reversed,
    },
  );
  const sequencesBack = [...back.sequences];
  const sums = back.states.slice(states);
  return [
    ...back.states.slice(0, states),
    ...probe.elements.map((has) => (has ? sequencesBack.shift() : undefined)),
    ...probe.captures.map((gathering) => {
      if (gathering === 'none') return undefined;
      if (gathering === 'sum') return sums.shift();
      return productOverTurns(gathering, sequencesBack.shift() as Tensor, sequencesBack.shift() as Tensor);
    }),
  ];
}

function gatheringOf(g: Tensor | undefined): Gathering {
  if (g === undefined) return 'none';
  if (g.node?.type !== 'Gemm' || g.node.inputs.length > 2) return 'sum';
  const { transA, transB } = g.node.attributes;
  return transA === transB ? 'sum' : transA ? 'rows' : 'columns';
}

/** sum_t A_t' B_t from A [T, N, F] and B [T, N, G], or sum_t A_t B_t' from A [T, F, N] and B [T, G, N]. */
function productOverTurns(gathering: 'rows' | 'columns', a: Tensor, b: Tensor): Tensor {
  return gathering === 'rows'
    ? gemm(rowsOf(a), rowsOf(b), undefined, { transA: true })
    : gemm(columnsOf(a), columnsOf(b), undefined, { transB: true });
}

const rowsOf = (x: Tensor): Tensor => reshape(x, [-1, dimAt(x.shape, 2)]);
const columnsOf = (x: Tensor): Tensor => reshape(transpose(x, [1, 0, 2]), [dimAt(x.shape, 1), -1]);
