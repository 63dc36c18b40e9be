import { Link } from '@tanstack/react-router';

/** Prefixes that say nothing to a person in front of what they stand before. */
const silent = /^(task_categories|task_ids|size_categories):/;
/** The licence has its own place, a model's language comes twice, and derivations are in the lineage. */
const elsewhere =
  /^(license|dataset|base_model|source_datasets|annotations_creators|language_creators|multilinguality):/;

const shownTags = 14;

/** What a card says of itself in words, each leading to all that say the same. */
export function CardTags({ kind, tags }: { kind: 'dataset' | 'model'; tags: readonly string[] }) {
  const languages = new Set(
    tags.flatMap((tag) => (tag.startsWith('language:') ? [tag.slice('language:'.length)] : [])),
  );
  const shown = tags.filter((tag) => !elsewhere.test(tag) && !languages.has(tag));
  if (shown.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label="Tags">
      {shown.slice(0, shownTags).map((tag) => (
        <li key={tag}>
          <Link
            to={kind === 'dataset' ? '/datasets' : '/models'}
            search={{ tag }}
            className="inline-block rounded-full border border-line bg-surface px-2.5 py-0.5 text-xs text-muted no-underline hover:border-accent hover:text-accent"
          >
            {wordOf(tag)}
          </Link>
        </li>
      ))}
      {shown.length > shownTags && (
        <li className="px-1 py-0.5 text-xs text-muted">and {shown.length - shownTags} more</li>
      )}
    </ul>
  );
}

/** `language:sw` is Swahili to a person. */
function wordOf(tag: string): string {
  if (!tag.startsWith('language:')) return tag.replace(silent, '');
  const code = tag.slice('language:'.length);
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? code;
  } catch {
    // Cards hold codes that are none.
    return code;
  }
}
