/**
 * Builds plainscan-chat.js, the one file that the gateway serves, from element/: `npm run build`.
 *
 * It is kept in the repository, so that Plainscan runs without Node; a test sees when it is not built anew.
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

/** Where browsers have all that the element uses: dialogs, style sheets made by scripts, look-behind. */
const BROWSERS = ["chrome111", "edge111", "firefox113", "safari16.4"];
const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** A style sheet as its text, made small. */
const styleSheets = {
  name: "style sheets",
  setup(/** @type {import("esbuild").PluginBuild} */ building) {
    building.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = await readFile(path, "utf8");
      const { code } = await transform(css, { loader: "css", minify: true, target: BROWSERS });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

await build({
  entryPoints: [here("element/plainscan-chat.js")],
  outfile: process.argv[2] ?? here("plainscan-chat.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: BROWSERS,
  charset: "utf8",
  legalComments: "none",
  plugins: [styleSheets],
  banner: { js: "/* Plainscan, MIT licence. Built from bot/channels/widget/element. */" },
});
