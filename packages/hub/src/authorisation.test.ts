import { asHubError, contract } from '@banyan/contract';
import { isContractProcedure } from '@orpc/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letters, type Row } from './testing/matrix.ts';
import { flowRows } from './testing/matrix-flow.ts';
import { metadataRows } from './testing/matrix-metadata.ts';
import { peopleRows } from './testing/matrix-people.ts';
import { repositoryRows } from './testing/matrix-repositories.ts';
import { buildWorld, type Persona, personas, type World } from './testing/world.ts';
import { startTestHub, type TestHub } from './testing.ts';

let hub: TestHub;
let world: World;
beforeAll(async () => {
  hub = await startTestHub();
  world = await buildWorld(hub);
});
afterAll(() => hub.stop());

const rows: Record<string, Row> = { ...peopleRows, ...flowRows, ...metadataRows, ...repositoryRows };

it('has a row for every route of the contract', () => {
  expect(Object.keys(rows).sort()).toEqual(routesOf(contract).sort());
});

describe.each(Object.entries(rows))('%s', (route, [expected, call]) => {
  it(`lets in ${expected.trim()}`, async () => {
    const got: Partial<Record<Persona, string>> = {};
    for (const persona of personas) got[persona] = await outcome(call(world.api[persona], world, ++calls));
    const wanted = expected.trim().split(/\s+/);
    expect(wanted, `${route} says something of each persona`).toHaveLength(personas.length);
    expect(got).toEqual(Object.fromEntries(personas.map((persona, index) => [persona, wanted[index]])));
  });
});

let calls = 0;

function routesOf(router: object, path: string[] = []): string[] {
  return Object.entries(router).flatMap(([name, part]: [string, object]) =>
    isContractProcedure(part) ? [[...path, name].join('.')] : routesOf(part, [...path, name]),
  );
}

/** The letter of what a call got; a failure that the table does not know is told in full. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return letters.ok;
  } catch (error) {
    const { code, message } = asHubError(error);
    return code in letters ? letters[code as keyof typeof letters] : `${code}: ${message}`;
  }
}
