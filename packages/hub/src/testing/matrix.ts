import type { HubApi } from '@banyan/contract';
import type { World } from './world.ts';

/** One route: what each persona gets, in their order, and a call of it; `n` is new for each call. */
export type Row = [expected: string, call: (api: HubApi, world: World, n: number) => Promise<unknown>];

/** A plain route: what each persona gets, in their order, and a request with a token. */
export type PlainRow = [
  expected: string,
  call: (ask: Ask, world: World, token: string | undefined) => Promise<Response | string>,
];
export type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };
/** `fetch` with the persona's token. */
export type Ask = (address: string, init?: Init) => Promise<Response>;

/** How a row writes what a call gets. */
export const letters = {
  ok: '.',
  NOT_SIGNED_IN: 'S',
  NOT_ALLOWED: 'A',
  NOT_FOUND: 'F',
  CONSENT_NEEDED: 'C',
  LEASE_LOST: 'L',
  // Not about rights: the call got past them to what it asked for, which is not so.
  BAD_INPUT: 'b',
  GONE: 'g',
  WRONG_PASSWORD: 'w',
  UNAVAILABLE: 'u',
  UPSTREAM: 'u',
} as const;

/** Frequent rows, by whom they let in. */
export const everybody = '. . . . . . . . .';
export const people = '  S . . . . . . A .';
export const writers = ' S . . . . . A A .';
/** Of something private in the project: */
export const readers = ' S F . . . . . A F';
export const contributors = 'S F A . . . A A F';
export const maintainers = ' S F A A . . A A F';
/** Of something that everybody sees and the organisation's maintainers run. */
export const keepers = '    S A A A . . A A A';
/** The same for a site, which the hub's administrators may run too. */
export const siteKeepers = 'S A A A . . A A .';
