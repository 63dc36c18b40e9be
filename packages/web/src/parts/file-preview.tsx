import { fileUrl } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { hubUrl } from '../lib/api.ts';
import { readFileText, shownBytes } from '../lib/file-text.ts';
import { formatBytes } from '../lib/format.ts';
import { buttonClass } from './button.tsx';
import { Empty } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { Markdown } from './markdown.tsx';

interface Props {
  kind: 'dataset' | 'model';
  path: string;
  revision: string;
  file: string;
}

/** One file: a picture, a text or a page of Markdown as it is, at most its first part; all else to download. */
export function FilePreview({ kind, path, revision, file }: Props) {
  const address = fileUrl(hubUrl, kind, path, revision, file);
  return (
    <div className="space-y-4">
      <a href={address} download={file.split('/').at(-1)} className={buttonClass('plain', true)}>
        Download
      </a>
      {/\.(png|jpe?g|gif|webp)$/i.test(file) ? (
        <img src={address} alt={file} className="max-h-[32rem] max-w-full rounded-md border border-line" />
      ) : (
        <Text {...{ kind, path, revision, file, address }} />
      )}
    </div>
  );
}

function Text({ kind, path, revision, file, address }: Props & { address: string }) {
  const text = useQuery({
    queryKey: ['file-text', address],
    queryFn: ({ signal }) => readFileText(address, signal).then((found) => found ?? ('bytes' as const)),
    staleTime: 60_000,
  });
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
  const addressOf = useCallback(
    (name: string) => fileUrl(hubUrl, kind, path, revision, folder + name),
    [kind, path, revision, folder],
  );
  return (
    <Loaded query={text} lines={6}>
      {(found) =>
        found === 'bytes' ? (
          <Empty title="These bytes are no text">
            Download the file to open it with a program of its own.
          </Empty>
        ) : (
          <>
            {/\.(md|markdown)$/i.test(file) ? (
              <Markdown text={found.text} addressOf={addressOf} />
            ) : (
              <pre className="max-h-[40rem] overflow-auto rounded-md border border-line bg-sunken p-3 text-xs leading-relaxed">
                <code>{laidOut(file, found)}</code>
              </pre>
            )}
            {found.cut && (
              <p className="text-xs text-muted">
                The first {formatBytes(shownBytes)} of {formatBytes(found.sizeBytes)}.
              </p>
            )}
          </>
        )
      }
    </Loaded>
  );
}

/** JSON on one line is laid out; what is not whole, or no JSON after all, stays as it is. */
function laidOut(file: string, { text, cut }: { text: string; cut: boolean }): string {
  if (cut || !/\.json$/i.test(file)) return text;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
