/* The live tier: one socket a page, catch-up after a reconnect, polling where no socket can be had.

   Elements say what they show: data-live="price:BTC", "change:BTC", "portfolio:3:value",
   "portfolio:all:position:BTC:value", "risk:3:var" with data-format for how it is written.
   Every message is also a CustomEvent on document: plimsoll:price_update, portfolio_update,
   risk_update, alert (detail: the message); portfolio_moved, risk_moved when one follows another;
   plimsoll:poll (no socket: ask the server anew),
   plimsoll:connection (detail: open | waiting | polling | offline). */

import { exact, hides, write } from "./format.js";

const POLL_AFTER = 5000;
const POLL_EVERY = 5000;
const BACKOFF = { first: 500, most: 20000 };

const address = document.querySelector('meta[name="live-url"]')?.content;
const seen = new Map(); // "portfolio:3" -> seq of the newest message
const told = new Set(); // what this socket is subscribed to
const priceTimes = new Map();
const shown = new WeakMap(); // element -> the number it shows (not in the page: it may be hidden)
let socket = null;
let attempts = 0;
let polling = null;
let patience = null;
let state = "";

const emit = (name, detail) => document.dispatchEvent(new CustomEvent(`plimsoll:${name}`, { detail }));

function become(next) {
  if (next === state) return;
  state = next;
  emit("connection", next);
}

/* --- What the page shows ------------------------------------------------------- */

const keyOf = (el) => el.dataset.live.split(":");

function wanted() {
  const symbols = new Set();
  const things = new Set(["alerts"]);
  for (const el of document.querySelectorAll("[data-live]")) {
    const [kind, id] = keyOf(el);
    if (kind === "price" || kind === "change") symbols.add(id);
    else things.add(`${kind}:${id}`);
  }
  for (const el of document.querySelectorAll("[data-subscribe]")) {
    for (const thing of el.dataset.subscribe.split(" ")) if (thing) things.add(thing);
  }
  return { symbols, things };
}

const say = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

/** Ask for everything the page shows now and did not ask for yet. */
export function subscribe() {
  const { symbols, things } = wanted();
  const fresh = [...symbols].filter((symbol) => !told.has(`price:${symbol}`));
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (fresh.length) say({ type: "subscribe", channel: "prices", symbols: fresh });
  fresh.forEach((symbol) => told.add(`price:${symbol}`));
  for (const thing of things) {
    if (told.has(thing)) continue;
    told.add(thing);
    const [channel, id] = thing.split(":");
    const message = { type: "subscribe", channel };
    if (id) message.id = id === "all" ? "all" : Number(id);
    if (seen.get(thing)) message.since = seen.get(thing);
    say(message);
  }
}

/* --- Patching ------------------------------------------------------------------ */

function flash(el, before, after) {
  if (before === null || after === null || before === after) return;
  el.classList.remove("flash-up", "flash-down");
  void el.offsetWidth; // restarts the animation
  el.classList.add(after > before ? "flash-up" : "flash-down");
}

function patch(el, value) {
  if (value === undefined) return;
  const before = shown.get(el) ?? exact(el.querySelector("data")?.value);
  const after = exact(value);
  if (before !== null && before === after) return;
  write(el, value);
  shown.set(el, after);
  if (!hides("amount")) keepRow(el, value);
  if (!("still" in el.dataset) && !hides("any")) flash(el, before, after);
}

/** What a row is sorted and summed by follows what it shows. */
function keepRow(el, value) {
  if (el.dataset.live.endsWith(":quantity")) el.closest("[data-quantity]")?.setAttribute("data-quantity", value);
  if (!el.closest("small")) el.closest("td[data-v]")?.setAttribute("data-v", value);
}

/** The part of a message that a key such as value, var or position:BTC:share names. */
function pick(message, path, format) {
  let found = message;
  for (let at = 0; at < path.length; at += 1) {
    if (path[at] === "position") {
      found = message.positions?.find((one) => one.symbol === path[at + 1]);
      at += 1;
    } else found = found?.[path[at]];
  }
  if (found === null || typeof found !== "object") return found;
  const method = "historical" in found ? found.historical : found;
  return format === "percent" ? method?.fraction : method?.amount;
}

