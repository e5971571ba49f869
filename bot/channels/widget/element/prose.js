/**
 * Plain text as paragraphs, lists, links and phone numbers to tap.
 */

import { h } from "./dom.js";

/**
 * The paragraphs and lists of a text: a blank line begins a paragraph, "- " begins an item.
 *
 * @param {string} text
 * @param {string[]} phones numbers that are made to be tapped wherever they stand
 * @returns {HTMLElement[]}
 */
export function prose(text, phones) {
  /** @type {HTMLElement[]} */
  const blocks = [];
  for (const block of text.trim().split(/\n\s*\n/)) {
    let open = /** @type {HTMLElement} */ (h("p"));
    for (const line of block.split("\n")) {
      const item = /^\s*[-•*]\s+(.*)$/.exec(line);
      const tag = item ? "ul" : "p";
      if (open.localName !== tag || !blocks.includes(open)) blocks.push((open = h(tag, { dir: "auto" })));
      else if (!item) open.append(h("br"));
      const content = linked(item ? item[1] : line, phones);
      open.append(...(item ? [h("li", {}, content)] : content));
    }
  }
  return blocks;
}

/**
 * A line with its web addresses and the clinic's phone numbers as links.
 *
 * @param {string} line
 * @param {string[]} phones
 * @returns {(string | HTMLElement)[]}
 */
export function linked(line, phones) {
  const known = phones.filter((phone) => dialled(phone)).map((phone) => phone.replace(/[^\w ]/g, "\\$&"));
  const address = "https?://[^\\s<>\"]+[^\\s<>\".,;:!?)\\]]";
  const pattern = new RegExp(`(${[address, ...known.map((phone) => `(?<![\\w+])${phone}(?!\\w)`)].join("|")})`);
  return line.split(pattern).map((part, index) => {
    if (index % 2 === 0) return part;
    return part.startsWith("http") ? webLink(part, part) : phoneLink(part, part);
  });
}

/**
 * What a phone dials for a number as it is written; empty when that is no number.
 *
 * @param {string} number
 */
export function dialled(number) {
  const digits = number.replace(/[\s().\/-]/g, "");
  return /^\+?\d{2,15}$/.test(digits) ? digits : "";
}

/**
 * @param {string} number
 * @param {string | Node} label
 * @param {string} [className]
 */
export function phoneLink(number, label, className) {
  return h("a", { href: `tel:${dialled(number)}`, class: className }, label);
}

/**
 * A link that opens beside the page, so that the conversation stays. Of an address that is no web address, its words.
 *
 * @param {string} address
 * @param {string} label
 * @param {string} [hint] what a screen reader says after it
 */
export function webLink(address, label, hint) {
  if (!/^https?:\/\//i.test(address)) return h("span", {}, label);
  return h(
    "a",
    { href: address, target: "_blank", rel: "noopener noreferrer" },
    label,
    hint && h("span", { class: "unseen" }, ` (${hint})`),
  );
}
