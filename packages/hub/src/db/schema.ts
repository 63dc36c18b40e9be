/** Every table, for drizzle and drizzle-kit (which compiles this to CommonJS: no top-level await here). */
export * from '../blobs/table.ts';
export * from '../blobs/uploads/table.ts';
export * from '../blobs/xet/table.ts';
export * from '../deployments/table.ts';
export * from '../discussions/table.ts';
export * from '../grants/table.ts';
export * from '../jobs/table.ts';
export * from '../ledger/table.ts';
export * from '../organisations/table.ts';
export * from '../people/namespaces.ts';
export * from '../people/table.ts';
export * from '../projects/table.ts';
export * from '../repositories/table.ts';
export * from '../repositories/tree/table.ts';
export * from '../repositories/versions-table.ts';
export * from '../runs/table.ts';
export * from '../sites/table.ts';
