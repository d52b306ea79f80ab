/* The frame: theme, privacy, menus, connection notice, unread marks, toasts, ages, copying, keys. */

import { age, money } from "./format.js";

const page = document.documentElement;
const csrf = () => document.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "";

/** POST a form's fields without leaving the page; true when the server took them. */
export async function post(address, fields) {
  const body = new URLSearchParams({ ...fields });
  const headers = { "X-CSRFToken": csrf() };
  const answer = await fetch(address, { method: "POST", body, headers, keepalive: true }).catch(() => null);
  return Boolean(answer?.ok);
}

/* --- Theme and privacy ------------------------------------------------------------- */

const dark = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (page.dataset.theme === "system" ? dark.matches : page.dataset.theme === "dark");

async function switchTheme(form) {
  const next = isDark() ? "light" : "dark";
  page.dataset.theme = next;
  document.dispatchEvent(new CustomEvent("plimsoll:theme"));
  if (!(await post(form.action, { theme: next }))) toast("The theme was not saved", "It holds until you leave this page.");
}

async function switchPrivacy(form, button) {
  if (await post(form.action, { privacy: button.value })) location.reload();
  else toast("Privacy was not changed", "The server did not answer. Try again.");
}

function shellForms(event) {
  const kind = event.target.dataset?.shell;
  if (!kind) return;
  event.preventDefault();
  if (kind === "theme") switchTheme(event.target);
  else switchPrivacy(event.target, event.submitter ?? event.target.querySelector("button"));
}

/* --- Toasts ------------------------------------------------------------------------- */

/** A short notice that leaves by itself (unless the pointer rests on it). */
export function toast(title, text = "", { tone = "", link = "", action = null } = {}) {
  const box = document.getElementById("toasts");
  if (!box) return;
  const item = document.createElement("div");
  item.className = `toast ${tone}`;
  const words = document.createElement("div");
  const head = document.createElement("b");
  head.textContent = title;
  words.append(head, text);
  if (link) {
    const more = Object.assign(document.createElement("a"), { href: link, textContent: "See alerts" });
    words.append(document.createElement("br"), more);
  }
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: action.label });
    button.addEventListener("click", () => {
      item.remove();
      action.run();
    });
    words.append(document.createElement("br"), button);
  }
  const close = Object.assign(document.createElement("button"), { type: "button", className: "icon", textContent: "×" });
  close.setAttribute("aria-label", "Dismiss");
  close.addEventListener("click", () => item.remove());
  item.append(words, close);
  box.append(item);
  while (box.children.length > 4) box.firstElementChild.remove();
  const leave = () => (item.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : item.remove());
  setTimeout(leave, 9000);
}

function alertCame({ detail }) {
  const hidden = page.dataset.privacy !== "shown";
  toast(detail.title, hidden ? "Amounts are hidden." : detail.message, {
    tone: detail.fired ? "fired" : "cleared",
    link: location.pathname === "/alerts/" ? "" : "/alerts/",
  });
  for (const badge of document.querySelectorAll("[data-unread]")) {
    badge.textContent = String(Number(badge.textContent || 0) + 1);
    badge.hidden = false;
  }
  for (const dot of document.querySelectorAll("[data-unread-dot]")) dot.hidden = false;
  const count = document.querySelector("[data-unread]")?.textContent ?? "new";
  document.getElementById("bell")?.setAttribute("aria-label", `Alerts, ${count} unread`);
}

/* --- Connection ----------------------------------------------------------------------- */

const NOTICES = {
  waiting: "Connection lost. Trying again…",
  polling: "Live updates are out of reach. Polling every 5 seconds instead.",
  offline: "You are offline. Figures stand as they were; they move on when you are back.",
};
let noticeTimer = null;

function connectionIs({ detail }) {
  const notice = document.getElementById("connection");
  if (!notice) return;
  clearTimeout(noticeTimer);
  const text = NOTICES[detail] ?? "";
  const show = () => {
    notice.textContent = text;
    notice.hidden = text === "";
  };
  if (detail === "waiting") noticeTimer = setTimeout(show, 2500); // a blink is no news
  else show();
  page.dataset.liveState = detail;
}

