import type { VersionFacts } from './facts.ts';
import { type CrateFile, crateId } from './ro-crate.ts';

const listedFiles = 1000;

/** `ro-crate-preview.html`: the crate for people, without scripts and without anything from elsewhere. */
export async function cratePreview(facts: VersionFacts, files: AsyncIterable<CrateFile>): Promise<string> {
  const rows: string[] = [];
  let count = 0;
  let sizeBytes = 0;
  for await (const file of files) {
    count += 1;
    sizeBytes += file.sizeBytes;
    if (count <= listedFiles)
      rows.push(
        `<tr><td><a href="${text(crateId(file.path))}">${text(file.path)}</a></td><td>${file.sizeBytes}</td></tr>`,
      );
  }
  const creators = facts.creators.map(({ name, orcid, affiliations }) => {
    const shown =
      orcid === undefined ? text(name) : `<a href="https://orcid.org/${text(orcid)}">${text(name)}</a>`;
    const places = affiliations.map((place) => text(place.name)).join(', ');
    return places === '' ? shown : `${shown} (${places})`;
  });
  const licences = facts.licences.map(({ name, url }) =>
    url === undefined ? text(name) : `<a href="${text(url)}">${text(name)}</a>`,
  );
  const sources = facts.sources.map(
    ({ url, path, revision }) => `<a href="${text(url)}">${text(path)}</a> at <code>${text(revision)}</code>`,
  );
  const table = [
    ['Version', `${text(facts.version)}, commit <code>${facts.commit.id}</code>`],
    ['Published', facts.commit.createdAt.toISOString().slice(0, 10)],
    ['By', creators.join('; ')],
    ['Publisher', text(facts.publisher.name)],
    ['Licence', licences.join(', ') || 'none given'],
    ['Made from', sources.join('<br>')],
    ['Address', `<a href="${text(facts.url)}">${text(facts.url)}</a>`],
  ].filter(([, value]) => value !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(facts.title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
td:last-child { font-variant-numeric: tabular-nums }
</style>
</head>
<body>
<h1>${text(facts.title)}</h1>
<p>${text(facts.description)}</p>
<table>${table.map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`).join('')}</table>
<h2>Files</h2>
<p>${count} files, ${sizeBytes} bytes. Their checksums and what made them are in <a href="ro-crate-metadata.json">ro-crate-metadata.json</a>.</p>
<table><tr><th>File</th><th>Bytes</th></tr>${rows.join('\n')}</table>
${count > listedFiles ? `<p>And ${count - listedFiles} more.</p>` : ''}
</body>
</html>
`;
}

const text = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
