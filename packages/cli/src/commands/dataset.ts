import type { Command } from 'commander';
import { formatBytes, formatNumber, formatTime } from '../amounts.ts';
import { group, leaf, withHub } from '../command.ts';
import { defined } from '../defined.ts';
import { everyFile } from '../every-file.ts';
import { everyPage } from '../every-page.ts';
import type { Shell } from '../shell.ts';
import { facts, table } from '../table.ts';
import { parsePath } from '../values.ts';
import { addCard } from './dataset-card.ts';
import { addCite } from './dataset-cite.ts';
import { addExport } from './dataset-export.ts';
import { addPublish } from './dataset-publish.ts';
import { addQuality } from './dataset-quality.ts';
import { addDatasetRows } from './dataset-rows.ts';
import { addDatasetSearch } from './dataset-search.ts';
import { addDatasetStats } from './dataset-stats.ts';
import { readProfile } from './read-profile.ts';

export function addDataset(program: Command, shell: Shell): void {
  const dataset = group(program, 'dataset', 'Datasets: what there is, what is in them, under which terms');

  leaf(dataset, 'list', 'Datasets I can see', [
    'dataset list',
    'dataset list --project flora',
    'dataset list --model',
  ])
    .option('--project <slug>', 'in the project or granted to it')
    .option('--search <text>', 'whose name or title holds this')
    .option('--model', 'models instead')
    .action(
      withHub(
        shell,
        async ({ hub, print }, options: { project?: string; search?: string; model?: boolean }) => {
          const { project, search } = options;
          const kind = options.model === true ? 'model' : 'dataset';
          const all = await everyPage((cursor) =>
            hub.repositories.list(defined({ ...cursor, kind, project, search })),
          );
          const rows = all.map((item) => [
            item.path,
            item.title,
            item.visibility,
            item.rights?.id ?? '',
            item.access.read ? 'read' : 'ask',
            formatTime(item.updatedAt),
          ]);
          print(all, table([kind, 'title', 'visibility', 'licence', 'access', 'updated'], rows));
        },
      ),
    );

  leaf(dataset, 'show <dataset>', 'Terms, licence, files of a version', [
    'dataset show eth/penguins',
    'dataset show flora/species --model',
  ])
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .option('--model', 'a model instead')
    .action(
      withHub(shell, async ({ hub, print }, path: string, options: { revision: string; model?: boolean }) => {
        const at = {
          kind: options.model === true ? ('model' as const) : ('dataset' as const),
          ...parsePath(path),
        };
        const found = await hub.repositories.get(at);
        const readable = found.access.read && found.head !== undefined;
        const tree = readable ? await everyFile(hub, { ...at, revision: options.revision }) : undefined;
        const about = facts({
          [found.kind]: `${found.path}${found.title === '' ? '' : ` (${found.title})`}`,
          visibility: found.visibility,
          licence: found.rights && `${found.rights.name} (${found.rights.id})`,
          'card says': found.rights?.cardSays,
          summary: found.summary,
          tags: found.tags.join(', '),
          terms: found.terms.text,
          purposes: found.terms.purposes.join(', '),
          algorithms: found.terms.algorithms?.join(', '),
          sites: found.terms.sites?.join(', '),
          'made from': found.sources
            .map((source) => `${source.dataset}@${source.revision.slice(0, 8)}`)
            .join(', '),
          access: found.access.read
            ? found.access.write
              ? 'read and write'
              : 'read'
            : `none: ${found.access.reason}`,
          version: tree && `${tree.commit.id.slice(0, 8)} ${tree.commit.message} (${tree.commit.author})`,
        });
        const files = tree?.files.map((file) => [
          file.path,
          formatBytes(file.sizeBytes),
          file.sha256.slice(0, 12),
        ]);
        print(
          { ...found, ...(tree === undefined ? {} : tree) },
          files === undefined ? about : `${about}\n\n${table(['file', 'size', 'sha256'], files)}`,
        );
      }),
    );

  addDatasetRows(dataset, shell);
  addDatasetSearch(dataset, shell);
  addDatasetStats(dataset, shell);
  addCite(dataset, shell);
  addExport(dataset, shell);
  addCard(dataset, shell);

  leaf(dataset, 'profile <dataset>', 'Statistics of every column', ['dataset profile eth/penguins'])
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .action(
      withHub(shell, async (context, path: string, { revision }: { revision: string }) => {
        const profile = (await readProfile(context, path, revision)).profile;
        const { rows, columns } = profile as object as ProfileView;
        const lines = columns.map(({ name, type, missing, distinct, numbers, top }) => [
          name,
          type,
          String(missing),
          String(distinct),
          numbers === undefined ? '' : [numbers.min, numbers.mean, numbers.max].map(formatNumber).join(' / '),
          (top ?? [])
            .slice(0, 3)
            .map(({ value, count }) => `${value} (${count})`)
            .join(', ')
            .slice(0, 50),
        ]);
        const head = ['column', 'type', 'missing', 'distinct', 'min / mean / max', 'most frequent'];
        context.print(profile, `${table(head, lines)}\n${rows} rows`);
      }),
    );

  addQuality(dataset, shell);
  addPublish(dataset, shell);
}

/** What this page shows of the data package's Profile. */
interface ProfileView {
  rows: number;
  columns: {
    name: string;
    type: string;
    missing: number;
    distinct: number;
    numbers?: { min: number; mean: number; max: number };
    top?: { value: string | boolean; count: number }[];
  }[];
}
