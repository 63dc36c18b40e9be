import { readFile } from 'node:fs/promises';
import { asHubError } from '@banyan/contract';
import { commit, createRepo, uploadFile } from '@huggingface/hub';
import { packageFile } from '../package-file.ts';
import * as say from './say.ts';
import type { World } from './world.ts';

const path = 'canopy/Movies';
const at = { kind: 'dataset', namespace: 'canopy', name: 'Movies' } as const;
const card = `---
license: cc0-1.0
language: en
pretty_name: Movies
tags: [film, ratings]
---
# Movies

Budgets, takings and ratings of 3,201 films. Many values are missing.
`;

/** The data room: an unchanged Hugging Face client pushes, SQL looks in, a pull request mends, every version stays. */
export async function movies(world: World): Promise<void> {
  say.heading('The data room: pushed by a Hugging Face client, asked in SQL, mended by a pull request');
  await pushByHuggingFace(world);
  await look(world);
  await mend(world);
  world.addresses.push(['the data room', `${world.hub.url}/datasets/${path}`]);
}

async function pushByHuggingFace({ kwame, hub }: World): Promise<void> {
  const client = { hubUrl: hub.url, accessToken: kwame.token };
  const repo = { type: 'dataset', name: path } as const;
  await createRepo({ ...client, repo, private: true });
  await commit({
    ...client,
    repo,
    title: 'The films as they came',
    operations: [
      {
        operation: 'addOrUpdate',
        path: 'movies.json',
        content: new Blob([await readFile(packageFile('vega-datasets', 'data/movies.json'))]),
      },
      { operation: 'addOrUpdate', path: 'README.md', content: new Blob([card]) },
    ],
  });
  say.line(`the npm package @huggingface/hub made ${path} and pushed its files`);
}

async function look({ kwame }: World): Promise<void> {
  const { namespace, name } = at;
  const sql = `select "Major Genre" as genre, count(*) as films, round(avg("IMDB Rating"), 2) as rating
    from train where "Major Genre" is not null group by all having films > 100 order by rating desc limit 5`;
  for (;;) {
    const answer = await kwame.api.data.sql({ namespace, name, sql });
    if (answer.state === 'pending') {
      say.progress(answer.message ?? 'a worker reads the files');
      await new Promise((done) => setTimeout(done, 300));
      continue;
    }
    say.line(`asked in SQL, on a worker, in ${answer.elapsedMs.toFixed(0)} ms:`);
    say.table(
      answer.columns.map((column) => column.name),
      answer.rows.map((row) => row.map(String)),
    );
    break;
  }
  const refusal = await kwame.api.data
    .sql({ namespace, name, sql: "select * from read_text('/etc/passwd')" })
    .then(() => undefined, asHubError);
  if (refusal === undefined) throw new Error('A query read a file of the worker.');
  say.line(`a query for /etc/passwd is refused: "${refusal.message.split('\n')[0]}"`);
}

async function mend({ ingrid, kwame, hub }: World): Promise<void> {
  const before = await kwame.api.repositories.get(at);
  const proposed = await uploadFile({
    hubUrl: hub.url,
    accessToken: ingrid.token,
    repo: { type: 'dataset', name: path },
    file: { path: 'README.md', content: new Blob([`${card}\nTakings are in US dollars, not adjusted.\n`]) },
    commitTitle: 'Say which dollars',
    isPullRequest: true,
  });
  const number = Number(proposed?.pullRequestUrl?.split('/').at(-1));
  await kwame.api.discussions.comment({ ...at, number, markdown: 'Thank you, that was missing.' });
  await kwame.api.discussions.merge({ ...at, number });
  const { items } = await kwame.api.repositories.history({ ...at, revision: 'main' });
  say.line(`ingrid proposed a change (pull request ${number}), kwame merged it; the versions of ${path}:`);
  say.table(
    ['version', 'by', 'what'],
    items.map(({ id, author, message }) => [id.slice(0, 8), author, message]),
  );
  const old = await kwame.api.repositories.card({ ...at, revision: before.head ?? 'main' });
  if (old.markdown.includes('dollars')) throw new Error('The version before the merge changed.');
}
