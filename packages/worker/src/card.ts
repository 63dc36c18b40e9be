import type { Evaluation } from '@banyan/algorithms';
import { describeRuntime, type Lane, type RuntimeFacts } from '@banyan/contract';
import type { Fitted } from '@banyan/data';
import { rawColumns } from '@banyan/engine';
import { stringify } from 'yaml';

interface Source {
  dataset: string;
  revision: string;
}

export interface ModelCard {
  /** `project/name` */
  model: string;
  algorithm: { name: string; title: string; summary: string; formula: string };
  config: Record<string, unknown>;
  seed: number;
  parameters: number;
  steps: number;
  fitted: Fitted;
  source: Source;
  evaluation: Evaluation;
  baseline?: { algorithm: string; evaluation: Evaluation };
  lane: Lane;
  /** What computed it; nothing did for a model that is counted. */
  runtime?: RuntimeFacts;
  /** The file of drawn examples, if there is one. */
  samples?: string;
}

/** The model's README: a YAML head that machines index (Hugging Face's keys), then what people need to trust it. */
export function modelCard(card: ModelCard): string {
  const { algorithm, fitted, source, evaluation, baseline } = card;
  const head = {
    library_name: 'banyan',
    pipeline_tag: pipelineTag(fitted),
    tags: [algorithm.name, fitted.kind, fitted.task],
    datasets: [source.dataset],
    metrics: Object.keys(evaluation.metrics),
    'model-index': [
      {
        name: card.model,
        results: [
          {
            task: { type: pipelineTag(fitted) },
            dataset: { name: source.dataset, type: source.dataset, revision: source.revision, split: 'test' },
            metrics: Object.entries(evaluation.metrics).map(([type, { value }]) => ({ type, value })),
          },
        ],
      },
    ],
  };
  const sections = [
    `# ${card.model}`,
    `${algorithm.title}. ${algorithm.summary}`,
    '## Measured on held-out rows',
    metricsTable(algorithm.name, evaluation, baseline),
    `${evaluation.rows} rows of the test split, which training never saw, with 95 % intervals.`,
    card.samples === undefined
      ? ''
      : `![Originals, reconstructions and a walk through the latent space](${card.samples})`,
    '## Made from',
    [
      `- data: \`${source.dataset}\` at \`${source.revision}\`, ${splitSentence(fitted)}`,
      `- ${card.parameters} parameters, ${card.steps} steps, seed ${card.seed}`,
      ...(card.runtime === undefined
        ? []
        : [`- ${laneSentence(card.lane)} ${describeRuntime(card.runtime)}`]),
      `- formula: \`${algorithm.formula}\``,
    ].join('\n'),
    '```json\n' + JSON.stringify(card.config, undefined, 2) + '\n```',
    '## How to call it',
    howToCall(card),
  ];
  return `---\n${stringify(head)}---\n\n${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const laneSentence = (lane: Lane): string =>
  lane === 'deterministic'
    ? 'deterministic lane: the same data, settings and seed give the same weights, to the bit, on any machine with'
    : 'native lane: the same data, settings and seed give the same weights, to the bit, on a machine alike with';

/** The prepared dataset's README. */
export function datasetCard(fitted: Fitted, sources: readonly Source[]): string {
  const { recipe, seed, task, kind, notes, dropped } = fitted;
  const rows = fitted.splits.train + fitted.splits.valid + fitted.splits.test;
  const files = [
    ['train', 'train.parquet'],
    ['validation', 'valid.parquet'],
    ['test', 'test.parquet'],
  ];
  const head = {
    pretty_name: `${sources[0]?.dataset.split('/')[1] ?? 'data'}, prepared`,
    task_categories: [pipelineTag(fitted)],
    size_categories: [sizeCategory(rows)],
    tags: ['prepared', kind, task],
    source_datasets: [...new Set(sources.map(({ dataset }) => dataset))],
    // Or else a loader would take the JSON files beside them for rows.
    configs: [{ config_name: 'default', data_files: files.map(([split, path]) => ({ split, path })) }],
  };
  const sections = [
    '# Prepared data',
    `Made from ${sources.map(({ dataset, revision }) => `\`${dataset}\` at \`${revision}\``).join(', joined with ')} with seed ${seed}: ${splitSentence(fitted)}. ` +
      `Cleaning dropped ${dropped} rows. All that was measured was measured on the training split alone.`,
    fitted.target === undefined ? '' : `The target of this ${task} is \`${fitted.target.column}\`.`,
    '## Recipe',
    '```yaml\n' + stringify(recipe) + '```',
    notes.length === 0 ? '' : `## Worth knowing\n\n${notes.map((note) => `- ${note}`).join('\n')}`,
  ];
  return `---\n${stringify(head)}---\n\n${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Hugging Face's name for a number of rows. */
function sizeCategory(rows: number): string {
  const steps = ['1K', '10K', '100K', '1M', '10M', '100M', '1B', '10B', '100B', '1T'];
  const index = steps.findIndex((_, step) => rows < 10 ** (step + 3));
  if (index < 0) return 'n>1T';
  return index === 0 ? 'n<1K' : `${steps[index - 1]}<n<${steps[index]}`;
}

const splitSentence = ({ splits, kind }: Fitted): string => {
  const noun = { tabular: 'rows', sequence: 'windows', image: 'images', text: 'documents' }[kind];
  return `${splits.train} ${noun} to train, ${splits.valid} to validate, ${splits.test} to test`;
};

function pipelineTag({ kind, task }: Fitted): string {
  if (task === 'generation') return 'text-generation';
  if (task === 'reconstruction') return 'feature-extraction';
  if (task === 'forecast') return 'time-series-forecasting';
  return kind === 'image' || kind === 'text' ? `${kind}-classification` : `tabular-${task}`;
}

function metricsTable(name: string, evaluation: Evaluation, baseline: ModelCard['baseline']): string {
  const head =
    baseline === undefined ? ['metric', name] : ['metric', name, `baseline: ${baseline.algorithm}`];
  const rows = Object.entries(evaluation.metrics).map(([metric, found]) =>
    [
      metric,
      cell(found),
      ...(baseline === undefined ? [] : [cell(baseline.evaluation.metrics[metric])]),
    ].join(' | '),
  );
  return [head.join(' | '), head.map(() => '---').join(' | '), ...rows].map((row) => `| ${row} |`).join('\n');
}

const cell = (found: { value: number; low: number; high: number } | undefined): string =>
  found === undefined ? '' : `${short(found.value)} (${short(found.low)} to ${short(found.high)})`;

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** A language model lies as Hugging Face's library wants it. */
const loadElsewhere = (model: string): string =>
  `Hugging Face's transformers load its folder as it is, in Python and in JavaScript:\n\n\`\`\`sh\nbanyan pull ${model} --model --to ./model\npython3 -c 'from transformers import pipeline; print(pipeline("text-generation", "./model")("Once"))'\n\`\`\``;