/** The tab's title carries the total, as hidden or shown as the page is. */
function retitle({ detail }) {
  const [about, ...tail] = (document.querySelector("[data-title]")?.dataset.title ?? "").split(" ");
  if (about !== `portfolio:${detail.id}` || detail.value === null) return;
  document.title = `${money(detail.value, detail.currency, { digits: 0 })} ${tail.join(" ")}`;
}

/* --- Ranges: what was chosen is kept for the next visit ---------------------------------- */

function keepRange() {
  const hero = document.querySelector("[data-range][data-saved]");
  if (!hero || hero.dataset.range === hero.dataset.saved) return;
  hero.dataset.saved = hero.dataset.range;
  post("/settings/range", { range: hero.dataset.range });
}

function customRange(event) {
  const form = event.target;
  const root = form.dataset?.customRange;
  if (!root) return;
  event.preventDefault();
  const { from, to } = Object.fromEntries(new FormData(form));
  const error = form.querySelector('[role="alert"]');
  error.hidden = from <= to;
  error.textContent = from <= to ? "" : "The first day is after the last one.";
  if (from <= to) location.assign(`${root}&range=${from}..${to}`);
}

/** A page that stays open keeps saying the truth about its prices. */
function askFeed() {
  if (document.hidden || document.querySelector("#feed-about:popover-open")) return;
  document.dispatchEvent(new CustomEvent("plimsoll:feed"));
}

/* --- Small things ---------------------------------------------------------------------- */

function tick() {
  if (document.hidden) return;
  for (const el of document.querySelectorAll("time[data-ago]")) {
    const past = (Date.now() - Date.parse(el.dateTime)) / 1000;
    const text = age(past);
    if (el.textContent !== text) el.textContent = text;
  }
}

function copyFigure(event) {
  const figure = event.target.closest?.("data[value]");
  if (!figure || event.target.closest("a, button, summary, label") || !navigator.clipboard) return;
  if (String(getSelection()) !== "") return;
  navigator.clipboard.writeText(figure.value).then(() => {
    figure.classList.add("copied");
    setTimeout(() => figure.classList.remove("copied"), 900);
    toast("Copied", figure.value);
  }, () => toast("Not copied", "The browser did not allow it."));
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function escapeMenus(event) {
  const menu = document.querySelector("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

/** Put an opened info mark beside its button, inside the window. */
function place(event) {
  const pop = event.target;
  if (event.newState !== "open" || !pop.matches?.("[popover]")) return;
  const button = document.querySelector(`[popovertarget="${pop.id}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const width = pop.offsetWidth;
  const height = pop.offsetHeight;
  const below = at.bottom + 8 + height < innerHeight;
  pop.style.left = `${Math.max(12, Math.min(at.left - 12, innerWidth - width - 12))}px`;
  pop.style.top = `${Math.max(12, below ? at.bottom + 8 : at.top - height - 8)}px`;
}

/** Of pages that do not fit side by side, the open one is in sight. */
function showTab() {
  const open = document.querySelector(".tabs .on");
  if (open) open.parentElement.scrollLeft = open.offsetLeft - (open.parentElement.clientWidth - open.offsetWidth) / 2;
}

function shortcuts(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable]")) return;
  const wanted = { "/": 'main input[type="search"]', n: '[data-key="n"]' }[event.key];
  const target = wanted && document.querySelector(wanted);
  if (!target) return;
  event.preventDefault();
  if (event.key === "/") target.focus();
  else target.click();
}

export function start() {
  document.addEventListener("submit", shellForms);
  document.addEventListener("submit", customRange);
  document.addEventListener("htmx:afterSettle", keepRange);
  document.addEventListener("plimsoll:alert", alertCame);
  document.addEventListener("plimsoll:connection", connectionIs);
  document.addEventListener("plimsoll:portfolio_update", retitle);
  document.addEventListener("click", copyFigure);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", escapeMenus);
  document.addEventListener("keydown", shortcuts);
  document.addEventListener("toggle", place, true);
  dark.addEventListener("change", () => document.dispatchEvent(new CustomEvent("plimsoll:theme")));
  setInterval(tick, 1000);
  setInterval(askFeed, 30_000);
  keepRange();
  showTab();
}
