/** Buttons in a row, of which one is chosen. */
export function ChoiceRow<T extends string | undefined>({
  label,
  choices,
  chosen,
  choose,
}: {
  label: string;
  choices: readonly (readonly [value: T, text: string])[];
  chosen: T;
  choose: (value: T) => void;
}) {
  return (
    <div role="group" aria-label={label} className="flex flex-wrap gap-1">
      {choices.map(([value, text]) => (
        <button
          key={text}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => choose(value)}
          className={`min-h-8 rounded-md px-2.5 text-sm font-medium ${
            value === chosen ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-sunken hover:text-ink'
          }`}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
