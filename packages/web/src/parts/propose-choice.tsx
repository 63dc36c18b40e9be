import { CheckField } from './field.tsx';

/** Whether a change goes into main, or into a pull request for others to look at first. */
export function ProposeChoice({
  mayWrite,
  propose,
  setPropose,
}: {
  mayWrite: boolean;
  propose: boolean;
  setPropose: (propose: boolean) => void;
}) {
  if (!mayWrite)
    return (
      <p className="text-sm text-muted">
        You cannot change this repository yourself: a pull request shows its contributors what you propose,
        and they can merge it.
      </p>
    );
  return (
    <CheckField
      label="Propose it in a pull request, for others to look at before it is merged into main"
      checked={propose}
      onChange={setPropose}
    />
  );
}
