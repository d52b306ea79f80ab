/* Turns <div class="chart" data-chart="KIND" data-source="#json-id" role="img" aria-label="…"> into a
   chart. The JSON (by json_script) is, with t a "YYYY-MM-DD" (UTC day) or seconds since 1970:

   value       {"currency", "unit": "money|percent", "points": [[t, value, paidIn|null], …],
                "compare": {"name", "points": [[t, value], …]}}
   line        {"unit": "money|percent|number", "currency"?, "series": [{"name", "points": [[t, v]],
                "tone": "accent|mark|muted|gain|loss"?, "dashed"?: true}]}
   underwater  {"points": [[t, fraction ≤ 0], …]}
   candles     {"currency", "candles": [[t, open, high, low, close, volume|null], …]}
   histogram   {"bins": [{"from", "to", "count"}, …], "var": fraction|null, "cvar"?: fraction|null}
   bars        {"unit", "currency"?, "items": [{"label", "value"}, …]}
   heat        {"labels": ["BTC", …], "values": [[1, 0.84|null, …], …]}
   backtest    {"points": [[t, return], …], "line": [[t, −VaR|null], …], "exceptions": [t, …]}
   fan         {"points": […], "bands": {"5": [fraction, …], "25", "50", "75", "95"}, "value"?, "currency"?}
   shares      {"currency", "middle", "items": [{"label", "share", "value", "tint", "url"?}, …], "tiles": […]}
               with data-shape="donut|treemap"; buttons with data-shapes="#id" value="treemap" switch it
   price       {"currency", "points": [[t, close], …], "trades": [{"time", "side": "in|out", "text"}, …]}

   Attributes: data-follow="portfolio:3" or "price:BTC": its newest point moves with live messages.
   Arrow keys, Home and End move the cross-hair; what it stands on is read out. */

import { palette } from "./colours.js";
import { DASH } from "./format.js";

const TIME_KINDS = new Set(["value", "line", "underwater", "candles", "backtest", "price"]);
const drawn = new Map();

function dataOf(el) {
  const source = document.querySelector(el.dataset.source);
  return source ? JSON.parse(source.textContent) : null;
}

function blank(el, text) {
  const note = document.createElement("p");
  note.className = "blank";
  note.textContent = text;
  el.replaceChildren(note);
}

const hasContent = (data) => {
  if (!data) return false;
  if (data.series) return data.series.some((one) => one.points.length > 0);
  return ["points", "candles", "bins", "items", "labels"].some((part) => data[part]?.length > 0);
};

function load(kind) {
  if (TIME_KINDS.has(kind)) return import("./charts/time.js");
  return kind === "shares" ? import("./charts/shares.js") : import("./charts/plots.js");
}

async function draw(el) {
  el.dataset.drawn = "yes";
  const data = dataOf(el);
  if (!hasContent(data)) return blank(el, el.dataset.empty ?? "Nothing to draw yet.");
  const kind = el.dataset.chart;
  const { build } = await load(kind);
  const plot = Object.assign(document.createElement("div"), { className: "plot" });
  plot.setAttribute("aria-hidden", "true");
  el.replaceChildren(plot);
  const chart = build(el, plot, kind, data, palette());
  drawn.set(el, chart);
  keyboard(el, chart);
  return undefined;
}

function keyboard(el, chart) {
  if (el.dataset.keys) return;
  el.dataset.keys = "yes";
  el.tabIndex = 0;
  const heard = Object.assign(document.createElement("p"), { className: "sr" });
  heard.setAttribute("aria-live", "polite");
  el.after(heard);
  let at = -1;
  el.addEventListener("keydown", (event) => {
    const now = drawn.get(el);
    const last = now.length - 1;
    const step = event.shiftKey ? 10 : 1;
    const next = { ArrowLeft: (at < 0 ? last + 1 : at) - step, ArrowRight: at + step, Home: 0, End: last }[event.key];
    if (event.key === "Escape") now.clear();
    if (next === undefined) return;
    event.preventDefault();
    at = Math.max(0, Math.min(last, next));
    heard.textContent = now.point(at) || DASH;
  });
  el.addEventListener("blur", () => drawn.get(el)?.clear());
}

function redraw(el) {
  drawn.get(el)?.remove();
  drawn.delete(el);
  el.replaceChildren();
  return draw(el);
}

/** Draw again what hangs on `el`, after its JSON changed. */
export const refresh = (el) => redraw(el);

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    draw(target);
  }
}, { rootMargin: "300px" });

const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 100));
const waiting = () => document.querySelector("[data-chart]:not([data-drawn])");

/* Those that nobody scrolled to: one after the other, so that a page that is printed, photographed
   or searched is whole. */
async function drawNext() {
  const el = waiting();
  if (!el) return;
  near.unobserve(el);
  await draw(el);
  whenIdle(drawNext, { timeout: 800 });
}

/** Draw every chart of the page that is not drawn yet: first what is near, the rest when idle. */
export async function scan() {
  for (const el of drawn.keys()) {
    if (el.isConnected) continue;
    drawn.get(el).remove();
    drawn.delete(el);
  }
  recallShape();
  for (const el of document.querySelectorAll("[data-chart]:not([data-drawn])")) near.observe(el);
  whenIdle(drawNext, { timeout: 800 });
}

function compare(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  drawn.get(document.querySelector(button.dataset.compare))?.compare?.(on);
  const legend = document.querySelector(`[data-legend="${button.dataset.compare}"]`);
  if (legend) legend.hidden = !on;
}

const SHAPE = "plimsoll:shape";

function reshape(button) {
  const el = document.querySelector(button.dataset.shapes);
  if (!el || el.dataset.shape === button.value) return;
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
  el.dataset.shape = button.value;
  try {
    localStorage.setItem(SHAPE, button.value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // storage is full or forbidden: forget
  }
  redraw(el);
}

/** The shape that was chosen last, in this browser. */
function recallShape() {
  let kept = null;
  try {
    kept = localStorage.getItem(SHAPE);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  const button = kept && document.querySelector(`[data-shapes][value="${CSS.escape(kept)}"][aria-pressed="false"]`);
  if (!button) return;
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
  document.querySelector(button.dataset.shapes).dataset.shape = kept;
}

function follow(kind, message) {
  for (const [el, chart] of drawn) {
    const [what, id] = (el.dataset.follow ?? "").split(":");
    if (what !== kind) continue;
    if (kind === "portfolio" && id === String(message.id)) chart.follow?.(Number(message.value), message.ts);
    const quote = kind === "price" ? message.prices[id] : null;
    if (quote) chart.follow?.(Number(quote.price), quote.time);
  }
}

document.addEventListener("plimsoll:theme", () => [...drawn.keys()].forEach(redraw));
document.addEventListener("plimsoll:portfolio_update", ({ detail }) => follow("portfolio", detail));
document.addEventListener("plimsoll:price_update", ({ detail }) => follow("price", detail));
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-compare]");
  if (button) compare(button);
  const shape = target.closest?.("[data-shapes]");
  if (shape) reshape(shape);
});
