import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const service = process.env.CATALEJO_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), { ...optimizeLocales.vite({ locales: ['en-US', 'es-ES'] }), enforce: 'pre' }],
  // The content security policy allows no data: addresses, so nothing is inlined.
  build: { target: 'es2023', cssTarget: ['chrome123', 'firefox121', 'safari17.5'], assetsInlineLimit: 0 },
  server: {
    proxy: {
      // The service looks at the Origin of writes; through the proxy it must see its own.
      '/v1': { target: service, changeOrigin: true, headers: { origin: new URL(service).origin } },
    },
  },
});
