import type { Evaluation } from '@banyan/contract';
import type { VersionFacts } from '../metadata/facts.ts';
import type { Activity } from '../metadata/provenance.ts';
import { cell, headOf, provenanceLines, section, table } from './start-parts.ts';

interface Known {
  facts: VersionFacts;
  madeBy: Activity | undefined;
  files: readonly { path: string }[];
}

/** A model's first README: its run, data and scores are filled in, what only its authors know is asked in italics. */
export function modelCard({ facts, madeBy, files }: Known): string {
  const run = madeBy?.run;
  const has = (path: string) => files.some((file) => file.path === path);
  const own = has('banyan.json');
  const library =
    facts.card.fields.library_name ?? (own ? 'banyan' : has('config.json') ? 'transformers' : undefined);
  const datasets = facts.sources.map(({ path }) => path);
  const evaluation = run?.evaluation ?? undefined;
  const task = facts.card.fields.pipeline_tag;
  const [licence] = facts.licences;
  const head = {
    license:
      licence === undefined
        ? undefined
        : licence.id.startsWith('LicenseRef-')
          ? 'other'
          : licence.id.toLowerCase(),
    ...(licence?.id.startsWith('LicenseRef-') ? { license_name: licence.name } : {}),
    language: facts.languages.length > 0 ? facts.languages : undefined,
    library_name: library,
    pipeline_tag: task,
    tags: [
      ...new Set([
        ...facts.keywords.filter((word) => word !== library && word !== task),
        ...(run ? [run.spec.algorithm] : []),
      ]),
    ],
    datasets,
    ...(facts.card.fields.base_model === undefined ? {} : { base_model: facts.card.fields.base_model }),
    ...(evaluation === undefined
      ? {}
      : {
          metrics: Object.keys(evaluation.metrics),
          'model-index': [
            {
              name: facts.path,
              results: [
                {
                  task: { type: task ?? 'other' },
                  dataset: { name: datasets[0] ?? 'unknown', type: datasets[0] ?? 'unknown', split: 'test' },
                  metrics: Object.entries(evaluation.metrics).map(([type, { value }]) => ({ type, value })),
                },
              ],
            },
          ],
        }),
  };
  const sections = [
    `# ${facts.title}`,
    '_In a few sentences: what does it do, for whom, and how well?_',
    section('Intended use', [
      '_What is it made for? What should nobody use it for? On whom or what has it not been tried?_',
    ]),
    section('How good it is', [
      evaluation === undefined
        ? '_How was it measured, on which data, and beside what?_'
        : scores(evaluation, run?.baseline),
    ]),
    section('What it was made from', [
      provenanceLines(facts, madeBy),
      run === undefined
        ? '_Which data, which code, which settings?_'
        : `${run.spec.algorithm}, in the ${run.spec.lane} lane, with this configuration:\n\n\`\`\`json\n${JSON.stringify(run.spec.config, undefined, 2)}\n\`\`\``,
    ]),
    section('How to use it', [
      howToUse(facts, {
        own,
        onnx: files.map(({ path }) => path).find((path) => path.endsWith('.onnx')),
        library,
      }),
    ]),
    section('Limits and risks', [
      '_Where does it fail? Whom could a wrong answer harm? What was done about it?_',
    ]),
  ];
  return `${headOf(head, asked)}\n${sections.filter((part) => part !== '').join('\n\n')}\n`;
}

const asked: Record<string, string> = {
  license: 'as apache-2.0',
  language: 'as [en]; leave it out when it reads no language',
  library_name: 'as transformers',
  pipeline_tag: 'as text-classification',
};

type Baseline = NonNullable<Activity['run']>['baseline'] | undefined;

function scores(evaluation: Evaluation, baseline: Baseline): string {
  const rows = Object.entries(evaluation.metrics).map(([metric, found]) => {
    const beside = baseline?.evaluation.metrics[metric];
    return [cell(metric), interval(found), beside === undefined ? '' : interval(beside)];
  });
  const head = ['Metric', 'This model', baseline ? `Baseline: ${baseline.algorithm}` : ''];
  return `${table(head, rows)}\n\nOn ${evaluation.rows} held-out rows, with 95 % intervals.`;
}

const interval = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${short(value)} (${short(low)} to ${short(high)})`;
const short = (value: number): string => String(Number(value.toPrecision(4)));

function howToUse(
  { path, hubUrl }: VersionFacts,
  { own, onnx, library }: { own: boolean; onnx: string | undefined; library: string | undefined },
): string {
  const parts = [
    own
      ? `Behind an address of this hub:\n\n${fence('sh', [`banyan deploy ${path}`])}`
      : `Its files:\n\n${fence('sh', [`banyan pull ${path} --model --to ./model`])}`,
  ];
  if (library === 'transformers')
    parts.push(
      `With transformers:\n\n${fence('python', [`# export HF_ENDPOINT=${hubUrl} HF_TOKEN=hf_...`, 'from transformers import AutoModel, AutoTokenizer', '', `model = AutoModel.from_pretrained("${path}")`, `tokenizer = AutoTokenizer.from_pretrained("${path}")`])}`,
    );
  if (onnx !== undefined)
    parts.push(
      `Wherever ONNX Runtime runs${own ? '; the preparation is inside the graph, which takes raw rows' : ''}:\n\n${fence(
        'python',
        [
          `# export HF_ENDPOINT=${hubUrl} HF_TOKEN=hf_...`,
          'import onnxruntime',
          'from huggingface_hub import hf_hub_download',
          '',
          `session = onnxruntime.InferenceSession(hf_hub_download("${path}", "${onnx}"))`,
          'print([(one.name, one.shape, one.type) for one in session.get_inputs()])',
        ],
      )}`,
    );
  return parts.join('\n\n');
}

const fence = (language: string, lines: string[]) => [`\`\`\`${language}`, ...lines, '```'].join('\n');
