import type { Tunnel } from './tunnel.ts';

/** The tunnels that end in this process, by deployment. A hub of several processes routes a deployment's requests to one. */
export interface Tunnels {
  /** The open tunnel of a deployment, by its name. */
  find(deployment: string): Tunnel | undefined;
  /** Takes the place of an older one, which is closed. */
  add(deployment: string, tunnel: Tunnel): void;
  remove(deployment: string, tunnel: Tunnel): void;
  closeAll(): void;
}

export function createTunnels(): Tunnels {
  const tunnels = new Map<string, Tunnel>();
  return {
    find(deployment) {
      const tunnel = tunnels.get(deployment);
      return tunnel?.open ? tunnel : undefined;
    },
    add(deployment, tunnel) {
      tunnels.get(deployment)?.close('another worker took over');
      tunnels.set(deployment, tunnel);
    },
    remove(deployment, tunnel) {
      if (tunnels.get(deployment) === tunnel) tunnels.delete(deployment);
    },
    closeAll() {
      for (const tunnel of tunnels.values()) tunnel.close('the hub stops');
    },
  };
}
