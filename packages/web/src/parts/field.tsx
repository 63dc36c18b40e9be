import { type ReactNode, useId } from 'react';

export interface Wiring {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

/** A label, a box, its help and its error, wired together for screen readers. */
export function Field({
  label,
  help,
  error,
  children,
}: {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  children: (wiring: Wiring) => ReactNode;
}) {
  const id = useId();
  const noteId = `${id}-note`;
  const noted = help !== undefined || error !== undefined;
  return (
    <div className="min-w-0 space-y-1.5">
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        ...(noted ? { 'aria-describedby': noteId } : {}),
        ...(error === undefined ? {} : { 'aria-invalid': true }),
      })}
      {noted && (
        <p id={noteId} className={`text-xs ${error === undefined ? 'text-muted' : 'text-danger'}`}>
          {error ?? help}
        </p>
      )}
    </div>
  );
}

interface TextProps {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  help?: ReactNode;
  error?: string | undefined;
  type?: 'text' | 'password' | 'url' | 'date' | 'number' | 'search';
  required?: boolean;
  placeholder?: string;
  autoComplete?: string;
  rows?: number;
  minLength?: number;
  mono?: boolean;
  autoFocus?: boolean;
}

export function TextField({ label, value, onChange, help, error, rows, mono, ...rest }: TextProps) {
  const { type = 'text', ...common } = rest;
  return (
    <Field label={label} help={help} error={error}>
      {(wiring) =>
        rows === undefined ? (
          <input
            {...wiring}
            {...common}
            type={type}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            className={`box ${mono === true ? 'font-mono text-sm' : ''}`}
          />
        ) : (
          <textarea
            {...wiring}
            {...common}
            rows={rows}
            value={value}
            spellCheck={mono !== true}
            onChange={(event) => onChange(event.target.value)}
            className={`box ${mono === true ? 'font-mono text-sm whitespace-pre' : ''}`}
          />
        )
      }
    </Field>
  );
}

export function SelectField({
  label,
  value,
  onChange,
  options,
  help,
  error,
  required,
}: {
  label: ReactNode;
  value: string;
  onChange: (value: string) => void;
  options: readonly (readonly [value: string, label: string])[];
  help?: ReactNode;
  error?: string | undefined;
  required?: boolean;
}) {
  return (
    <Field label={label} help={help} error={error}>
      {(wiring) => (
        <select
          {...wiring}
          value={value}
          required={required}
          onChange={(event) => onChange(event.target.value)}
          className="box"
        >
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField({
  label,
  checked,
  onChange,
  required,
}: {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  required?: boolean;
}) {
  return (
    <label className="flex items-start gap-2.5 text-sm">
      <input
        type="checkbox"
        checked={checked}
        required={required}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 accent-accent"
      />
      <span>{label}</span>
    </label>
  );
}
