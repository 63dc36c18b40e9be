import { describe, expect, it } from 'vitest';
import { sizeCategory } from './fields.ts';
import { parseCard } from './front-matter.ts';
import { findLicence, sameLicence } from './licences.ts';
import { rightsOf } from './rights.ts';
import { summaryOf } from './summary.ts';
import { cardTags } from './tags.ts';

const card = (head: string, body = '# Title\n') => parseCard(`---\n${head}\n---\n${body}`);
const messages = (problems: { message: string }[]) => problems.map(({ message }) => message).join(' ');

describe('the YAML head of a card', () => {
  it('gives its fields, the body, and what nobody here knows', () => {
    const { data, fields, body, errors, warnings } = card(
      'license: mit\nlanguage:\n- en\n- no\ntags: [birds]\nunknown: {deep: [1, true, null]}\n' +
        'configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: train/*.parquet',
    );
    expect(errors).toEqual([]);
    expect(warnings).toEqual([]);
    expect(data['unknown']).toEqual({ deep: [1, true, null] });
    expect(fields).toMatchObject({ license: ['mit'], language: ['en', 'no'], tags: ['birds'] });
    expect(fields.configs?.[0]?.data_files).toEqual([{ split: 'train', path: ['train/*.parquet'] }]);
    expect(body).toBe('# Title\n');
  });

  it('reads what Windows, an editor and a template leave', () => {
    expect(parseCard('\ufeff---\r\nlicense: mit\r\n---\r\n# A\r\n').fields.license).toEqual(['mit']);
    expect(parseCard('---\nlanguage:\ntags: []\n---\n')).toMatchObject({ errors: [], fields: {} });
    expect(parseCard('---\n---\nbody')).toMatchObject({ body: 'body', errors: [] });
    expect(parseCard('# No head\n\n---\nlicense: mit\n---\n').data).toEqual({});
    expect(messages(parseCard('# No head').warnings)).toContain('no YAML head');
    expect(messages(parseCard('---\nlicense: mit\n').errors)).toContain('not closed');
  });

  it('says what is wrong, at its line, and keeps what is right', () => {
    const broken = card('license: mit\ntags: [a, b\npretty_name: x');
    expect(broken.errors[0]?.line).toBeGreaterThanOrEqual(3);
    expect(broken.data).toEqual({});
    const shapes = card('license: mit\ntags:\n  a: 1\nmodel-index: 3\nlicense: apache-2.0');
    expect(shapes.errors.map(({ line }) => line)).toEqual([6, 3, 5]);
    expect(messages(shapes.errors)).toMatch(/"license" is there twice.*"tags" .*"model-index" /);
    expect(shapes.fields.license).toEqual(['apache-2.0']);
    expect(messages(card('license: my-own\nlanguage: English').warnings)).toMatch(/"my-own".*"English"/);
    expect(messages(card('- a\n- b').errors)).toContain('key: value');
  });

  it('stands bombs, depth, size and what a database cannot hold', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [index, name] of ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].entries())
      bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[index]}`).join(',')}]`);
    expect(messages(card(bomb.join('\n')).errors)).toContain('aliases');
    expect(messages(card(`a: ${'['.repeat(100_000)}`).errors)).not.toBe('');
    expect(messages(card(`a: ${'['.repeat(50)}${']'.repeat(50)}`).errors)).toContain('nests deeper');
    expect(messages(card(`a: ${'x'.repeat(300_000)}`).errors)).toContain('longer than');
    const odd = card('a: "x\\0y"\nb: "\\uD800"\nc: .nan\n__proto__: {polluted: true}');
    expect(odd.data).toEqual({ a: 'xy', b: '\ufffd', c: null });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(odd.warnings).toHaveLength(1);
  });

  it('reads the worst heads too: the square of their size would be a minute', () => {
    const heads = [
      Array.from({ length: 30_000 }, (_, key) => `k${key}: 1`).join('\n'),
      `a: ${'[1,'.repeat(5000)}`,
      `a: "${'\\x41'.repeat(60_000)}"`,
      '? '.repeat(5000),
      '- '.repeat(5000),
    ];
    const [keys, ...others] = heads.map((head) => card(head.slice(0, 250_000)));
    expect(Object.keys(keys?.data ?? {}).length).toBeGreaterThan(20_000);
    for (const { body } of others) expect(body).toBe('# Title\n');
  });
});

