import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const service = process.env.CATALEJO_URL ?? 'http://127.0.0.1:8080';

const POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'img-src', 'connect-src', 'form-action'].map((kind) => `${kind} 'self'`),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Nothing is painted before the remembered theme is on: the bundler would drop this attribute of the script. */
const themeFirst: Plugin = {
  name: 'theme-first',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  plugins: [
    react(),
    themeFirst,
    { ...optimizeLocales.vite({ locales: ['en-US', 'es-ES'] }), enforce: 'pre' },
  ],
  // The content security policy allows no data: addresses, so nothing is inlined.
  build: { target: 'es2023', cssTarget: ['chrome123', 'firefox121', 'safari17.5'], assetsInlineLimit: 0 },
  // As strict as the service, so that what would break there breaks here.
  preview: { headers: { 'content-security-policy': POLICY } },
  server: {
    proxy: {
      // The service looks at the Origin of writes; through the proxy it must see its own.
      '/v1': { target: service, changeOrigin: true, headers: { origin: new URL(service).origin } },
    },
  },
});
