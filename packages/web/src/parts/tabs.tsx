import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/** Parts of one page, each with an address of its own (`?tab=`). */
export function Tabs<T extends string>({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: readonly (readonly [T, string])[];
  current: T;
}) {
  const row = useRef<HTMLElement>(null);
  // On a narrow screen the row of tabs scrolls: the one that is shown must be seen.
  useEffect(() => {
    const shown = row.current?.querySelector<HTMLElement>(`[data-tab="${current}"]`);
    if (row.current && shown)
      row.current.scrollLeft = shown.offsetLeft - (row.current.clientWidth - shown.clientWidth) / 2;
  }, [current]);
  return (
    <nav ref={row} aria-label={label} className="relative overflow-x-auto border-b border-line">
      <ul className="flex gap-6">
        {tabs.map(([tab, text]) => (
          <li key={tab} data-tab={tab}>
            <Link
              to="."
              search={{ tab }}
              resetScroll={false}
              aria-current={tab === current ? 'page' : undefined}
              className={`block border-b-2 py-2 whitespace-nowrap ${
                tab === current
                  ? 'border-accent font-medium text-ink'
                  : 'border-transparent text-muted hover:text-ink'
              }`}
            >
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
