import type { ComponentProps } from 'react';

type Look = 'primary' | 'plain' | 'danger' | 'quiet';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent border-accent hover:brightness-110',
  plain: 'bg-surface text-ink border-line hover:bg-sunken',
  danger: 'bg-surface text-danger border-line hover:bg-danger-soft',
  quiet: 'border-transparent text-accent hover:bg-accent-soft',
};

/** Looks alike whether it acts (a button) or leads somewhere (a link with `buttonClass`). */
export function buttonClass(look: Look = 'plain', small = false): string {
  const size = small ? 'min-h-8 px-2.5 text-sm' : 'min-h-10 px-4';
  return `inline-flex items-center justify-center gap-2 rounded-md border font-medium no-underline transition-[filter,background-color] disabled:cursor-not-allowed disabled:opacity-55 ${size} ${looks[look]}`;
}

export function Button({
  look = 'plain',
  small = false,
  busy = false,
  className = '',
  children,
  ...rest
}: ComponentProps<'button'> & { look?: Look; small?: boolean; busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled}
      aria-busy={busy || undefined}
      className={`${buttonClass(look, small)} ${className}`}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="inline-block size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}
