import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importTable } from '../import/import-table.ts';
import { prepare } from '../prepare.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { temporaryFolder, writeFiles } from '../test-data.ts';
import { inspect } from './inspect.ts';
import { isIban, isLuhn, mask } from './personal.ts';

const range = <T>(count: number, row: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => row(i));

async function report(lines: string[], previous?: Awaited<ReturnType<typeof inspect>>) {
  const out = join(temporaryFolder(), 't.parquet');
  await importTable(writeFiles({ 't.csv': lines.join('\n') }), out);
  return inspect(out, { previous: previous?.quality.distributions });
}

const noise = (i: number) => ((i * 7919) % 1000) / 1000;

test('columns about persons are found by their values or names, and shown masked', async () => {
  const { quality } = await report([
    'contact,iban,card,ssn,client_ip,phone,date_of_birth,last_name,home_address,city,film,price,sku',
    ...range(60, (i) =>
      [
        `user${i}@example.org`,
        ['DE89370400440532013000', 'GB29NWBK60161331926819', 'FR1420041010050500013M02606'][i % 3],
        ['4111 1111 1111 1111', '5500 0000 0000 0004', '4012 8888 8888 1881'][i % 3],
        `${100 + i}-12-${4000 + i}`,
        `10.0.${i}.${i + 1}`,
        `+49 30 ${100_000 + i}`,
        `19${10 + i}-04-12`,
        ['Meier', 'Schulze', 'Okafor', 'Li'][i % 4],
        `${i + 1} Main Street`,
        ['Berlin', 'Lagos', 'Xian'][i % 3],
        ['Star Wars', 'The Big Sleep', 'Blade Runner'][i % 3],
        (noise(i) * 90).toFixed(2),
        1_000_000 + i,
      ].join(','),
    ),
  ]);
  const found = Object.fromEntries(quality.personal.map(({ column, kind }) => [column, kind]));
  expect(found).toEqual({
    contact: 'email',
    iban: 'iban',
    card: 'card number',
    ssn: 'national id',
    client_ip: 'ip address',
    phone: 'phone',
    date_of_birth: 'birth date',
    last_name: 'name',
    home_address: 'address',
  });
  expect(quality.findings[0]).toMatchObject({ severity: 'high', kind: 'personal' });
  expect(JSON.stringify(quality.personal)).not.toMatch(/user\d+@example|DE8937|Meier/);
});

test('long chains of capitals and dashes are no names, and cost no time', async () => {
  const chain = `${'A-'.repeat(140)}!`;
  const { quality } = await report(['last_name,n', ...range(2000, (i) => `${chain}${i},${i}`)]);
  expect(quality.personal).toEqual([]);
});

test('check digits tell numbers of cards and accounts from other numbers', () => {
  expect(['4111111111111111', '4111111111111112'].map(isLuhn)).toEqual([true, false]);
  expect(['GB29 NWBK 6016 1331 9268 19', 'GB29NWBK60161331926818'].map(isIban)).toEqual([true, false]);
  expect(mask('anna@example.org')).toBe('an••@•••••••.••g');
});

test('gaps, constants, copies, far values and near copies are told; relations are measured', async () => {
  const { quality } = await report([
    'x,double,again,same,gap,far,kind,side',
    ...range(400, (i) => {
      const x = noise(i);
      return [
        x,
        2 * x + noise(i * 3) / 1000,
        x,
        5,
        i % 3 ? '' : i,
        i % 50 ? noise(i * 13) : 1e6,
        i % 2 ? 'a' : 'b',
        i % 2 ? 'left' : 'right',
      ].join(',');
    }),
  ]);
  const kinds = (kind: string) =>
    quality.findings.filter((one) => one.kind === kind).map(({ columns }) => columns);
  expect(kinds('missing')).toEqual([['gap']]);
  expect(kinds('constant')).toEqual([['same']]);
  expect(kinds('duplicate-column')).toEqual([['x', 'again']]);
  expect(kinds('outliers')).toEqual([['far']]);
  expect(quality.relations).toContainEqual({
    a: 'kind',
    b: 'side',
    measure: 'cramers-v',
    value: expect.closeTo(1, 2),
  });
  expect(quality.relations.find(({ a, b }) => a === 'x' && b === 'double')?.value).toBeGreaterThan(0.99);
});

const lines = (shift: number, share: number) => [
  'moved,still,kind',
  ...range(1000, (i) => `${noise(i) + shift},${noise(i * 3)},${noise(i * 7) < share ? 'a' : 'b'}`),
];

