/** Names in SQL: a split's own while there is one configuration; otherwise after its configuration's. All differ. */
export function tableNames(splits: readonly { config: string; split: string }[]): string[] {
  const single = new Set(splits.map(({ config }) => config)).size <= 1;
  const taken = new Set<string>();
  return splits.map(({ config, split }) => {
    const plain =
      (single ? split : `${config}_${split}`).replace(/\W+/g, '_').replace(/^(?=\d)/, '_') || 'data';
    let name = plain;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${plain}_${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
