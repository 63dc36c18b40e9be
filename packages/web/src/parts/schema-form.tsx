import { type FormField, rangeOf, readField, textOf, writeValue } from '../lib/schema-form.ts';
import { SelectField, TextField } from './field.tsx';

interface SchemaFormProps {
  fields: readonly FormField[];
  texts: Readonly<Record<string, string>>;
  onChange: (texts: Record<string, string>) => void;
}

/** Fields drawn from an algorithm's config schema; those that most people leave alone are folded away. */
export function SchemaForm({ fields, texts, onChange }: SchemaFormProps) {
  const folded = fields.filter(({ advanced }) => advanced);
  // What keeps the form from being sent must be seen.
  const isFaulty = folded.some(
    (field) => 'error' in readField(field, texts[field.name] ?? textOf(field, field.initial)),
  );
  return (
    <div className="space-y-5">
      <Fields fields={fields.filter(({ advanced }) => !advanced)} texts={texts} onChange={onChange} />
      {folded.length > 0 && (
        <details open={isFaulty}>
          <summary className="cursor-pointer text-sm text-link">More settings ({folded.length})</summary>
          <div className="pt-4">
            <Fields fields={folded} texts={texts} onChange={onChange} />
          </div>
        </details>
      )}
    </div>
  );
}

/** Help, range and default beside each box. */
function Fields({ fields, texts, onChange }: SchemaFormProps) {
  return (
    <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">
      {fields.map((field) => {
        const text = texts[field.name] ?? textOf(field, field.initial);
        const read = readField(field, text);
        const change = (next: string) => onChange({ ...texts, [field.name]: next });
        const initial = textOf(field, field.initial);
        const help = [
          field.help,
          rangeOf(field),
          field.kind === 'numbers' && 'separated by commas',
          initial !== '' && text !== initial && `default ${initial}`,
        ]
          .filter((part) => part !== undefined && part !== '' && part !== false)
          .join(' · ');
        const choices = field.kind === 'boolean' ? [true, false] : field.choices;
        if (field.kind === 'choice' || field.kind === 'boolean')
          return (
            <SelectField
              key={field.name}
              label={field.label}
              value={text}
              onChange={change}
              help={help}
              options={[
                ...(text === '' ? [['', 'default'] as const] : []),
                ...choices.map((choice) => [writeValue(choice), labelOf(choice)] as const),
              ]}
            />
          );
        return (
          <TextField
            key={field.name}
            label={field.label}
            value={text}
            onChange={change}
            help={help}
            error={'error' in read ? read.error : undefined}
            mono={field.kind === 'json'}
            {...(field.kind === 'json' ? { rows: 3 } : {})}
          />
        );
      })}
    </div>
  );
}

const labelOf = (choice: unknown) => (choice === true ? 'yes' : choice === false ? 'no' : writeValue(choice));
