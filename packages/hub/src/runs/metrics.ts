import type { Point } from '@banyan/contract';
import { and, asc, eq, gt, gte, inArray, sql } from 'drizzle-orm';
import type { Queries } from '../db/connection.ts';
import { metricChunks, metricPoints } from './table.ts';
import { type Curve, thin } from './thinning.ts';

/** Once a series has twice as many points as rows, the older half is packed. */
const chunkPoints = 1024;
/** Beyond this many points an overview is drawn from the chunks' lowest and highest values alone. */
const exactPoints = 200_000;

/**
 * Appends points, each (run, name, step) once: a worker that sends a batch again, or repeats the steps since its last
 * checkpoint, changes nothing. The caller holds the job's row, so one batch at a time is added to a run.
 */
export async function appendPoints(tx: Queries, run: string, points: Point[]): Promise<void> {
  if (points.length === 0) return;
  const fresh = await notPacked(tx, run, points);
  const names = sql.param(fresh.map((point) => point.name));
  const steps = sql.param(fresh.map((point) => point.step));
  const values = sql.param(fresh.map((point) => point.value));
  await tx.execute(sql`insert into metric_points (run, name, step, value)
    select ${run}::uuid, * from unnest(${names}::text[], ${steps}::bigint[], ${values}::float8[])
    on conflict do nothing`);
  await pack(tx, run, [...new Set(points.map((point) => point.name))]);
}

/** The points that no chunk holds: chunks are asked only where a batch goes back behind what is packed. */
async function notPacked(tx: Queries, run: string, points: Point[]): Promise<Point[]> {
  const names = [...new Set(points.map((point) => point.name))];
  const first = points.reduce((least, point) => Math.min(least, point.step), Number.POSITIVE_INFINITY);
  const chunks = await tx
    .select({ name: metricChunks.name, steps: metricChunks.steps })
    .from(metricChunks)
    .where(
      and(eq(metricChunks.run, run), inArray(metricChunks.name, names), gte(metricChunks.lastStep, first)),
    );
  if (chunks.length === 0) return points;
  const packed = new Map<string, Set<number>>(names.map((name) => [name, new Set()]));
  for (const { name, steps } of chunks) for (const step of unpack(steps)) packed.get(name)?.add(step);
  return points.filter(({ name, step }) => !packed.get(name)?.has(step));
}

/** Packs the older rows of a series that has grown long into one chunk. */
async function pack(tx: Queries, run: string, names: string[]): Promise<void> {
  const long = await tx
    .select({ name: metricPoints.name })
    .from(metricPoints)
    .where(and(eq(metricPoints.run, run), inArray(metricPoints.name, names)))
    .groupBy(metricPoints.name)
    .having(sql`count(*) >= ${2 * chunkPoints}`);
  for (const { name } of long) {
    const rows = await tx
      .select({ step: metricPoints.step, value: metricPoints.value })
      .from(metricPoints)
      .where(and(eq(metricPoints.run, run), eq(metricPoints.name, name)))
      .orderBy(asc(metricPoints.step));
    const taken = rows.slice(0, rows.length - (rows.length % chunkPoints || chunkPoints));
    for (let at = 0; at < taken.length; at += chunkPoints) {
      const chunk = taken.slice(at, at + chunkPoints);
      await tx.insert(metricChunks).values({ run, name, ...describe(chunk) });
    }
    const last = taken.at(-1)?.step ?? -1;
    await tx.execute(
      sql`delete from metric_points where run = ${run} and name = ${name} and step <= ${last}`,
    );
  }
}

function describe(rows: { step: number; value: number }[]) {
  const byValue = [...rows].sort((a, b) => a.value - b.value);
  const [low, high, first, last] = [byValue[0], byValue.at(-1), rows[0], rows.at(-1)];
  if (!low || !high || !first || !last) throw new Error('a chunk of no points');
  return {
    firstStep: first.step,
    lastStep: last.step,
    count: rows.length,
    steps: packNumbers(rows.map((row) => row.step)),
    values: packNumbers(rows.map((row) => row.value)),
    minStep: low.step,
    min: low.value,
    maxStep: high.step,
    max: high.value,
  };
}

