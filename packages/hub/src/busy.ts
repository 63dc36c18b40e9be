/**
 * Of routes on which bytes travel: ten thousand files, or the parts of a large one, are more requests a minute than
 * people and their pages make (app.ts has the limit of the others).
 */
export const busy = { config: { rateLimit: { max: 60_000 } } };