describe('licences', () => {
  it('are found in SPDX whatever their case, by the names of Hugging Face too', () => {
    expect(findLicence('apache-2.0')).toMatchObject({ id: 'Apache-2.0', known: true });
    expect(findLicence('GPL-3.0')).toMatchObject({ id: 'GPL-3.0-only' });
    expect(findLicence('cc-by-4.0').url).toBe('https://spdx.org/licenses/CC-BY-4.0.html');
    expect(findLicence('llama3')).toMatchObject({ id: 'LicenseRef-llama3', known: true });
    expect(findLicence('Our terms/2')).toEqual({
      id: 'LicenseRef-Our-terms-2',
      name: 'Our terms/2',
      known: false,
    });
    expect(findLicence('other', { name: 'house', link: 'javascript:alert(1)' })).toEqual({
      id: 'LicenseRef-house',
      name: 'house',
      known: true,
    });
    for (const name of ['toString', 'constructor'])
      expect(findLicence(name)).toEqual({ id: `LicenseRef-${name}`, name, known: false });
    expect(sameLicence('MIT', 'mit')).toBe(true);
    expect(sameLicence('mit', 'apache-2.0')).toBe(false);
  });
});

describe('tags', () => {
  it('are those that Hugging Face makes of a card', () => {
    const model = card(
      'license: mit\nlanguage: en\nlibrary_name: transformers\npipeline_tag: text-generation\ntags: [poems]\n' +
        'datasets: [a/b]\nbase_model: gpt2\nbase_model_relation: finetune',
      'See https://arxiv.org/abs/1706.03762.',
    );
    expect(cardTags('model', model)).toEqual([
      'transformers',
      'text-generation',
      'poems',
      'license:mit',
      'language:en',
      'en',
      'dataset:a/b',
      'base_model:gpt2',
      'base_model:finetune:gpt2',
      'arxiv:1706.03762',
    ]);
  });

  it('name the bucket of a size', () => {
    const found = [0, 999, 1000, 9999, 10_000, 1e6, 999_999_999, 1e9, 5e12].map(sizeCategory);
    expect(found.join(' ')).toBe('n<1K n<1K 1K<n<10K 1K<n<10K 10K<n<100K 1M<n<10M 100M<n<1B 1B<n<10B n>1T');
  });
});

describe('what a repository shows of its card', () => {
  it('is the first paragraph, as plain text', () => {
    const body =
      '# Penguins\n\n![map](map.png)\n\n> A quote.\n\nSizes of **three** [species](x.md)\nof `penguins`.\n\nMore.';
    expect(summaryOf(body)).toBe('Sizes of three species of penguins.');
    expect(summaryOf('# Only a title\n\n- a\n- list\n')).toBe('');
    expect(summaryOf('word '.repeat(200))).toHaveLength(300);
    const start = performance.now();
    summaryOf(`${'[('.repeat(10_000)}${'<'.repeat(10_000)}${'*'.repeat(10_000)}`);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('is one licence, and that the card names another', () => {
    expect(rightsOf({ licence: null, card: { license: 'mit' } })).toMatchObject({ id: 'MIT', known: true });
    expect(rightsOf({ licence: 'MIT', card: { license: ['mit'] } })).not.toHaveProperty('cardSays');
    expect(rightsOf({ licence: 'cc0-1.0', card: { license: 'mit' } })).toMatchObject({
      id: 'CC0-1.0',
      cardSays: 'mit',
    });
    expect(rightsOf({ licence: 'other', card: { license: 'other', license_name: 'house' } })).toMatchObject({
      name: 'house',
    });
    expect(rightsOf({ licence: null, card: null })).toBeUndefined();
  });
});
