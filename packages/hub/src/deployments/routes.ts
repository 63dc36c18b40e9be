import { os } from '../rpc.ts';
import { createDeployment, listDeployments, readDeployment, stopDeployment } from './deployments.ts';
import { predict } from './gateway.ts';

export const deploymentRoutes = {
  create: os.deployments.create.handler(({ input, context }) => createDeployment(context, input)),
  list: os.deployments.list.handler(({ input, context }) => listDeployments(context, input)),
  get: os.deployments.get.handler(({ input, context }) => readDeployment(context, input.name)),
  stop: os.deployments.stop.handler(({ input, context }) => stopDeployment(context, input.name)),
  predict: os.deployments.predict.handler(({ input, context, signal }) => predict(context, input, signal)),
};