function patchPrices(message) {
  for (const [symbol, now] of Object.entries(message.prices)) {
    const at = Date.parse(now.time);
    if (at < (priceTimes.get(symbol) ?? 0)) continue;
    priceTimes.set(symbol, at);
    for (const el of document.querySelectorAll(`[data-live="price:${CSS.escape(symbol)}"]`)) patch(el, now.price);
    for (const el of document.querySelectorAll(`[data-live="change:${CSS.escape(symbol)}"]`)) patch(el, now.change_24h);
  }
}

function patchThing(kind, message) {
  const prefix = `${kind}:${message.id}:`;
  for (const el of document.querySelectorAll(`[data-live^="${prefix}"]`)) {
    patch(el, pick(message, keyOf(el).slice(2), el.dataset.format));
  }
}

const KINDS = { portfolio_update: "portfolio", risk_update: "risk" };

function receive(message) {
  const kind = KINDS[message.type];
  if (message.type === "alert") {
    if (message.seq <= (seen.get("alerts") ?? 0)) return;
    seen.set("alerts", message.seq);
  } else if (kind) {
    const thing = `${kind}:${message.id}`;
    const before = seen.get(thing);
    if (message.seq < (before ?? 0)) return;
    seen.set(thing, message.seq);
    patchThing(kind, message);
    // The first message only says what the page was rendered with.
    if (before !== undefined && before !== message.seq) emit(`${kind}_moved`, message);
  } else if (message.type === "price_update") patchPrices(message);
  else return;
  stamp(message.ts);
  emit(message.type, message);
}

function stamp(time) {
  const box = document.getElementById("stamp");
  if (!box) return;
  let clock = box.querySelector("time");
  if (!clock) {
    clock = document.createElement("time");
    clock.dataset.ago = "";
    box.replaceChildren("updated ", clock);
  }
  if (time > clock.dateTime) clock.dateTime = time;
}

/* --- Connecting ------------------------------------------------------------------ */

function connect() {
  if (!address || !navigator.onLine) return later();
  try {
    socket = new WebSocket(address);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return later(); // an address the browser refuses: polling takes over
  }
  socket.addEventListener("open", opened);
  socket.addEventListener("close", later);
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  return undefined;
}

function opened() {
  attempts = 0;
  clearTimeout(patience);
  patience = null;
  stopPolling();
  become("open");
  subscribe();
}

function later() {
  socket = null;
  told.clear();
  for (const thing of seen.keys()) if (thing !== "alerts") seen.set(thing, 0); // states come whole
  become(navigator.onLine ? (polling ? "polling" : "waiting") : "offline");
  patience ??= setTimeout(startPolling, POLL_AFTER);
  const wait = Math.min(BACKOFF.most, BACKOFF.first * 2 ** attempts);
  attempts += 1;
  setTimeout(connect, wait / 2 + Math.random() * (wait / 2)); // full speed for none, jitter for all
}

/* --- Polling ----------------------------------------------------------------------- */

function startPolling() {
  if (polling || socket?.readyState === WebSocket.OPEN) return;
  polling = setInterval(poll, POLL_EVERY);
  poll();
}

function stopPolling() {
  clearInterval(polling);
  polling = null;
}

async function poll() {
  if (!navigator.onLine) return become("offline");
  become("polling");
  emit("poll");
  const symbols = [...wanted().symbols];
  if (symbols.length === 0 || document.hidden) return undefined;
  const answer = await fetch(`/api/market/prices?symbols=${symbols.join(",")}`).catch(() => null);
  if (!answer?.ok) return undefined;
  const body = await answer.json();
  const rows = Array.isArray(body) ? body : (body.results ?? body.prices ?? []);
  const prices = Object.fromEntries(rows.filter((row) => row.price).map((row) => [row.symbol, row]));
  return receive({ type: "price_update", ts: new Date().toISOString(), prices });
}

/** Open the socket and keep it; call once. */
export function start() {
  if (!address) return;
  window.addEventListener("offline", () => become("offline"));
  window.addEventListener("online", () => become(socket ? "open" : "waiting"));
  document.addEventListener("htmx:afterSettle", subscribe);
  connect();
}
