import { people, type Row, readers } from './matrix.ts';
import type { World } from './world.ts';

const data = ({ project }: World) => ({ kind: 'dataset' as const, namespace: project, name: 'data' });

/** Routes that describe versions. */
export const metadataRows: Record<string, Row> = {
  'metadata.cite': [readers, (api, world) => api.metadata.cite(data(world))],
  'metadata.croissant': [readers, (api, world) => api.metadata.croissant(data(world))],
  'metadata.startCard': [readers, (api, world) => api.metadata.startCard(data(world))],
  'metadata.checkCard': [people, (api) => api.metadata.checkCard({ kind: 'dataset', markdown: '# Data' })],
};
