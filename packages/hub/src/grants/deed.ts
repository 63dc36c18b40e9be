import type { Person } from '../context.ts';
import type { GrantRow } from './store.ts';

/** Written where the resource lives; `details.subject` is who gained or lost by it. */
export function deed(me: Person, { grant, path, site, home, subjectKind }: GrantRow) {
  return {
    actor: me,
    namespace: home ?? undefined,
    subject: grant.id,
    details: {
      kind: path === null ? 'site' : 'dataset',
      resource: path ?? site ?? '',
      subject: grant.subject,
      subjectKind,
      purpose: grant.purpose,
      ...(grant.algorithms && { algorithms: grant.algorithms }),
      ...(grant.until && { until: grant.until.toISOString() }),
      ...(grant.note !== null && { note: grant.note }),
    },
  };
}
