import type { Person } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { TextField } from './field.tsx';
import { Form } from './form.tsx';

const listOf = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export function ProfileForm({ person }: { person: Person }) {
  const [name, setName] = useState(person.name);
  const [biography, setBiography] = useState(person.biography ?? '');
  const [expertise, setExpertise] = useState(person.expertise.join(', '));
  const [languages, setLanguages] = useState(person.languages.join(', '));
  const [orcid, setOrcid] = useState(person.orcid ?? '');
  const update = useMutation(
    api.people.updateMe.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.people.key() }),
    }),
  );
  return (
    <div className="max-w-xl">
      <Form
        submit={update.isSuccess ? 'Saved' : 'Save the profile'}
        busy={update.isPending}
        error={update.error}
        onSubmit={() =>
          update.mutate({
            name,
            biography,
            expertise: listOf(expertise),
            languages: listOf(languages),
            ...(orcid === '' ? {} : { orcid }),
          })
        }
      >
        <TextField label="Name" value={name} onChange={setName} required autoComplete="name" />
        <TextField label="About me" value={biography} onChange={setBiography} rows={3} />
        <TextField
          label="Expertise"
          value={expertise}
          onChange={setExpertise}
          help="Separated by commas: ecology, time series, ..."
        />
        <TextField
          label="Languages"
          value={languages}
          onChange={setLanguages}
          help="Separated by commas. Collaborators see which languages you share."
        />
        <TextField
          label="ORCID iD"
          value={orcid}
          onChange={setOrcid}
          placeholder="0000-0000-0000-0000"
          mono
        />
      </Form>
    </div>
  );
}
