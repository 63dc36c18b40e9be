import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef } from 'react';

/** Search from anywhere; the key "/" leads here. */
export function SearchBox() {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);
  const search = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/search', search: { q: input.current?.value.trim() ?? '' } });
  };
  return (
    <form role="search" onSubmit={search} className="flex-1 xl:flex-none">
      <input
        ref={input}
        type="search"
        name="q"
        aria-label="Search datasets, models, projects and people"
        placeholder="Search"
        className="box min-h-9! py-1! text-sm xl:w-36"
      />
    </form>
  );
}
