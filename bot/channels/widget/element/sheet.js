/**
 * The sheet for the visit: what the report says and what to ask, on paper or in a file.
 *
 * @import { Message, Report } from "./types.d.ts"
 * @import { Around } from "./messages.js"
 */

import { h } from "./dom.js";
import { opening, STATUSES, bySentence } from "./report.js";
import css from "./sheet.css";

/** While a sheet is printed, the page it stands on is not. */
const ALONE = `@media print{body>:not([data-plainscan-sheet]){display:none!important}}
@media screen{[data-plainscan-sheet]{display:none!important}}`;

/**
 * Print the sheet and nothing else of the page.
 *
 * @param {Message} message
 * @param {Report} report
 * @param {Around} around
 */
export function print(message, report, around) {
  const host = h("div", { "data-plainscan-sheet": true });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheetOf(css)];
  root.append(sheet(message, report, around));
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
 * Save the sheet as a file: the gateway's own where it sent one, else its words.
 *
 * @param {Message} message
 * @param {Report} report
 * @param {Around} around
 */
export function save(message, report, around) {
  const html = report.sheet?.html;
  const text = report.sheet?.text ?? words(sheet(message, report, around));
  const file = new Blob([html ?? text], { type: html ? "text/html;charset=utf-8" : "text/plain;charset=utf-8" });
  const address = URL.createObjectURL(file);
  h("a", { href: address, download: `${around.words.report.sheet_file}.${html ? "html" : "txt"}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * @param {Message} message
 * @param {Report} report
 * @param {Around} around
 */
function sheet(message, report, around) {
  const { words, config, lang } = around;
  const today = new Date().toLocaleDateString(lang, { dateStyle: "long" });
  return h(
    "main",
    { lang },
    h("p", { class: "from" }, [config?.name, today].filter(Boolean).join(" · ")),
    h("h1", {}, words.report.sheet),
    h("p", {}, report.opening ?? opening(message)),
    report.questions.length > 0 && [
      h("h2", {}, words.report.questions),
      h("ul", { class: "ask" }, report.questions.map((question) => h("li", {}, question))),
    ],
    STATUSES.map((status) => {
      const sentences = bySentence(report, status);
      if (!sentences.length) return null;
      return h(
        "section",
        {},
        h("h2", {}, words.report[status]),
        h("p", {}, words.report[`${status}_hint`]),
        h(
          "ul",
          {},
          sentences.map((mentions) =>
            h(
              "li",
              {},
              h("strong", {}, mentions.map(({ term }) => term).join(", ")),
              h("q", {}, mentions[0].sentence),
            ),
          ),
        ),
      );
    }),
    report.unexplained.length > 0 && [
      h("h2", {}, words.report.unexplained),
      h("ul", {}, report.unexplained.map((item) => h("li", {}, item))),
    ],
    h("p", { class: "from" }, words.disclaimer, " ", words.review_draft),
  );
}

/**
 * An element's words, a line for each of its blocks.
 *
 * @param {Element} element
 * @returns {string}
 */
function words(element) {
  const lines = [...element.querySelectorAll("h1, h2, p, li")].map((block) => {
    const said = [...block.childNodes].map((node) => node.textContent).join(" ");
    if (block.localName === "li") return `- ${said}`;
    return block.localName === "p" ? said : `\n${said.toUpperCase()}`;
  });
  return `${lines.join("\n").trim()}\n`;
}

/** @param {string} text */
export function sheetOf(text) {
  const styles = new CSSStyleSheet();
  styles.replaceSync(text);
  return styles;
}
