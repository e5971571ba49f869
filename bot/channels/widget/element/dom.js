/**
 * Makes elements. Text becomes text nodes and nothing else: no string is ever read as HTML.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | null | undefined | false | Child[]} Child
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * An element. Attributes that are null, undefined or false are left out; functions listen: `{ onclick: … }`.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child) parent.append(child);
  }
}

/** What the icons are drawn of: strokes in a box of 24. Each is our own. */
const ICONS = {
  chat: ["M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Z", "M8 9.5h8M8 12.7h5"],
  close: ["M6 6l12 12M18 6L6 18"],
  down: ["M6 9.5l6 6 6-6"],
  next: ["M9.5 6l6 6-6 6"],
  send: ["M12 19V5.5M6 11.5l6-6 6 6"],
  options: ["M5.5 12h.01M12 12h.01M18.5 12h.01"],
  again: ["M19.5 12a7.5 7.5 0 1 1-2.4-5.5", "M19.5 3.5v4h-4"],
  bin: ["M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.3 11v5M13.7 11v5"],
  page: ["M7 3.5h7l4.5 4.5v12.5H7a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 7 3.5Z", "M14 3.5V8h4.5M9 12.5h6M9 16h4"],
  pencil: ["M4.5 19.5l1-4L16 5l3 3L8.5 18.5Z", "M14 7l3 3"],
  tick: ["M5 12.5l4.5 4.5L19 7.5"],
  phone: ["M6.5 4h3l1.5 4-2 1.7a11 11 0 0 0 5.3 5.3l1.7-2 4 1.5v3a1.8 1.8 0 0 1-2 1.8A15.5 15.5 0 0 1 4.7 6 1.8 1.8 0 0 1 6.5 4Z"],
  alert: ["M12 4.5 21 19.5H3Z", "M12 10v4.5M12 17h.01"],
  today: ["M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z", "M12 8v5M12 16h.01"],
  cut: ["M3.5 9.5a12.5 12.5 0 0 1 17 0M7 13.2a7.5 7.5 0 0 1 10 0M12 18h.01M4 4l16 16"],
  print: ["M7.5 8.5v-5h9v5M7.5 16.5h-3v-8h15v8h-3", "M7.5 13.5h9v7h-9Z"],
  save: ["M12 4v10.5M7.5 10.5 12 15l4.5-4.5M5 19.5h14"],
  present: ["M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z", "M8.3 12.3l2.7 2.7 4.8-5.5"],
  absent: ["M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z", "M8 12h8"],
  uncertain: ["M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z", "M9.7 9.7a2.3 2.3 0 1 1 3.5 2c-.8.5-1.2 1-1.2 1.9M12 16.5h.01"],
  prior: ["M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z", "M12 7.5V12l3 2"],
};

/**
 * An icon beside words, hidden from screen readers: the words say it.
 *
 * @param {keyof typeof ICONS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  for (const line of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    svg.append(path);
  }
  return svg;
}

/**
 * Words with their {names} filled in.
 *
 * @param {string} words
 * @param {Record<string, string | number>} values
 */
export function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
