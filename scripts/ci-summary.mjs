// The last line of .ci/run: tests, check and the tour's steps, counted together. `node ci-summary.mjs FOLDER`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name), 'utf8').trim();
const json = (name) => (existsSync(join(folder, name)) ? JSON.parse(read(name)) : undefined);

const count = { passed: 0, failed: 0, skipped: 0 };
const add = (ok) => (count[ok ? 'passed' : 'failed'] += 1);

add(read('check') === 'ok');

const tests = json('tests.json');
count.passed += tests?.numPassedTests ?? 0;
count.failed += tests?.numFailedTests ?? 0;
count.skipped += (tests?.numPendingTests ?? 0) + (tests?.numTodoTests ?? 0);
// A suite that did not even load, or a runner that died, has no failed test to count.
if (read('tests') !== 'ok' && !tests?.numFailedTests) add(false);

const tour = json('tour.json');
for (const { ok } of tour?.steps ?? []) add(ok);
if (read('tour') !== 'ok' && (tour?.steps ?? []).every(({ ok }) => ok)) add(false);

console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1);
