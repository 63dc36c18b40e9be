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
  const chosen = useRef<HTMLLIElement>(null);
  // On a narrow screen the row of tabs scrolls: the one that is shown must be seen.
  useEffect(() => {
    const row = chosen.current?.closest('nav');
    if (row && chosen.current)
      row.scrollLeft = chosen.current.offsetLeft - (row.clientWidth - chosen.current.clientWidth) / 2;
  }, [current]);
  return (
    <nav aria-label={label} className="relative overflow-x-auto border-b border-line">
      <ul className="flex gap-6">
        {tabs.map(([tab, text]) => (
          <li key={tab} ref={tab === current ? chosen : undefined}>
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
