import type { Citation, Repository } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, hubUrl } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { ChoiceRow } from './choice-row.tsx';
import { CodeBlock } from './code-block.tsx';
import { Section } from './layout.tsx';
import { Loaded } from './loaded.tsx';

const styles = [
  ['bibtex', 'BibTeX'],
  ['apa', 'APA'],
  ['cff', 'CFF'],
] as const;

/** How to cite the newest version, and its description and files in the formats that others read. */
export function CitationPanel({ repository }: { repository: Repository }) {
  const { kind, path } = repository;
  const citation = useQuery(api.metadata.cite.queryOptions({ input: { kind, ...splitPath(path) } }));
  return (
    <Section title="Cite and export">
      <Loaded query={citation} lines={5}>
        {(found) => (
          <div className="space-y-5">
            <Cite citation={found} />
            <Exports repository={repository} citation={found} />
          </div>
        )}
      </Loaded>
    </Section>
  );
}

function Cite({ citation }: { citation: Citation }) {
  const choices = [...(citation.own === undefined ? [] : [['own', 'Authors’ own'] as const]), ...styles];
  const [chosen, choose] = useState<(typeof choices)[number][0]>(
    citation.own === undefined ? 'bibtex' : 'own',
  );
  const label = choices.find(([style]) => style === chosen)?.[1] ?? '';
  return (
    <div className="space-y-2.5">
      <ChoiceRow label="Style of the citation" choices={choices} chosen={chosen} choose={choose} />
      <CodeBlock code={citation[chosen]?.trim() ?? ''} label={label} wrap />
      <p className="text-xs text-muted">
        Version {citation.version}
        {citation.version !== citation.commit.slice(0, 10) && (
          <>
            {' '}
            (<code>{citation.commit.slice(0, 10)}</code>)
          </>
        )}
        {citation.doi !== undefined && (
          <>
            {' · '}
            <a href={`https://doi.org/${citation.doi}`} rel="noopener noreferrer" className="text-link">
              doi:{citation.doi}
            </a>
          </>
        )}
      </p>
    </div>
  );
}

function Exports({ repository, citation }: { repository: Repository; citation: Citation }) {
  const { kind, path, access } = repository;
  const name = path.split('/')[1] ?? 'version';
  const documents: [file: string, what: string, href: string][] = [
    ...(access.read
      ? [
          [
            `${name}.zip`,
            'RO-Crate: all files with their description',
            `${hubUrl}/api/export/${kind}/${path}/${citation.commit}.zip`,
          ] satisfies [string, string, string],
        ]
      : []),
    ...(access.read && kind === 'dataset'
      ? [
          [
            `${name}.croissant.json`,
            'Croissant: files and columns for loaders',
            `${hubUrl}/api/datasets/${path}/croissant`,
          ] satisfies [string, string, string],
        ]
      : []),
    ['CITATION.cff', 'for a repository of code', text(citation.cff, 'application/yaml')],
    [`${name}.bib`, 'BibTeX, for a list of references', text(citation.bibtex, 'application/x-bibtex')],
    [
      `${name}.datacite.json`,
      'DataCite: to register a DOI',
      text(JSON.stringify(citation.datacite, undefined, 2), 'application/json'),
    ],
  ];
  return (
    <ul className="divide-y divide-line rounded-md border border-line text-sm">
      {documents.map(([file, what, href]) => (
        <li key={file}>
          <a href={href} download={file} className="block px-3 py-2 hover:bg-sunken">
            <span className="block font-medium break-all text-accent">{file}</span>
            <span className="block text-xs text-muted">{what}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

const text = (content: string, type: string) => `data:${type};charset=utf-8,${encodeURIComponent(content)}`;
