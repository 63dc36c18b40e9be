import { asHubError } from '@banyan/contract';
import { type Command, Option } from 'commander';
import { leaf, withHub } from '../command.ts';
import { CliError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { parsePath } from '../values.ts';

interface PublishOptions {
  to: 'public' | 'gated' | 'private';
  model?: boolean;
  acknowledgePersonalData?: boolean;
}

/** Who may see a repository; one that opens must not do so with personal data that nobody has looked at. */
export function addPublish(dataset: Command, shell: Shell): void {
  leaf(dataset, 'publish <dataset>', 'Open a dataset to others, or close it again', [
    'dataset publish eth/penguins',
    'dataset publish eth/patients --to gated --acknowledge-personal-data',
  ])
    .addOption(
      new Option('--to <who>', 'who sees it').choices(['public', 'gated', 'private']).default('public'),
    )
    .option('--model', 'a model instead')
    .option(
      '--acknowledge-personal-data',
      'I know the columns that "dataset quality" calls personal data, and others may read them',
    )
    .action(
      withHub(shell, async ({ hub, print }, path: string, options: PublishOptions) => {
        const kind = options.model === true ? 'model' : 'dataset';
        const found = await hub.repositories
          .update({
            kind,
            ...parsePath(path),
            visibility: options.to,
            ...(options.acknowledgePersonalData === true ? { acknowledgePersonalData: true } : {}),
          })
          .catch((error: unknown) => {
            const { message, details } = asHubError(error);
            if (details?.field !== 'acknowledgePersonalData') throw error;
            throw new CliError(message, {
              code: 'PERSONAL_DATA',
              hint: `See them with "banyan dataset quality ${path}"; if others may read them, add --acknowledge-personal-data`,
            });
          });
        print(found, `${found.path} is ${found.visibility} now.`);
      }),
    );
}
