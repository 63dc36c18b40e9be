import { Link, Outlet } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useMe } from '../lib/session.ts';
import { AccountMenu } from './account-menu.tsx';
import { Button } from './button.tsx';
import { Logo } from './logo.tsx';
import { SearchBox } from './search-box.tsx';

const places = [
  ['/projects', 'Projects'],
  ['/datasets', 'Datasets'],
  ['/models', 'Models'],
  ['/algorithms', 'Algorithms'],
  ['/deployments', 'Served'],
  ['/compute', 'Compute'],
  ['/people', 'People'],
  ['/ledger', 'Ledger'],
] as const;

/** The frame around every page: where one can go, search, and who one is. */
export function Shell() {
  const me = useMe();
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        onClick={() => main.current?.focus()}
        className="sr-only focus:not-sr-only focus:absolute focus:z-10 focus:m-2 focus:bg-surface focus:p-2"
      >
        Skip to the content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-6 gap-y-2 px-4 py-2.5 sm:px-6">
          <Link to="/" className="flex items-center gap-2 font-serif text-xl font-semibold">
            <Logo /> Banyan
          </Link>
          {me.data !== undefined && (
            <Button
              small
              className="ml-auto xl:hidden"
              aria-expanded={open}
              aria-controls="navigation"
              onClick={() => setOpen(!open)}
            >
              Menu
            </Button>
          )}
          {me.data !== undefined && (
            <nav
              id="navigation"
              aria-label="Main"
              className={`${open ? 'flex' : 'hidden'} w-full flex-col gap-x-4 gap-y-3 xl:flex xl:w-auto xl:flex-1 xl:flex-row xl:items-center`}
            >
              <ul className="flex flex-wrap gap-y-1 text-sm">
                {places.map(([to, text]) => (
                  <li key={to}>
                    <Link
                      to={to}
                      onClick={() => setOpen(false)}
                      className="block rounded-md px-2 py-1.5 text-muted hover:bg-sunken hover:text-ink"
                      activeProps={{ className: 'text-accent! font-medium', 'aria-current': 'page' }}
                    >
                      {text}
                    </Link>
                  </li>
                ))}
              </ul>
              <div className="flex items-center gap-3 xl:ml-auto">
                <SearchBox />
                <AccountMenu person={me.data.person} />
              </div>
            </nav>
          )}
        </div>
      </header>
      <main
        id="content"
        ref={main}
        tabIndex={-1}
        className="mx-auto w-full max-w-6xl flex-1 px-4 py-8 outline-none sm:px-6 sm:py-12"
      >
        <Outlet />
      </main>
      <footer className="border-t border-line text-xs text-muted">
        <div className="mx-auto flex max-w-6xl flex-wrap gap-x-6 gap-y-1 px-4 py-4 sm:px-6">
          <span>Banyan, a research commons</span>
          <a href="/docs" className="hover:text-ink hover:underline">
            API documentation
          </a>
          <a href="/openapi.json" className="hover:text-ink hover:underline">
            OpenAPI
          </a>
        </div>
      </footer>
    </div>
  );
}
