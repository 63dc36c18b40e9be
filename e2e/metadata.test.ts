import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubApi } from '@banyan/contract';
import { uploadBlob } from '@banyan/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { banyan as printed } from './banyan.ts';
import { type Lab, openLab } from './lab.ts';
import { openPython, type Python } from './python/python.ts';

/** What the Python side says of an archive. */
interface Crate {
  folder: string;
  names: string[];
  name: string;
  license: string;
  conformsTo?: unknown;
  action?: { object: unknown[]; result: unknown[]; name: string };
  parameters: Record<string, unknown>;
}
interface Croissant {
  errors: string[];
  warnings: string[];
  recordSets: string[];
  rows: Record<string, Record<string, unknown>[]>;
}

let lab: Lab;
let python: Python;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-metadata-'));
  [lab, python] = await Promise.all([openLab(), openPython('metadata.py')]);
  lab.startWorker('one');
  await lab.api.people.updateMe({ name: 'Ana María O’Neill-Šimić', orcid: '0000-0002-1825-0097' });
  await profileOf('raw');
}, 180_000);
afterAll(async () => {
  python?.close();
  await lab?.close();
  await rm(folder, { recursive: true, force: true });
});

const profileOf = (name: string) =>
  lab.until(`the profile of ${name}`, async () => {
    const { state } = await lab.api.repositories.profile({ kind: 'dataset', namespace: 'clouds', name });
    return state === 'ready' ? true : undefined;
  });

const at = (name: string, kind: 'dataset' | 'model' = 'dataset') => ({ kind, namespace: 'clouds', name });

async function commit(name: string, files: Record<string, string>, kind: 'dataset' | 'model' = 'dataset') {
  const operations = [];
  for (const [path, text] of Object.entries(files)) {
    const { sha256 } = await uploadBlob({ url: lab.url, token: lab.token }, new TextEncoder().encode(text));
    operations.push({ op: 'add' as const, path, sha256 });
  }
  return lab.api.repositories.commit({ ...at(name, kind), message: `Add to ${name}`, operations });
}

async function exported(name: string, kind: 'dataset' | 'model' = 'dataset'): Promise<Crate> {
  const response = await fetch(`${lab.url}/api/export/${kind}/clouds/${name}/main.zip?format=ro-crate`, {
    headers: { authorization: `Bearer ${lab.token}` },
  });
  expect(response.status).toBe(200);
  const file = join(folder, `${name}.zip`);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return python.ask<Crate>('crate', { path: file });
}

const citation = (
  name: string,
  kind: 'dataset' | 'model' = 'dataset',
): ReturnType<HubApi['metadata']['cite']> => lab.api.metadata.cite(at(name, kind));

