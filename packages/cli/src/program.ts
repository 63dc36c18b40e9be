import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { addAccess } from './commands/access.ts';
import { addAdmin } from './commands/admin.ts';
import { addAlgorithms } from './commands/algorithms.ts';
import { addDataset } from './commands/dataset.ts';
import { addDeploy } from './commands/deploy.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addExplain } from './commands/explain.ts';
import { addGenerate } from './commands/generate.ts';
import { addInvite } from './commands/invite.ts';
import { addJobs } from './commands/jobs.ts';
import { addLogin } from './commands/login.ts';
import { addOrg } from './commands/org.ts';
import { addDiscussion, addPr } from './commands/pr.ts';
import { addPredict } from './commands/predict.ts';
import { addPrepare } from './commands/prepare.ts';
import { addProject } from './commands/project.ts';
import { addPull } from './commands/pull.ts';
import { addPush } from './commands/push.ts';
import { addRace } from './commands/race.ts';
import { addRepo } from './commands/repo.ts';
import { addRuns } from './commands/runs.ts';
import { addSite } from './commands/site.ts';
import { addSql } from './commands/sql.ts';
import { addTrain } from './commands/train.ts';
import { addWorker } from './commands/worker.ts';
import type { Shell } from './shell.ts';

/** The chapters of `banyan --help`. */
const chapters: Record<string, ((program: Command, shell: Shell) => void)[]> = {
  'People:': [addLogin, addOrg, addProject, addInvite],
  'Data:': [addPush, addPull, addDataset, addSql, addAccess, addPrepare],
  'Versions:': [addRepo, addPr, addDiscussion],
  'Models:': [addAlgorithms, addTrain, addRace, addRuns, addEvaluate, addExplain],
  'Serving:': [addDeploy, addPredict, addGenerate],
  'Compute:': [addWorker, addSite, addJobs],
  'The hub itself:': [addAdmin],
};

/** The whole command line; parsing throws CommanderError for usage errors and help. */
export function createProgram(shell: Shell): Command {
  const program = new Command('banyan')
    .description('Prepare data, train, compare, explain and serve models together.')
    .version(packageFile.version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stderr.write(text),
      // Said once, by run.ts, in the form that was asked for.
      outputError() {},
      getOutHelpWidth: () => shell.stdout.columns ?? 100,
      getErrHelpWidth: () => shell.stderr.columns ?? 100,
    })
    .addHelpText(
      'after',
      '\nStart here:\n  banyan login http://127.0.0.1:8686 --token hf_...\n  banyan help COMMAND\n' +
        '\nEvery command takes --json. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.',
    );
  for (const [title, commands] of Object.entries(chapters)) {
    program.commandsGroup(title);
    for (const add of commands) add(program, shell);
  }
  return program;
}