test('drift: a column that moved is told by how far, one that did not is not', async () => {
  const before = await report(lines(0, 0.5));
  expect(before.quality.drift).toBeUndefined();
  const { quality } = await report(lines(0.5, 0.9), before);
  const drift = new Map(quality.drift!.map((one) => [one.column, one]));
  expect(drift.get('moved')!.psi).toBeGreaterThan(0.25);
  expect(drift.get('moved')!.ks!.distance).toBeCloseTo(0.5, 1);
  expect(drift.get('moved')!.ks!.p).toBeLessThan(1e-6);
  expect(drift.get('still')!.psi).toBeLessThan(0.02);
  expect(drift.get('still')!.ks!.p).toBeGreaterThan(0.9);
  expect(drift.get('kind')!.variation).toBeCloseTo(0.4, 1);

  // What is drawn of it: all values before and now, in the same bins.
  const { shape } = drift.get('moved')!;
  if (shape === undefined || !('low' in shape)) throw new Error('a column of numbers has a histogram');
  for (const shares of [shape.before, shape.now])
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  expect(shape.before.at(-1)).toBe(0);
  expect(shape.now[0]).toBe(0);
  expect(drift.get('kind')!.shape).toEqual({
    values: expect.arrayContaining([
      { value: 'a', before: expect.closeTo(0.5, 1), now: expect.closeTo(0.9, 1) },
    ]),
  });
});

test('wide, empty and all-distinct tables are bounded', async () => {
  const wide = await report([
    range(600, (i) => `c${i}`).join(','),
    ...range(3, (row) => range(600, (i) => (i % 2 ? i * row : '')).join(',')),
  ]);
  expect(wide.columns).toHaveLength(600);
  expect(wide.quality.findings.length).toBeLessThanOrEqual(300);
  const { quality, columns } = await report(['a,b', ...range(3000, (i) => `,text number ${i}`)]);
  expect(columns[1]).toMatchObject({ distinct: 3000 });
  expect(quality.findings.map(({ kind }) => kind)).toEqual(['missing', 'identifier']);
}, 180_000);

async function leaks(header: string, rows: string[], recipe: string) {
  const { notes } = await prepare({
    files: writeFiles({ 'rows.csv': [header, ...rows].join('\n') }),
    recipe: parseRecipe(recipe),
    seed: 1,
    outDir: join(temporaryFolder(), 'out'),
  });
  return notes.join('\n');
}

test('a column that says the target is told, honest ones are not', async () => {
  const rows = range(600, (i) => {
    const y = noise(i) + noise(i * 3) > 1 ? 'yes' : 'no';
    return `${noise(i)},${y === 'yes' ? 1 : 0},${i},${y}`;
  });
  const notes = await leaks('x,paid_back,serial,y', rows, 'target: y\nsteps: [{ scale: {} }]');
  expect(notes).toContain('"paid_back" alone predicts "y" suspiciously well');
  expect(notes).not.toContain('"x" alone');
  const regression = await leaks(
    'x,in_cents,y',
    range(600, (i) => `${noise(i * 3)},${Math.round(noise(i) * 1e5)},${noise(i) * 1000}`),
    'target: y\ntask: regression\nsteps: [{ scale: {} }]',
  );
  expect(regression).toContain('"in_cents" alone predicts "y"');
  expect(regression).not.toContain('"x" alone');
});

const splitBy = (split: string) =>
  `target: y\nsteps: [{ select: { columns: [x, z] } }, { scale: {} }]\nsplit: ${split}`;

test('rows that repeat across splits, torn groups and times without order are told', async () => {
  const rows = range(
    900,
    (i) =>
      `${noise(i % 300)},${noise((i % 300) * 3)},p${i % 90},2020-01-${String((i % 28) + 1).padStart(2, '0')},${i % 2 ? 'a' : 'b'}`,
  );
  const notes = await leaks('x,z,patient_id,day,y', rows, splitBy('{ method: random }'));
  expect(notes).toMatch(/% of the test rows repeat the features of a training row/);
  expect(notes).toContain('of the groups of "patient_id" have rows in more than one split');
  expect(notes).toContain('rows have times ("day")');
  const whole = await leaks('x,z,patient_id,day,y', rows, splitBy('{ method: group, by: patient_id }'));
  expect(whole).not.toContain('groups of');
});
