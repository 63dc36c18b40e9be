import { oc } from '@orpc/contract';
import { errorDetails, hubErrors } from './errors.ts';
import { mapValues } from './map-values.ts';

/** Every route starts here, so every route can give every refusal of the table, typed, to the client. */
export const base = oc.errors(mapValues(hubErrors, (entry) => ({ ...entry, data: errorDetails })));
