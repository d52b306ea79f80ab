/* Figures as config/templatetags/formats.py writes them: same locale, same privacy, same digits. */

const MINUS = "\u2212";
const NBSP = "\u00a0";
const NARROW = "\u202f";
export const DASH = "\u2013";
export const HIDDEN = "\u2022\u2022\u2022\u2022\u2022";

const STYLES = {
  "en-US": { group: ",", decimal: ".", percent: "%", first: true, gap: "" },
  "en-GB": { group: ",", decimal: ".", percent: "%", first: true, gap: "" },
  "de-DE": { group: ".", decimal: ",", percent: `${NBSP}%`, first: false, gap: NBSP },
  "de-CH": { group: "\u2019", decimal: ".", percent: "%", first: true, gap: NBSP },
  "fr-FR": { group: NARROW, decimal: ",", percent: `${NARROW}%`, first: false, gap: NBSP },
};
const SYMBOLS = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", CHF: "CHF" };
const DIGITS = { JPY: 0, BTC: 8, ETH: 8 };
const HIDES = { shown: [], amounts: ["amount"], all: ["amount", "any"] };

const page = document.documentElement.dataset;

/** Whether the reader's privacy mode hides an "amount", or "any" figure. */
export const hides = (kind) => (HIDES[page.privacy || "shown"] ?? HIDES.all).includes(kind);
export const locale = () => page.locale || "en-US";
export const baseCurrency = () => page.currency || "USD";

const style = () => STYLES[locale()] ?? STYLES["en-US"];

