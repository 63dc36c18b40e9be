/**
 * What the classics' parameters and moments hash to after 50 steps in the deterministic lane: the same on every machine,
 * in Node and in a browser. Another hash means other mathematics (a derivative, an order of sums, an update, the version
 * of the runtime): runs of the past can then no longer be repeated to the bit, which their readers have to be told.
 */
export const hashes: Readonly<Record<'mlp' | 'vae' | 'lstm' | 'gpt', string>> = {
  mlp: '6719b15199c3a6e17e3168820739985360c7ce0c2bbc75d903808ed22b195e62',
  vae: '16444f38b0d883dadcf2aa84ccb1b767ded726d6b2f4098ca75ac911000cac1a',
  lstm: '899a0e7de6a250178b112e6ef93dd02c1d05a961b9942170d650a0ceb4ca4ee8',
  gpt: '536049027e151ba1acbbc1db50d9b44f6e87903eb92b16aff78626d23b31087a',
};
