import { packageFile } from '../package-file.ts';
import * as say from './say.ts';
import { finished, project, push, trainAndNote, type World } from './world.ts';

/** A recurrent network on a month of days says tomorrow's highest temperature. */
export async function weather(world: World): Promise<void> {
  say.heading("Tomorrow's temperature from a month of days (rnn)");
  const { kwame } = world;
  await kwame.api.repositories.create({
    kind: 'dataset',
    namespace: project,
    name: 'weather',
    title: 'Daily weather of Seattle, 2012 to 2015',
    licence: 'CC0-1.0',
  });
  await push(
    kwame,
    { kind: 'dataset', namespace: project, name: 'weather' },
    [{ path: 'weather.csv', from: packageFile('vega-datasets', 'data/seattle-weather.csv') }],
    'Four years of days',
  );
  const columns = ['temp_max', 'temp_min', 'precipitation', 'wind'];
  const job = await kwame.api.jobs.prepare({
    project,
    dataset: `${project}/weather`,
    output: `${project}/weather-prepared`,
    recipe: {
      task: 'forecast',
      target: 'temp_max',
      steps: [
        { impute: { columns, numbers: 'median' } },
        { scale: { columns, method: 'standard' } },
        { window: { length: 30, horizon: 1, order: 'date', columns } },
      ],
      split: { method: 'time', by: 'date', train: 0.7, valid: 0.1, test: 0.2 },
    },
  });
  await finished(kwame, job);
  await trainAndNote(world, "tomorrow's temperature", 'rmse', (value, baseline) => value < baseline, {
    project,
    name: 'LSTM on 30 days',
    algorithm: 'rnn',
    config: { cell: 'lstm' },
    dataset: `${project}/weather-prepared`,
    model: `${project}/tomorrow`,
  });
}
