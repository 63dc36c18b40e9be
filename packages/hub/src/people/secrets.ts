import { createHash, randomBytes, randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** An access token: `hf_` (Hugging Face's clients insist on it) and 40 random characters, 238 bits. */
export function newToken(): string {
  return `hf_${Array.from({ length: 40 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}

/** A one-time code or a session's secret: 192 bits, safe in an address. */
export const newCode = (): string => randomBytes(24).toString('base64url');

/** What the database keeps of a token, code or session. They are long and random: a fast hash is enough. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane; some 20 ms. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
export const hashPassword = (password: string): Promise<string> => hash(password, cost);

let decoy: Promise<string> | undefined;

/** Takes as long for a person that does not exist as for a wrong password, so that time does not tell names. */
export async function passwordMatches(passwordHash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword(newCode());
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && passwordHash !== undefined;
}
