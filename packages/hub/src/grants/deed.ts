import type { Person } from '../context.ts';
import { type GrantRow, resourceOf } from './store.ts';

/** Written where the resource lives; `details.subject` is who gained or lost by it. */
export function deed(me: Person, row: GrantRow) {
  const { grant, home, subjectKind } = row;
  const resource = resourceOf(row);
  return {
    actor: me,
    namespace: home ?? undefined,
    subject: grant.id,
    details: {
      kind: resource.kind,
      resource: resource.kind === 'site' ? resource.name : resource.path,
      subject: grant.subject,
      subjectKind,
      purpose: grant.purpose,
      ...(grant.algorithms && { algorithms: grant.algorithms }),
      ...(grant.until && { until: grant.until.toISOString() }),
      ...(grant.note !== null && { note: grant.note }),
    },
  };
}
