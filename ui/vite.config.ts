import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// File names carry no hash: the core embeds ui/dist and serves it under the same names for ever.
export default defineConfig({
  plugins: [svelte()],
  base: '/',
  build: {
    target: 'safari17',
    // A font or picture inlined as data: would be refused by the content security policy.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: {
      output: {
        codeSplitting: false,
        entryFileNames: 'app.js',
        assetFileNames: (asset) =>
          asset.names.some((name) => name.endsWith('.css')) ? 'app.css' : 'assets/[name][extname]',
      },
    },
  },
});