/** A finite number, or null for what is missing. */
export function exact(value) {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

const writers = new Map();

function grouped(size, digits) {
  if (!writers.has(digits)) {
    const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    writers.set(digits, new Intl.NumberFormat("en-US", fixed));
  }
  const { group, decimal } = style();
  const swap = { ",": group, ".": decimal };
  return writers.get(digits).format(size).replace(/[,.]/g, (mark) => swap[mark]);
}

function signOf(value, digits, signed) {
  if (Number(Math.abs(value).toFixed(Math.min(digits, 100))) === 0) return "";
  if (value < 0) return MINUS;
  return signed ? "+" : "";
}

export function number(value, digits = 2, signed = false) {
  const known = exact(value);
  if (known === null) return DASH;
  return signOf(known, digits, signed) + grouped(Math.abs(known), digits);
}

function withCurrency(value, currency, digits, signed) {
  const { first, gap } = style();
  const size = grouped(Math.abs(value), digits);
  const sign = signOf(value, digits, signed);
  const symbol = SYMBOLS[currency];
  if (!symbol) return `${sign}${size}${NBSP}${currency}`;
  if (!first) return `${sign}${size}${gap}${symbol}`;
  return `${sign}${symbol}${gap || (symbol.length > 1 ? NBSP : "")}${size}`;
}

/** An amount of the reader's money. */
export function money(value, currency = baseCurrency(), { signed = false, digits } = {}) {
  const known = exact(value);
  if (known === null) return DASH;
  if (hides("amount")) return HIDDEN;
  return withCurrency(known, currency, digits ?? DIGITS[currency] ?? 2, signed);
}

export function priceDigits(value) {
  const size = Math.abs(value);
  if (size >= 10 || size === 0) return 2;
  return size >= 1 ? 4 : Math.min(3 - Math.floor(Math.log10(size)), 14);
}

/** The price of one unit. `open`: on pages about markets, which are nobody's secret. */
export function price(value, currency = "USD", { open = false } = {}) {
  const known = exact(value);
  if (known === null) return DASH;
  if (!open && hides("any")) return HIDDEN;
  return withCurrency(known, currency, priceDigits(known), false);
}

const QUANTITY_DIGITS = [[1000, 2, 2], [10, 2, 4], [1, 4, 6], [0, 4, 8]];

export function quantity(value) {
  const known = exact(value);
  if (known === null) return DASH;
  if (hides("amount")) return HIDDEN;
  const [, low, high] = QUANTITY_DIGITS.find(([floor]) => Math.abs(known) >= floor);
  const used = known.toFixed(high).replace(/0+$/, "").split(".")[1]?.length ?? 0;
  return number(known, Math.max(low, Math.min(high, used)));
}

/** A fraction as percent: 0.0184 is 1.84%. */
export function percent(value, { digits = 2, signed = false, open = false } = {}) {
  const known = exact(value);
  if (known === null) return DASH;
  if (!open && hides("any")) return HIDDEN;
  return number(known * 100, digits, signed) + style().percent;
}

/** For axes: 57.2k, 1.3M. */
export function short(value, currency) {
  if (hides("amount")) return "";
  for (const [size, unit] of [[1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
    if (Math.abs(value) >= size) return `${number(value / size, 1)}${unit}`;
  }
  return number(value, Math.abs(value) >= 10 || !value ? 0 : priceDigits(value));
}

export function age(seconds) {
  const past = Math.max(0, Math.floor(seconds));
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (past >= size) return `${Math.floor(past / size)} ${unit} ago`;
  }
  return `${past} s ago`;
}

/** A day (UTC), or a moment in the reader's own time. */
export function day(value) {
  const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(locale(), options).format(value);
}

export function moment(value) {
  const options = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale(), options).format(value);
}

const tones = (value) => (value > 0 ? ["gain", "▲", "up"] : value < 0 ? ["loss", "▼", "down"] : ["flat", "•", "unchanged"]);

function change(el, value) {
  if (!("open" in el.dataset) && hides("any")) return el.replaceChildren(figure(value, HIDDEN));
  const [tone, arrow, word] = tones(value);
  const wrap = document.createElement("span");
  wrap.className = `${tone} nowrap`;
  const mark = Object.assign(document.createElement("span"), { textContent: arrow });
  mark.setAttribute("aria-hidden", "true");
  const heard = Object.assign(document.createElement("span"), { textContent: word, className: "sr" });
  wrap.append(mark, heard, " ", figure(value, percent(Math.abs(value), { open: "open" in el.dataset })));
  return el.replaceChildren(wrap);
}

function figure(value, text) {
  if (text === HIDDEN) return hiddenFigure();
  const node = document.createElement("data");
  node.value = String(value);
  node.textContent = text;
  return node;
}

function hiddenFigure() {
  const node = Object.assign(document.createElement("span"), { className: "hidden-figure" });
  const dots = Object.assign(document.createElement("span"), { textContent: HIDDEN });
  dots.setAttribute("aria-hidden", "true");
  node.append(dots, Object.assign(document.createElement("span"), { textContent: "hidden", className: "sr" }));
  return node;
}

function hero(el, value, currency) {
  const text = money(value, currency);
  const [whole, rest] = text.split(style().decimal);
  const node = figure(value, whole);
  if (rest !== undefined) {
    const small = document.createElement("small");
    small.textContent = style().decimal + rest;
    node.append(small);
  }
  el.replaceChildren(node);
}

/** Write `value` into a [data-live] element the way its data-format says. */
export function write(el, value) {
  const { format = "text", currency = baseCurrency(), digits } = el.dataset;
  const known = exact(value);
  const open = "open" in el.dataset;
  const signed = "signed" in el.dataset;
  if (known === null) el.textContent = value === null ? DASH : String(value);
  else if (format === "change") change(el, known);
  else if (format === "hero") hero(el, known, currency);
  else el.replaceChildren(figure(known, {
    money: () => money(known, currency, { signed }),
    price: () => price(known, currency, { open }),
    quantity: () => quantity(known),
    percent: () => percent(known, { digits: Number(digits ?? 2), signed, open }),
    number: () => (hides("any") ? HIDDEN : number(known, Number(digits ?? 2), signed)),
    text: () => String(value),
  }[format]()));
  if ("tone" in el.dataset && known !== null) {
    el.classList.remove("gain", "loss", "flat");
    el.classList.add(hides("any") ? "flat" : tones(known)[0]);
  }
}
