/** Debian's chromium; nothing it would look up on its own is reachable or wanted. */
export const chromiumPath = process.env['BANYAN_CHROMIUM'] ?? '/usr/bin/chromium';
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
