// The JavaScript of `aecodec explore`: ESLint's recommended rules, and no others.
// Run: npm install --no-save eslint @eslint/js globals && npx eslint

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["aecodec/explore/vendor/"] }, // minified, not ours
  js.configs.recommended,
  // what Node and browsers have in common: a decoder that needs a page is an error
  { files: ["aecodec/explore/js/**/*.js"], languageOptions: { globals: globals["shared-node-browser"] } },
  { files: ["aecodec/explore/js/page/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/**/*.js"], languageOptions: { globals: globals.nodeBuiltin } },
];
