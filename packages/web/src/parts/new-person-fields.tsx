import { slugOf } from '../lib/format.ts';
import { TextField } from './field.tsx';

export interface NewPerson {
  name: string;
  username: string;
  password: string;
}
export const emptyPerson: NewPerson = { name: '', username: '', password: '' };

/** Name, user name and password of somebody who joins; the user name follows the name until it is edited. */
export function NewPersonFields({
  person,
  onChange,
}: {
  person: NewPerson;
  onChange: (person: NewPerson) => void;
}) {
  const follow = person.username === slugOf(person.name);
  return (
    <>
      <TextField
        label="Your name"
        value={person.name}
        onChange={(name) => onChange({ ...person, name, ...(follow ? { username: slugOf(name) } : {}) })}
        required
        autoComplete="name"
      />
      <TextField
        label="User name"
        value={person.username}
        onChange={(username) => onChange({ ...person, username })}
        required
        autoComplete="username"
        help="Lower-case letters, digits, “-”, “_” and “.”. Others see it; it cannot be changed."
      />
      <TextField
        label="Password"
        type="password"
        value={person.password}
        onChange={(password) => onChange({ ...person, password })}
        required
        minLength={10}
        autoComplete="new-password"
        help="At least 10 characters."
      />
    </>
  );
}
