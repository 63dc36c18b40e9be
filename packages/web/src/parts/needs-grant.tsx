import type { Repository } from '@banyan/contract';
import { buttonClass } from './button.tsx';
import { Empty } from './layout.tsx';
import { PlaceLink } from './place-link.tsx';

/** In the place of files that one may not read yet: why, and where to ask. */
export function NeedsGrant({ repository }: { repository: Repository }) {
  return (
    <Empty title="Its files need a grant">
      <p>{repository.access.reason ?? 'Its owners decide who may read them.'}</p>
      <PlaceLink to={{ tab: 'access' }} className={`mt-4 ${buttonClass('primary')}`}>
        Terms and access
      </PlaceLink>
    </Empty>
  );
}
