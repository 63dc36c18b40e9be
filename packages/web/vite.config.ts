import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Built files carry a hash in their name, so the hub may tell browsers to keep `assets/` forever. */
export default defineConfig({
  plugins: [react(), tailwind()],
  build: { target: 'es2023', sourcemap: false, chunkSizeWarningLimit: 700 },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/v1', '/v2', '/openapi.json', '/docs'].map((path) => [
        path,
        process.env['BANYAN_URL'] ?? 'http://127.0.0.1:8686',
      ]),
    ),
  },
});
