import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';
import { uuidv7 } from 'uuidv7';

/** A primary key made here, not by the database: PostgreSQL 15 has no uuidv7. */
export const idColumn = () => uuid().primaryKey().$defaultFn(uuidv7);

/** A moment, to the millisecond that JavaScript can hold. */
export const moment = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' });
export const createdAt = () =>
  moment()
    .notNull()
    .$defaultFn(() => new Date());

/** Raw bytes. The Buffer may be a view at an offset: copy before making a typed array of wider numbers. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
