import type { RepositoryKind } from '@banyan/contract';
import type { Card } from './front-matter.ts';

const maxTags = 300;
const maxTagCharacters = 200;

/**
 * The tags by which a repository is listed and found, as Hugging Face's hub makes them of a card: `license:mit`,
 * `language:en`, `task_categories:text-classification`, `dataset:squad`, `base_model:gpt2`, `arxiv:1706.03762` and the
 * card's own; a model's library, task and languages (`en`) also as they are.
 */
export function cardTags(kind: RepositoryKind, { fields, body }: Card): string[] {
  const found = [
    ...(fields.library_name === undefined ? [] : [fields.library_name]),
    ...(fields.pipeline_tag === undefined ? [] : [fields.pipeline_tag]),
    ...(fields.tags ?? []),
    ...under('license', fields.license),
    ...under('language', fields.language),
    ...(kind === 'model' ? (fields.language ?? []) : []),
    ...under('task_categories', fields.task_categories),
    ...under('task_ids', fields.task_ids),
    ...under('size_categories', fields.size_categories),
    ...under('source_datasets', fields.source_datasets),
    ...under('multilinguality', fields.multilinguality),
    ...under('annotations_creators', fields.annotations_creators),
    ...under('language_creators', fields.language_creators),
    ...under('dataset', fields.datasets),
    ...under('base_model', fields.base_model),
    ...(fields.base_model_relation === undefined
      ? []
      : under(`base_model:${fields.base_model_relation}`, fields.base_model)),
    ...(fields.doi === undefined ? [] : [`doi:${fields.doi}`]),
    ...papersOf(body),
  ];
  return [...new Set(found.map((tag) => tag.trim()).filter((tag) => tag !== ''))]
    .filter((tag) => tag.length <= maxTagCharacters)
    .slice(0, maxTags);
}

const under = (prefix: string, values: string[] = []): string[] =>
  values.map((value) => `${prefix}:${value}`);

/** Papers that the text links to. */
const papersOf = (body: string): string[] =>
  [...body.matchAll(/\barxiv\.org\/(?:abs|pdf|html)\/(\d{4}\.\d{4,5})/gi)].map(
    ([, paper]) => `arxiv:${paper}`,
  );
