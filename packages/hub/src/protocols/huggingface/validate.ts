import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import { parseCard } from '../../repositories/card/front-matter.ts';

/** The client reads this answer before its status: it is JSON in every case. */
export function validateCard(body: unknown): { status: 200 | 400; answer: object } {
  const { content } = readInput(z.object({ content: z.string().max(4 << 20) }), body);
  const { errors, warnings } = parseCard(content);
  return {
    status: errors.length === 0 ? 200 : 400,
    answer: { errors: said(errors), warnings: said(warnings) },
  };
}

const said = (problems: { message: string; line?: number }[]) =>
  problems.map(({ message, line }) => ({
    message: line === undefined ? message : `${message} (line ${line})`,
  }));
