import { collectNow } from './blobs/collect-now.ts';
import type { Context } from './context.ts';
import { needsSetup } from './people/setup.ts';
import { os } from './rpc.ts';

async function readInfo({ db, config }: Context) {
  const { version, publicUrl } = config;
  return { name: 'Banyan' as const, version, needsSetup: await needsSetup(db), publicUrl };
}

export const systemRoutes = {
  collect: os.system.collect.handler(({ context }) => collectNow(context)),
  info: os.system.info.handler(({ context }) => readInfo(context)),
};