const packNumbers = (numbers: number[]): Buffer => Buffer.from(new Float64Array(numbers).buffer);

/** The Buffer may be a view at an offset where doubles cannot lie: copied first. */
const unpack = (bytes: Buffer): Float64Array => new Float64Array(new Uint8Array(bytes).buffer);

/** Every series of a run, each thinned to at most so many points that still show its lows and highs. */
export async function readSeries(db: Queries, run: string, points: number): Promise<Curve[]> {
  const sizes = await db
    .select({ name: metricChunks.name, count: sql<number>`sum(${metricChunks.count})::int` })
    .from(metricChunks)
    .where(eq(metricChunks.run, run))
    .groupBy(metricChunks.name);
  const tails = await db
    .select({ name: metricPoints.name, step: metricPoints.step, value: metricPoints.value })
    .from(metricPoints)
    .where(eq(metricPoints.run, run));
  const names = new Set([...sizes.map((size) => size.name), ...tails.map((tail) => tail.name)]);
  const curves: Curve[] = [];
  for (const name of [...names].sort()) {
    const count = sizes.find((size) => size.name === name)?.count ?? 0;
    const found = await (count > exactPoints ? readExtremes : readPacked)(db, run, name);
    for (const tail of tails) if (tail.name === name) found.push(tail);
    curves.push(
      thin(
        name,
        found.sort((a, b) => a.step - b.step),
        points,
      ),
    );
  }
  return curves;
}

const inSeries = (run: string, name: string) => and(eq(metricChunks.run, run), eq(metricChunks.name, name));

async function readPacked(db: Queries, run: string, name: string, after = -1) {
  const rows = await db
    .select({ steps: metricChunks.steps, values: metricChunks.values })
    .from(metricChunks)
    .where(and(inSeries(run, name), gt(metricChunks.lastStep, after)));
  return rows.flatMap(({ steps, values }) => {
    const measured = unpack(values);
    return Array.from(unpack(steps), (step, i) => ({ step, value: measured[i] ?? Number.NaN }));
  });
}

async function readExtremes(db: Queries, run: string, name: string) {
  const { minStep, min, maxStep, max } = metricChunks;
  const rows = await db.select({ minStep, min, maxStep, max }).from(metricChunks).where(inSeries(run, name));
  return rows.flatMap((row) => [
    { step: row.minStep, value: row.min },
    { step: row.maxStep, value: row.max },
  ]);
}

/** The newest step of each series: it is always a row. */
export async function lastSteps(db: Queries, run: string): Promise<Map<string, number>> {
  const rows = await db
    .select({ name: metricPoints.name, last: sql<number>`max(${metricPoints.step})`.mapWith(Number) })
    .from(metricPoints)
    .where(eq(metricPoints.run, run))
    .groupBy(metricPoints.name);
  return new Map(rows.map((row) => [row.name, row.last]));
}

/** Points beyond the last steps that somebody has; moves those steps on. Packed ones too: they may have come in one batch. */
export async function readPointsAfter(db: Queries, run: string, seen: Map<string, number>): Promise<Point[]> {
  const found: Point[] = [];
  for (const [name, last] of await lastSteps(db, run)) {
    const from = seen.get(name) ?? -1;
    if (last <= from) continue;
    const { step, value } = metricPoints;
    const inTail = and(eq(metricPoints.run, run), eq(metricPoints.name, name), gt(step, from));
    const tail = await db.select({ step, value }).from(metricPoints).where(inTail).orderBy(asc(step));
    const packed = (await readPacked(db, run, name, from)).filter((point) => point.step > from);
    const { steps, values } = thin(name, [...packed, ...tail], 2000);
    steps.forEach((step, i) => found.push({ name, step, value: values[i] ?? 0 }));
    seen.set(name, last);
  }
  return found;
}
