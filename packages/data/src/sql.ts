/** A column or table name in SQL; any text is allowed in a name. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of string literals in SQL. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]::VARCHAR[]`;
}
