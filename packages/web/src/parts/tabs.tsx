import { Link } from '@tanstack/react-router';

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
  return (
    <nav aria-label={label} className="overflow-x-auto border-b border-line">
      <ul className="flex gap-6">
        {tabs.map(([tab, text]) => (
          <li key={tab}>
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
