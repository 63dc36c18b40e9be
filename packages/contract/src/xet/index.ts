/**
 * The Xet format (content-defined chunks, xorbs, shards), as Hugging Face's clients speak it, for Node and the browser. Apart from
 * the contract's front door, because it compiles WebAssembly when it is loaded.
 */
export * from './chunker.ts';
export * from './give-back.ts';
export * from './hash.ts';
export * from './known.ts';
export * from './shard.ts';
export * from './xorb.ts';
