import type { DuckDBConnection } from '@duckdb/node-api';
import { QueryError } from './question.ts';

/** Table functions that make rows from nothing but their arguments. All others read something. */
const harmlessTableFunctions = new Set(['range', 'generate_series', 'unnest', 'repeat']);

/** Functions that tell of the machine or the session, or that do something. */
const forbiddenFunctions =
  /^(getenv|current_setting|getvariable|current_query|nextval|currval|write_log|sleep_ms|setseed|query|query_table|stats|in_search_path|current_connection_id|txid_current|current_transaction_id|current_query_id)$|^(read_|duckdb_|pragma_|parquet_|json_execute|json_serialize_plan|sniff_|which_|pg_(?!typeof$))/;

interface Node {
  type?: unknown;
  [key: string]: unknown;
}

/**
 * Lets through one SELECT that reads given tables. DuckDB itself parses it (a parser of our own would see other things
 * than DuckDB does); the tree is walked for what it reads and calls. The sandbox refuses files and network besides: this
 * comes first so that the refusal is clear, and so that nothing about the machine is told.
 * @returns the parsed SELECT.
 * @throws QueryError `refused`, or `sql` with DuckDB's words for what does not parse.
 */
export async function requireSelect(
  connection: DuckDBConnection,
  sql: string,
  tables: ReadonlySet<string>,
): Promise<Node> {
  const parsed = await parse(connection, sql);
  if (parsed.error) {
    if (parsed.error_type === 'parser')
      throw new QueryError('sql', `Parser Error: ${parsed.error_message ?? 'not SQL'}`);
    if (/depth/i.test(parsed.error_message ?? ''))
      throw new QueryError('refused', 'This statement is nested too deeply.');
    throw new QueryError('refused', 'Only SELECT is answered here: it reads and changes nothing.');
  }
  const [statement, ...more] = parsed.statements ?? [];
  if (statement === undefined) throw new QueryError('sql', 'There is no statement.');
  if (more.length > 0) throw new QueryError('refused', 'One statement at a time, please.');
  const names = new Set([...tables].map((name) => name.toLowerCase()));
  walk(statement.node, names, [...tables]);
  return statement.node;
}

interface Parsed {
  error: boolean;
  error_type?: string;
  error_message?: string;
  statements?: { node: Node }[];
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  try {
    const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
    return JSON.parse(String(reader.getRows()[0]?.[0])) as Parsed;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: true, error_type: /depth/i.test(message) ? 'depth' : 'parser', error_message: message };
  }
}

/** A common table expression is known to those after it and to the body; to itself in the second half of a recursion alone. */
function walk(value: unknown, known: ReadonlySet<string>, tables: readonly string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, known, tables);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  const { cte_map: ctes, ...node } = value as Node & {
    cte_map?: { map?: { key: string; value: unknown }[] };
  };
  const names = new Set(known);
  for (const { key, value: body } of ctes?.map ?? []) {
    walk(body, names, tables);
    names.add(key.toLowerCase());
  }
  if (node.type === 'BASE_TABLE') requireTable(node, names, tables);
  if (node.type === 'TABLE_FUNCTION') requireHarmless(node);
  if (node.type === 'SHOW_REF' && !isDescription(node))
    throw new QueryError('refused', `Only DESCRIBE and SUMMARIZE of a table are answered. ${list(tables)}`);
  const called = node['function_name'];
  if (typeof called === 'string' && forbiddenFunctions.test(called.toLowerCase()))
    throw new QueryError('refused', `The function ${called}() is not available here.`);
  const own = node.type === 'RECURSIVE_CTE_NODE' ? String(node['cte_name']).toLowerCase() : undefined;
  for (const [name, part] of Object.entries(node))
    walk(part, own !== undefined && name === 'right' ? new Set([...names, own]) : names, tables);
}

function requireTable(node: Node, names: ReadonlySet<string>, tables: readonly string[]): void {
  const { table_name: name, schema_name: schema, catalog_name: catalog } = node;
  const plain = (schema === '' || schema === 'main') && (catalog === '' || catalog === 'memory');
  if (plain && typeof name === 'string' && names.has(name.toLowerCase())) return;
  throw new QueryError('refused', `There is no table "${String(name).slice(0, 200)}" here. ${list(tables)}`);
}

function requireHarmless(node: Node): void {
  const called = (node['function'] as { function_name?: unknown } | undefined)?.function_name;
  if (typeof called === 'string' && harmlessTableFunctions.has(called.toLowerCase())) return;
  throw new QueryError('refused', `The table function ${String(called)}() is not available here.`);
}

const isDescription = (node: Node): boolean =>
  (node['show_type'] === 'DESCRIBE' || node['show_type'] === 'SUMMARY') && node['query'] !== null;

const list = (tables: readonly string[]): string =>
  `The tables are: ${tables
    .slice(0, 20)
    .map((name) => `"${name}"`)
    .join(', ')}.`;

/**
 * Lets through an expression for WHERE: alone, it must be the whole condition of a plain SELECT.
 * @throws QueryError as above.
 */
export async function requireCondition(connection: DuckDBConnection, where: string): Promise<void> {
  const node = await requireSelect(connection, `SELECT * FROM data WHERE (${where}\n)`, new Set(['data']));
  const { modifiers, from_table: from } = node as { modifiers?: unknown[]; from_table?: Node };
  const { group_expressions: groups, having, qualify, sample } = node as Record<string, unknown>;
  const alone =
    node.type === 'SELECT_NODE' &&
    modifiers?.length === 0 &&
    from?.type === 'BASE_TABLE' &&
    Array.isArray(groups) &&
    groups.length === 0 &&
    !having &&
    !qualify &&
    !sample;
  if (!alone) throw new QueryError('refused', 'The filter must be one condition, such as: mass > 4000.');
}