describe('a dataset of one file', () => {
  it('is a valid Croissant, on the hub and in a folder, from which rows are read', async () => {
    await lab.api.repositories.update({ ...at('raw'), licence: 'cc-by-4.0' });
    const { croissant } = await lab.api.metadata.croissant(at('raw'));
    const found = await python.ask<Croissant>('croissant', { document: croissant });
    expect(found).toMatchObject({ errors: [], warnings: [], recordSets: ['rows'] });

    const plain = await fetch(`${lab.url}/api/datasets/clouds/raw/croissant`, {
      headers: { authorization: `Bearer ${lab.token}` },
    });
    expect(plain.headers.get('content-type')).toContain('http://mlcommons.org/croissant/1.1');
    expect(await plain.json()).toEqual(croissant);

    const crate = await exported('raw');
    expect(crate.names).toEqual([
      'CITATION.cff',
      'clouds.csv',
      'croissant.json',
      'ro-crate-metadata.json',
      'ro-crate-preview.html',
    ]);
    expect(crate.license).toBe('https://spdx.org/licenses/CC-BY-4.0.html');
    const local = await python.ask<Croissant>('croissant', {
      document: join(crate.folder, 'croissant.json'),
      records: ['rows'],
    });
    expect(local).toMatchObject({ errors: [], warnings: [] });
    expect(local.rows['rows']?.[0]).toMatchObject({ 'rows/a': 0.9061, 'rows/kind': 'one' });
  });

  it('is cited in forms that their own tools take', async () => {
    const { cff, datacite, bibtex, apa, creators } = await citation('raw');
    expect(creators).toEqual([
      { name: 'Ana María O’Neill-Šimić', orcid: '0000-0002-1825-0097', affiliations: ['The lab'] },
    ]);
    expect(await python.ask('cff', { text: cff })).toContain('Ana');
    expect(await python.ask('datacite', { document: datacite })).toBe(true);
    expect(bibtex).toMatch(/^@misc\{oneillsimic\d{4}raw,\n/);
    expect(apa).toMatch(/^O’Neill-Šimić, A\. M\. \(\d{4}\)\. raw \(Version [0-9a-f]{10}\) \[Data set\]\. /);
  });
});

describe('a prepared dataset, and the model made from it', () => {
  it('say what they were made from and by which work', async () => {
    await lab.prepare();
    await profileOf('prepared');
    const { croissant } = await lab.api.metadata.croissant(at('prepared'));
    const found = await python.ask<Croissant>('croissant', { document: croissant });
    expect(found).toMatchObject({ errors: [], recordSets: ['splits', 'train', 'validation', 'test'] });
    expect(croissant).toMatchObject({
      'prov:wasGeneratedBy': { 'prov:label': expect.stringContaining('raw') },
    });

    const crate = await exported('prepared');
    expect(crate.conformsTo).toEqual({ '@id': 'https://w3id.org/ro/wfrun/process/0.5' });
    expect(crate.action?.result).toEqual([{ '@id': './' }]);
    expect(JSON.parse(String(crate.parameters['recipe']))).toMatchObject({ target: 'kind' });
    const local = await python.ask<Croissant>('croissant', {
      document: join(crate.folder, 'croissant.json'),
      records: ['validation', 'splits'],
    });
    expect(local.rows['validation']?.[0]).toMatchObject({ 'validation/split': 'validation' });
    expect(Object.keys(local.rows['validation']?.[0] ?? {})).toContain('validation/kind');

    const run = await lab.endOf((await lab.train('net', { epochs: 2, width: 8 })).id);
    expect(run.state).toBe('succeeded');
    const model = await exported('net', 'model');
    expect(model.names).toContain('model.onnx');
    expect(model.parameters).toMatchObject({ algorithm: 'mlp', seed: 7, lane: 'native' });
    const { cff, datacite } = await citation('net', 'model');
    await python.ask('cff', { text: cff });
    await python.ask('datacite', { document: datacite });
    const { markdown } = await lab.api.metadata.startCard(at('net', 'model'));
    const { errors } = await lab.api.metadata.checkCard({ kind: 'model', markdown });
    expect(errors).toEqual([]);
    expect(markdown).toContain('Baseline: ');
  }, 180_000);
});

describe('a dataset of several files, with a card', () => {
  const card = `---
pretty_name: Birds & {bees} 100%
license: [mit, other]
license_name: house terms
language: [en, "no"]
version: v1.2
tags: [birds, "a:b"]
authors:
- name: Müller, Jörg
  orcid: https://orcid.org/0000-0001-5109-3700
  affiliation: ETH Zürich
  ror: https://ror.org/05a28rw58
- The Birds Consortium and Friends
rai:
  dataBiases: [birds that sing are seen more often]
  dataCollection: By ear.
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train/*.csv
  - split: test
    path: "data/test [1].csv"
---
# Birds

What was heard & seen, <b>"quoted"</b>.
`;
  it('is valid with odd names, and its splits of several files are read from a folder', async () => {
    await lab.api.repositories.create({ ...at('birds'), licence: 'mit' });
    await commit('birds', {
      'README.md': card,
      'data/train/part 1.csv': 'bird,weight kg,seen at\nwren,0.01,2024-01-01\nowl,2.5,2024-01-02\n',
      'data/train/part 2.csv': 'bird,weight kg,seen at\ncrow,0.5,2024-01-03\n',
      'data/test [1].csv': 'bird,weight kg,seen at\njay,0.2,2024-01-04\n',
      'ro-crate-metadata.json': '{}',
      'ümlaut & "x".yaml': 'x',
    });
    await profileOf('birds');
    const { croissant } = await lab.api.metadata.croissant(at('birds'));
    const found = await python.ask<Croissant>('croissant', { document: croissant });
    expect(found).toMatchObject({ errors: [], warnings: [], recordSets: ['splits', 'train', 'test'] });
    expect(croissant).toMatchObject({ version: '1.2.0', 'rai:dataCollection': 'By ear.' });

    const crate = await exported('birds');
    expect(crate.names).toContain('from-repository/ro-crate-metadata.json');
    expect(crate.names).toContain('ümlaut & "x".yaml');
    const local = await python.ask<Croissant>('croissant', {
      document: join(crate.folder, 'croissant.json'),
      records: ['train', 'test'],
    });
    expect(local.rows['train']?.map((row) => row['train/bird'])).toEqual(['wren', 'owl', 'crow']);
    expect(local.rows['test']).toMatchObject([{ 'test/bird': 'jay', 'test/split': 'test' }]);
    const mapped = await python.ask<Croissant>('croissant', {
      document: croissant,
      mapping: { repo: crate.folder },
      records: ['train'],
    });
    expect(mapped.rows['train']).toHaveLength(3);

    const { cff, datacite, bibtex, own } = await citation('birds');
    expect(own).toBeUndefined();
    await python.ask('cff', { text: cff });
    await python.ask('datacite', { document: datacite });
    expect(bibtex).toContain(String.raw`title = {{Birds \& \{bees\} 100\%}},`);
    expect(bibtex).toContain('author = {Müller, Jörg and ');
  });

  it('starts a card that reads as one, and says no values of data that are not public', async () => {
    const { markdown } = await lab.api.metadata.startCard(at('birds'));
    const { errors, tags } = await lab.api.metadata.checkCard({ kind: 'dataset', markdown });
    expect(errors).toEqual([]);
    expect(tags).toContain('license:mit');
    expect(markdown).toContain('`weight kg`');
    expect(markdown).not.toContain('wren');
    await lab.api.repositories.update({ ...at('birds'), visibility: 'public' });
    expect((await lab.api.metadata.startCard(at('birds'))).markdown).toContain('wren');
  });
});

const banyan = (...words: string[]) => printed(words, { folder, as: lab });

describe('the command line', () => {
  it('cites, exports, starts a card, checks it and commits it', async () => {
    expect(await banyan('dataset', 'cite', 'clouds/raw')).toMatch(/^@misc\{/);
    expect(await banyan('dataset', 'cite', 'clouds/raw', '--style', 'cff')).toContain('cff-version: 1.2.0');
    expect(await banyan('dataset', 'export', 'clouds/raw', '--to', 'by-hand.zip')).toMatch(
      /^Wrote by-hand.zip/,
    );
    const names = await python.ask<Record<string, number>>('zip_names', {
      path: join(folder, 'by-hand.zip'),
    });
    expect(Object.keys(names)).toContain('clouds.csv');
    await banyan('dataset', 'export', 'clouds/raw', '--format', 'croissant', '--to', 'raw.json');
    const found = await python.ask<Croissant>('croissant', { document: join(folder, 'raw.json') });
    expect(found.errors).toEqual([]);

    await writeFile(join(folder, 'README.md'), await banyan('dataset', 'card', 'clouds/raw', '--start'));
    expect(await banyan('dataset', 'card', 'clouds/raw', '--check', 'README.md')).toContain('reads well');
    await banyan('dataset', 'card', 'clouds/raw', '--commit', 'README.md', '--message', 'A first card');
    expect(await banyan('dataset', 'card', 'clouds/raw')).toContain('pretty_name: raw');
    await writeFile(join(folder, 'broken.md'), '---\nlicense: mit\ntags:\n  a: 1\n---\n');
    await expect(banyan('dataset', 'card', 'clouds/raw', '--commit', 'broken.md')).rejects.toThrow(
      'broken.md:3',
    );
  });
});
