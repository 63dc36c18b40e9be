import * as say from './say.ts';
import { project, type World } from './world.ts';

/** The table of results, who contributed what, and where to look. */
export async function report(world: World): Promise<void> {
  say.heading('Results on held-out data');
  say.table(
    ['task', 'algorithm', 'metric', 'value', '95 % interval', 'baseline', 'its value', 'seconds'],
    world.results.map((result) => [
      result.task,
      result.algorithm,
      result.metric,
      result.value.toFixed(4),
      `[${result.low.toFixed(4)}, ${result.high.toFixed(4)}]`,
      result.baseline,
      result.baselineValue.toFixed(4),
      result.seconds.toFixed(0),
    ]),
  );
  say.heading('Who contributed what');
  const credits = await world.sofia.api.projects.credits({ slug: project });
  say.table(
    ['who', 'datasets', 'recipes', 'runs', 'models', 'decisions', 'compute'],
    credits.map((credit) => [
      credit.organisation ?? credit.username ?? '',
      ...[credit.datasets, credit.recipes, credit.runs, credit.models, credit.reviews].map(String),
      `${credit.computeSeconds.toFixed(0)} s`,
    ]),
  );
  const { entries, intact } = await world.sofia.api.ledger.verify({});
  if (!intact) throw new Error('The ledger does not verify.');
  say.line(`ledger: ${entries} entries, their chain of hashes is intact`);
  say.heading('Look at it in the browser');
  for (const [what, url] of world.addresses) say.line(`${what.padEnd(24)} ${url}`);
}
