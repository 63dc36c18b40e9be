import type { Command } from 'commander';
import { leaf, withHub } from '../command.ts';
import { CliError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { readProfile } from './read-profile.ts';

/** What this page shows of the data package's Quality. */
interface QualityView {
  sampled: number;
  findings: { severity: string; kind: string; columns: string[]; message: string }[];
  personal: { column: string; kind: string; share: number; examples: string[] }[];
  drift?: { column: string; psi: number }[];
}

export function addQuality(dataset: Command, shell: Shell): void {
  leaf(
    dataset,
    'quality <dataset>',
    'What is wrong or risky in a version: personal data, leaks, drift, gaps',
    ['dataset quality eth/penguins'],
  )
    .option('--revision <revision>', 'a branch, tag or commit', 'main')
    .action(
      withHub(shell, async (context, path: string, { revision }: { revision: string }) => {
        const { profile } = await readProfile(context, path, revision);
        const { quality } = profile as object as { quality?: QualityView };
        if (quality === undefined)
          throw new CliError(`The profile of ${path} is older than quality reports; commit a new version.`, {
            code: 'NO_REPORT',
          });
        const findings = quality.findings.map(({ severity, kind, message }) => [severity, kind, message]);
        const personal = quality.personal.map(({ column, kind, share, examples }) => [
          column,
          kind,
          `${Math.round(share * 100)} %`,
          examples.join(', '),
        ]);
        const parts = [
          findings.length === 0
            ? 'Nothing was found that speaks against this version.'
            : table(['severity', 'about', 'finding'], findings),
          ...(personal.length === 0
            ? []
            : [table(['column', 'personal data', 'of its values', 'for example'], personal)]),
          `${quality.sampled} rows looked at`,
        ];
        context.print(quality, parts.join('\n\n'));
      }),
    );
}