function howToCall({ model, fitted }: ModelCard): string {
  const deploy = `banyan deploy ${model}`;
  const name = model.replace('/', '-');
  if (fitted.task === 'generation')
    return `\`\`\`sh\n${deploy}\ncurl $HUB/v1/completions -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\\n  -d '{"model": "${name}", "prompt": "Once", "max_tokens": 100}'\n\`\`\`\n\n${loadElsewhere(model)}`;
  const columns =
    fitted.text === undefined
      ? rawColumns(fitted.columns).map(
          (column) => [column.name, column.input === 'number' ? 0 : 'text'] as const,
        )
      : [[fitted.text.column, 'What it is about'] as const];
  const row = JSON.stringify(Object.fromEntries(columns));
  const example = fitted.window === undefined ? row : `[${row}, ...]`;
  const note =
    fitted.text !== undefined
      ? 'It takes raw texts; `tokenizer.json` makes of them what `model.onnx` takes: `input_ids` and `attention_mask`.'
      : fitted.window === undefined
        ? 'It takes raw rows; the preparation is inside `model.onnx`, which runs wherever ONNX Runtime does.'
        : `It takes windows of ${fitted.window.length} raw rows, oldest first; the preparation is inside \`model.onnx\`.`;
  const quoted = `'${example.replaceAll("'", String.raw`'\''`)}'`;
  const body = fitted.kind === 'image' ? '' : `\nbanyan predict ${name} --row ${quoted}`;
  return `\`\`\`sh\n${deploy}${body}\n\`\`\`\n\n${note}`;
}
