import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type AlgorithmName,
  answersOf,
  catalogue,
  decodeLatent,
  type FitData,
  type FitEvent,
  fit,
  reconstruct,
  type TrainedModel,
} from '@banyan/algorithms';
import {
  digits,
  labelledDigits,
  mobyDick,
  penguinMasses,
  penguins,
  seattleWeather,
} from '../../packages/algorithms/src/testing/real-data.ts';
import { bars, curves, type Drawn, type Mark, pictures } from './chart.ts';
import { mails } from './mails.ts';
import { FIGURES, type Figure } from './pages.ts';
import { textbookFigures } from './textbook-figures.ts';

const folder = fileURLToPath(new URL(`../../${FIGURES}/`, import.meta.url));

/** Trains, draws and writes the figures named, or all; captions go into figures.json beside them. */
export async function drawFigures(names: readonly string[], say: (text: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = `${folder}figures.json`;
  const captions = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Record<string, Figure>;
  const all = { ...algorithmFigures, ...textbookFigures };
  for (const [name, draw] of Object.entries(all).filter(
    ([name]) => names.length === 0 || names.includes(name),
  )) {
    say(`drawing ${name} ...`);
    const { svg, caption } = await draw();
    await writeFile(`${folder}${name}.svg`, svg.endsWith('\n') ? svg : `${svg}\n`);
    captions[name] = { caption };
    const sorted = Object.fromEntries(Object.entries(captions).sort(([a], [b]) => a.localeCompare(b)));
    await writeFile(path, `${JSON.stringify(sorted, undefined, 2)}\n`);
  }
}

interface Learned {
  model: TrainedModel;
  valid: Extract<FitEvent, { kind: 'valid' }>[];
}

async function learn(name: AlgorithmName, config: Record<string, unknown>, data: FitData): Promise<Learned> {
  const events = fit(name, config, data, { seed: 1, threads: 2 });
  const valid: Learned['valid'] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done) return { model: value, valid };
    if (value.kind === 'valid') valid.push(value);
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const finalOf = ({ valid }: Learned, metric: string): number => valid.at(-1)!.metrics[metric]!;

/** A metric of the validation split while an algorithm learns, and what its baseline reaches. */
async function progress(
  name: AlgorithmName,
  config: Record<string, unknown>,
  data: FitData,
  [metric, title]: readonly [string, string],
  of: string,
): Promise<Drawn> {
  const learned = await learn(name, config, data);
  const rival = catalogue[name].baselineFor(data.shape.task, learned.model.config);
  const level = finalOf(await learn(rival.name, rival.config ?? {}, data), metric);
  const measured = learned.valid.filter(({ metrics }) => metrics[metric] !== undefined);
  const marks: Mark[] = measured.map(({ step, metrics }) => ({
    x: step,
    y: metrics[metric]!,
    series: catalogue[name].title,
  }));
  return {
    svg: await curves(marks, ['gradient step', title], { name: catalogue[rival.name].title, value: level }),
    caption: `${sentence(title)} ${of}: ${finalOf(learned, metric).toPrecision(3)} in the end; ${rival.name}: ${level.toPrecision(3)}.`,
  };
}

/** What several algorithms, the simplest first, reach on the same split; the last of them so configured. */
async function rivals(
  names: readonly AlgorithmName[],
  data: FitData,
  [metric, title]: readonly [string, string],
  of: string,
  config: Record<string, unknown> = {},
): Promise<Drawn> {
  const reached: Record<string, number> = {};
  for (const name of names)
    reached[catalogue[name].title] = finalOf(
      await learn(name, name === names.at(-1) ? config : {}, data),
      metric,
    );
  const [least = 0] = Object.values(reached);
  return {
    svg: await bars(reached, title),
    caption: `${sentence(title)} ${of}. ${catalogue[names[0]!].title}: ${least.toPrecision(3)}, from which the others are to be judged.`,
  };
}

const ofPenguins =
  'in telling apart three species of penguins from four measures, on birds that training never saw';
const ofWeather = "of tomorrow's highest temperature in Seattle, from the last 14 days";
const ofNovel = 'of Moby Dick, on 20,000 bytes that training never saw';
const novel = () => mobyDick(200_000, 20_000);
const gptConfig = { context: 64, width: 64, layers: 2, heads: 4, steps: 400, validateEvery: 40 };

function fewDigits(): FitData {
  const { shape, train, test } = labelledDigits(6000, 1000);
  return { shape, train, valid: test };
}

const algorithmFigures: Record<string, () => Promise<Drawn>> = {
  linear: () =>
    progress('linear', { epochs: 30, patience: 0 }, penguins(), ['accuracy', 'accuracy'], ofPenguins),
  mlp: () => progress('mlp', { epochs: 30, patience: 0 }, penguins(), ['accuracy', 'accuracy'], ofPenguins),
  cnn: () =>
    progress(
      'cnn',
      { epochs: 6, patience: 0 },
      fewDigits(),
      ['accuracy', 'accuracy'],
      'on 1,000 handwritten digits, after 6,000 for training',
    ),
  bert: async () =>
    progress(
      'bert',
      { patience: 0 },
      await mails(),
      ['accuracy', 'accuracy'],
      'in telling wanted mails from unwanted ones (SpamAssassin), on mails of unknown origins, while the task is learned',
    ),
  gpt: () => progress('gpt', gptConfig, novel(), ['bits_per_byte', 'bits per byte'], ofNovel),
  majority: () => rivals(['majority', 'linear', 'mlp'], penguins(), ['accuracy', 'accuracy'], ofPenguins),
  mean: () =>
    rivals(
      ['mean', 'linear', 'mlp'],
      penguinMasses(),
      ['rmse', 'root mean squared error in grams'],
      'of the body mass of penguins, from three lengths',
    ),
  persistence: () =>
    rivals(
      ['mean', 'persistence', 'rnn'],
      seattleWeather(14),
      ['rmse', 'root mean squared error in °C'],
      ofWeather,
    ),
  unigram: () =>
    rivals(['unigram', 'bigram', 'gpt'], novel(), ['bits_per_byte', 'bits per byte'], ofNovel, gptConfig),
  bigram: () =>
    rivals(['unigram', 'bigram', 'gpt'], novel(), ['bits_per_byte', 'bits per byte'], ofNovel, gptConfig),
  rnn: forecasts,
  vae: walk,
};

/** The last sixty days: what came, and what had been said the day before. */
async function forecasts(): Promise<Drawn> {
  const data = seattleWeather(14);
  const learned = await learn('rnn', { epochs: 20 }, data);
  const { value } = await answersOf(learned.model, data.valid);
  const days = 60;
  const marks: Mark[] = Array.from({ length: days }, (_, day) => day).flatMap((day) => {
    const row = data.valid.rows - days + day;
    return [
      { x: day, y: data.valid.y![row]!, series: 'measured' },
      { x: day, y: value![row]!, series: 'forecast' },
    ];
  });
  const rmse = finalOf(learned, 'rmse');
  const naive = finalOf(await learn('persistence', {}, data), 'rmse');
  return {
    svg: await curves(marks, ['day', 'highest temperature, °C']),
    caption: `Sixty days of the forecast ${ofWeather}: root mean squared error ${rmse.toPrecision(3)} °C over all days; persistence: ${naive.toPrecision(3)} °C.`,
  };
}

/** Three rows of pictures: digits, their reconstructions, and what lies between two codes. */
async function walk(): Promise<Drawn> {
  const data = digits(10_000);
  const learned = await learn('vae', { epochs: 12, latent: 8 }, data);
  const columns = 12;
  const { originals, reconstructions, codes } = await examplesOf(learned.model, data, columns);
  const [first, last] = [codes.subarray(0, 8), codes.subarray(8 * (columns - 1))];
  const path = Float32Array.from({ length: columns * 8 }, (_, i) => {
    const share = Math.floor(i / 8) / (columns - 1);
    return first[i % 8]! * (1 - share) + last[i % 8]! * share;
  });
  const between = await decodeLatent(learned.model, path);
  const loss = finalOf(learned, 'loss');
  return {
    svg: pictures([originals, reconstructions, between], columns),
    caption: `Digits that training never saw, their reconstructions from 8 numbers, and the way from the first to the last through the codes; ${loss.toFixed(0)} nats a digit.`,
  };
}

async function examplesOf(model: TrainedModel, data: FitData, count: number) {
  const originals = Float32Array.from(
    (data.valid.x as Uint8Array).subarray(0, count * 784),
    (pixel) => pixel / 255,
  );
  const { reconstruction, latent } = await reconstruct(model, originals);
  return { originals, reconstructions: reconstruction, codes: latent };
}
