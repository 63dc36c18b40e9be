/** A column or table name in SQL; any text is allowed in a name. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A finite number as a 32-bit float in SQL: the precision in which a served model computes. */
export function float(value: number): string {
  return `CAST(${value} AS FLOAT)`;
}

/** A list of string literals in SQL. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]::VARCHAR[]`;
}
