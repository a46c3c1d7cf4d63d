import { defineConfig } from "vite";

/** One script and one style sheet a page, under names that the templates can rely on; what they share gets a hash. */
export default defineConfig({
  base: "./",
  publicDir: "src/public",
  // GOV.UK Frontend carries a media query for Internet Explorer 11, which the minifier may drop.
  css: { lightningcss: { errorRecovery: true } },
  build: {
    outDir: "../aim/api/static",
    emptyOutDir: true,
    target: "es2022",
    // The map and Swagger UI are large by themselves, and each page loads only its own.
    chunkSizeWarningLimit: 2000,
    license: { fileName: "licences.txt" },
    rolldownOptions: {
      input: { pages: "src/pages.ts", map: "src/map/main.ts", api: "src/api.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: (asset) =>
          asset.names.some((name) => name.endsWith(".css")) ? "[name][extname]" : "assets/[name]-[hash][extname]",
      },
    },
  },
});
