/**
 * The clinic's colours, made legible: nobody's choice of an accent may cost a patient the text.
 *
 * @typedef {[number, number, number]} Rgb red, green, blue, 0 to 255
 */

/** WCAG 2.2: of text on what is behind it, and of what shows a control. In the dark a little more is easier on the eye. */
const TEXT = 4.5;
const CONTROL = 3;
const IN_THE_DARK = 6.5;

/** What has to be legible on what: names of custom properties of the style sheet. */
const PAIRS = [
  ["ink", "surface"],
  ["ink", "canvas"],
  ["muted", "surface"],
  ["muted", "canvas"],
];

/**
 * Set the accent's colours on `root`, and tell the console which of the clinic's colours can't be read as they are.
 *
 * @param {HTMLElement} root
 * @param {string | undefined} configured the accent of the clinic's settings; a custom property of the page wins
 */
export function applyColours(root, configured) {
  const dark = root.dataset.theme === "dark";
  const probe = root.appendChild(document.createElement("span"));
  /** @param {string} colour */
  const resolve = (colour) => {
    probe.style.color = "";
    probe.style.color = colour;
    return probe.style.color ? rgb(getComputedStyle(probe).color) : null;
  };
  /** @param {string} name */
  const token = (name) => resolve(`var(--${name})`) ?? /** @type {Rgb} */ ([0, 0, 0]);

  const own = getComputedStyle(root).getPropertyValue("--plainscan-accent").trim();
  const [surface, canvas, ink] = [token("surface"), token("canvas"), token("ink")];
  const set = resolve(own || !configured ? "var(--accent-given)" : configured) ?? token("accent");
  // A colour for white pages is too dark for the dark: the same hue at its brightest is where to begin from.
  const given = dark && contrast(set, surface) < IN_THE_DARK ? brightest(set) : set;
  const soft = mix(given, surface, 0.86);
  const text = legible(given, [surface, canvas, soft], ink, dark ? IN_THE_DARK : TEXT);
  // In the dark a light fill with dark words; in the light the fill has to stand out from the panel.
  const fill = legible(given, [surface], ink, dark ? IN_THE_DARK : CONTROL);
  /** @type {Rgb[]} */
  const words = [[255, 255, 255], dark ? canvas : [11, 24, 32]];
  const on = contrast(words[0], fill) >= TEXT ? words[0] : legible(words[1], [fill], [0, 0, 0], TEXT);
  for (const [name, colour] of Object.entries({ accent: fill, "on-accent": on, "accent-text": text, "accent-soft": soft }))
    root.style.setProperty(`--${name}`, css(colour));

  if (!dark && contrast(given, surface) < TEXT)
    warn(`the accent ${css(given)}`, contrast(given, surface), `Links and buttons use ${css(text)} instead.`);
  for (const [front, behind] of PAIRS) {
    const ratio = contrast(token(front), token(behind));
    if (ratio < TEXT) warn(`--${front} on --${behind} (${root.dataset.theme})`, ratio, "Please choose other colours.");
  }
  probe.remove();
}

/**
 * @param {string} what
 * @param {number} ratio
 * @param {string} advice
 */
function warn(what, ratio, advice) {
  console.warn(`plainscan-chat: ${what} has a contrast of ${ratio.toFixed(1)}:1; ${TEXT}:1 is needed. ${advice}`);
}

/**
 * `colour`, mixed with `towards` as far as it takes to be read on each of `behind`.
 *
 * @param {Rgb} colour
 * @param {Rgb[]} behind
 * @param {Rgb} towards
 * @param {number} wanted
 * @returns {Rgb}
 */
export function legible(colour, behind, towards, wanted) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, towards, share);
    if (behind.every((one) => contrast(mixed, one) >= wanted)) return mixed;
  }
  return towards;
}

/**
 * @param {Rgb} one
 * @param {Rgb} other
 * @param {number} share of the other
 * @returns {Rgb}
 */
function mix(one, other, share) {
  const part = (/** @type {number} */ index) => Math.round(one[index] * (1 - share) + other[index] * share);
  return [part(0), part(1), part(2)];
}

/**
 * @param {Rgb} colour
 * @returns {Rgb} of the same hue
 */
function brightest(colour) {
  const most = Math.max(...colour, 1);
  const part = (/** @type {number} */ index) => Math.round((colour[index] * 255) / most);
  return [part(0), part(1), part(2)];
}

/**
 * The contrast ratio of WCAG 2.2, 1 to 21.
 *
 * @param {Rgb} one
 * @param {Rgb} other
 */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Rgb} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * @param {string} computed as a browser computes a colour
 * @returns {Rgb | null}
 */
function rgb(computed) {
  const values = /^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)/.exec(computed);
  return values && [Number(values[1]), Number(values[2]), Number(values[3])];
}

/** @param {Rgb} colour */
function css(colour) {
  return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
