import type { Logger } from 'pino';
import type { BlobStore } from './blobs/store.ts';
import type { Config } from './config.ts';
import type { Database } from './db/connection.ts';
import type { Tunnels } from './deployments/tunnels.ts';
import type { Events } from './events.ts';
import type { Attempts } from './people/attempts.ts';

/** What the hub is made of: built once at start, handed to every rule. */
export interface Services {
  db: Database;
  blobs: BlobStore;
  events: Events;
  /** Connections to the workers that serve models. */
  tunnels: Tunnels;
  config: Config;
  log: Logger;
  signIns: Attempts;
}

export interface Person {
  kind: 'person';
  id: string;
  username: string;
  administrator: boolean;
  /** A token may be for reading alone; a browser session is `write`. */
  scope: 'read' | 'write';
}

/** A worker that signs in with its site's token. */
export interface Site {
  kind: 'site';
  siteId: string;
  siteName: string;
}

export type Actor = Person | Site;

export interface RequestInfo {
  id: string;
  /** The client's address, for rate limits; of IPv6 the network of 64 bits, in which one client has them all. */
  address: string;
  /** The contract route, as in `projects.create`, once it is known. */
  route?: string;
  /** The secret of the session cookie, when the browser sent one. */
  session: string | undefined;
  /** Sets the session cookie; `undefined` clears it. */
  setSession(secret: string | undefined): void;
  /** Tells a client that is refused when to come again. */
  retryAfter(seconds: number): void;
}

/** One request: the services, who asks, and from where. */
export interface Context extends Services {
  actor: Actor | undefined;
  request: RequestInfo;
}
