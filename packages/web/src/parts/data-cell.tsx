import type { Json } from '@banyan/contract';
import { useState } from 'react';
import { readImage } from '../lib/data-view.ts';
import { formatNumber } from '../lib/format.ts';

const shortCharacters = 140;

/** One value: a number, a text that opens, an image, or JSON. `cut` says that the hub left out some of it. */
export function DataCell({
  name,
  value,
  labels,
  cut,
}: {
  name: string;
  value: Json;
  labels?: readonly string[] | undefined;
  cut?: boolean;
}) {
  if (value === null) return <span className="text-xs text-muted italic">missing</span>;
  if (typeof value === 'boolean') return <span className="font-mono text-xs">{String(value)}</span>;
  if (typeof value === 'number') {
    const label = labels?.[value];
    if (label !== undefined) return <span className="whitespace-nowrap">{label}</span>;
    return (
      <span className="whitespace-nowrap" title={String(value)}>
        {formatNumber(value)}
      </span>
    );
  }
  const image = readImage(value);
  if (image !== undefined) return <Picture name={name} {...image} />;
  if (typeof value === 'string') return <Text text={value} cut={cut === true} />;
  return <Text text={JSON.stringify(value)} cut={cut === true} mono />;
}

function Text({ text, cut, mono = false }: { text: string; cut: boolean; mono?: boolean }) {
  const [open, setOpen] = useState(false);
  const look = mono ? 'font-mono text-xs' : '';
  if (text.length <= shortCharacters && !cut)
    return <span className={`block max-w-160 min-w-16 break-words whitespace-pre-wrap ${look}`}>{text}</span>;
  return (
    <div className="max-w-160 min-w-48">
      <p
        className={`break-words whitespace-pre-wrap ${look} ${open ? 'max-h-96 overflow-auto' : 'line-clamp-3'}`}
      >
        {open ? text : text.slice(0, 400)}
        {open && cut && <span className="text-muted"> … (cut here: the file has all of it)</span>}
      </p>
      <button type="button" className="text-link text-xs" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'less' : 'more'}
      </button>
    </div>
  );
}

function Picture({ name, src, size }: { name: string; src?: string | undefined; size: string }) {
  const [large, setLarge] = useState(false);
  if (src === undefined) return <span className="text-xs text-muted">{size}, too large to show here</span>;
  return (
    <button type="button" onClick={() => setLarge(!large)} aria-expanded={large} title={`${size} pixels`}>
      <img
        src={src}
        alt={`${name}, ${size} pixels`}
        className={`rounded-sm object-contain [image-rendering:pixelated] ${large ? 'size-64' : 'size-16'}`}
      />
    </button>
  );
}
