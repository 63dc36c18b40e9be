import type { Parameter } from '../../tensor.ts';
import type { OptimizerConfig, OptimizerKind, Treatment } from './optimizer.ts';

/** Parameters that are trained otherwise than the rest. */
export interface ParameterGroup {
  /** A parameter's name or the part of it before a dot, a pattern, or a function that says which names belong. */
  match: string | RegExp | ((name: string) => boolean);
  /** Multiplies the learning rate; 1 by default. */
  rateFactor?: number;
  /** For every parameter of the group whatever its rank; as the optimiser's for rank 2 or more by default. */
  weightDecay?: number;
  /** For muon only: whether the group's matrices are made orthogonal, or left to adamw. */
  optimizer?: 'muon' | 'adamw';
}

export interface TreatedParameters extends Treatment {
  parameters: readonly Parameter[];
}

/**
 * Parameters by how they are trained; the first group that matches a parameter decides. Parameters of rank 2 or more decay,
 * biases and the scales of normalisations do not.
 *
 * @param hidden which parameters muon takes unless a group says otherwise
 * @throws RangeError for a group that no parameter belongs to, or that asks for what cannot be
 */
export function groupParameters(
  parameters: readonly Parameter[],
  { kind, weightDecay }: Required<OptimizerConfig>,
  groups: readonly ParameterGroup[],
  hidden: ReadonlySet<Parameter>,
): TreatedParameters[] {
  for (const group of groups) requireSensible(group, kind, parameters);
  const treat = (parameter: Parameter): Treatment => {
    const group = groups.find(({ match }) => matches(match, parameter.name));
    const wanted = group?.optimizer ?? (hidden.has(parameter) ? 'muon' : 'adamw');
    return {
      kind: kind === 'muon' ? wanted : kind,
      rateFactor: group?.rateFactor ?? 1,
      weightDecay: group?.weightDecay ?? (parameter.shape.length >= 2 ? weightDecay : 0),
    };
  };
  const together = Map.groupBy(parameters, (parameter) => JSON.stringify(treat(parameter)));
  return [...together].map(([treatment, parameters]) => ({
    ...(JSON.parse(treatment) as Treatment),
    parameters,
  }));
}

const matches = (match: ParameterGroup['match'], name: string): boolean =>
  typeof match === 'string'
    ? name === match || name.startsWith(`${match}.`)
    : match instanceof RegExp
      ? name.search(match) >= 0
      : match(name);

function requireSensible(
  { match, rateFactor = 1, weightDecay = 0, optimizer }: ParameterGroup,
  kind: OptimizerKind,
  parameters: readonly Parameter[],
): void {
  const members = parameters.filter(({ name }) => matches(match, name));
  if (members.length === 0)
    throw new RangeError(`no trainable parameter belongs to the group ${String(match)}`);
  if (!(rateFactor >= 0 && rateFactor < Infinity && weightDecay >= 0 && weightDecay < Infinity))
    throw new RangeError(
      `the group ${String(match)} needs a rateFactor and a weightDecay from 0 up, not ${rateFactor} and ${weightDecay}`,
    );
  if (optimizer !== undefined && kind !== 'muon')
    throw new RangeError(`the group ${String(match)} chooses ${optimizer}, but the optimizer is ${kind}`);
  const flat = members.find(({ shape }) => shape.length < 2);
  if (optimizer === 'muon' && flat !== undefined)
    throw new RangeError(`muon trains matrices; ${flat.name} of the group ${String(match)} is none`);
}
