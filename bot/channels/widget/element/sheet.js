/**
 * The sheet for the visit, on paper or in a file: its rows come from the gateway.
 *
 * @import { Report, SheetRow } from "./types.d.ts"
 * @import { Around } from "./messages.js"
 */

import { h } from "./dom.js";
import css from "./sheet.css";

/** While a sheet is printed, the page it stands on is not. */
const ALONE = `@page{margin:12mm 15mm}@media print{body{margin:0!important}body>:not([data-plainscan-sheet]){display:none!important}}
@media screen{[data-plainscan-sheet]{display:none!important}}`;

/**
 * Print the sheet and nothing else of the page.
 *
 * @param {Report} report
 * @param {Around} around
 */
export function print({ sheet }, { lang }) {
  const host = h("div", { "data-plainscan-sheet": true });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheetOf(css)];
  root.append(h("main", { lang }, (sheet?.rows ?? []).map(row)));
  const alone = sheetOf(ALONE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, alone];
  document.body.append(host);
  window.addEventListener(
    "afterprint",
    () => {
      host.remove();
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== alone);
    },
    { once: true },
  );
  window.print();
}

/**
 * Save the sheet as a page that opens and prints anywhere.
 *
 * @param {Report} report
 * @param {Around} around
 */
export function save({ sheet }, { words }) {
  const address = URL.createObjectURL(new Blob([sheet?.html ?? ""], { type: "text/html;charset=utf-8" }));
  h("a", { href: address, download: `${words.report.sheet_file}.html` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @type {Record<SheetRow["kind"], keyof HTMLElementTagNameMap>} */
const TAGS = { title: "h1", heading: "h2", small: "small", line: "p", item: "p", ask: "p", note: "p" };

/** @param {SheetRow} row */
function row({ kind, text }) {
  return h(TAGS[kind] ?? "p", { class: kind }, text);
}

/** @param {string} text */
export function sheetOf(text) {
  const styles = new CSSStyleSheet();
  styles.replaceSync(text);
  return styles;
}
