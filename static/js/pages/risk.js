/* The Risk page: a pushed figure rewrites the sentence at once, then the parts that move with it.

   A page that asks for something else than the usual question (95 %, 1 day, 365 days, now) only
   takes the push as a hint to ask its own question again. An open info mark is never swapped away.
   Heavy parts wait until they come near, or until nothing else is to be done. */

import { money, percent } from "../format.js";
import { start as startWhatIf } from "./risk_what_if.js";

const page = () => document.getElementById("risk-page");

const PATIENCE = 2000;
const MOVING = ["risk-loads", "risk-score", "risk-shares", "risk-methods", "risk-measures", "risk-warnings"];
let waiting = 0;

function written(token) {
  if (token.kind === "text") return document.createTextNode(token.text);
  const node = document.createElement(token.kind === "percent" ? "span" : "b");
  if (token.kind !== "strong") node.className = "num";
  node.textContent = {
    strong: () => token.text,
    money: () => money(token.amount, token.currency),
    percent: () => percent(token.fraction, { digits: 1 }),
  }[token.kind]();
  return node;
}

function say(tokens) {
  const line = document.getElementById("risk-say");
  const fresh = tokens.map(written);
  const text = fresh.map((node) => node.textContent).join("");
  if (line.textContent.trim() !== text.trim()) line.replaceChildren(...fresh);
}

const isHeld = () => MOVING.some((id) => document.querySelector(`#${id} :popover-open, #${id} :focus`));

function refresh() {
  clearTimeout(waiting);
  if (isHeld()) {
    waiting = setTimeout(refresh, PATIENCE);
    return;
  }
  document.dispatchEvent(new CustomEvent("plimsoll:risk_due"));
}

/** Whether a message is about what the page shows, and shows as it is now. */
function concerns({ id }) {
  const here = page();
  return Boolean(here) && String(id) === here.dataset.risk && !here.querySelector('[name="as_of"]').value;
}

document.addEventListener("plimsoll:risk_update", ({ detail }) => {
  if (concerns(detail) && "usual" in page().dataset) say(detail.sentence_parts);
});
document.addEventListener("plimsoll:risk_moved", ({ detail }) => {
  if (concerns(detail)) refresh();
});

/* --- Parts that come later ------------------------------------------------------- */

const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
let coming = 0;

function fetchPart(part) {
  if (!part.isConnected || "coming" in part.dataset) return;
  part.dataset.coming = "";
  near.unobserve(part);
  coming += 1;
  part.dispatchEvent(new CustomEvent("near"));
}

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) fetchPart(target);
}, { rootMargin: "400px" });

/** One at a time, so that what is scrolled to goes first. */
function next() {
  if (coming > 0) return;
  const part = document.querySelector("[data-lazy]:not([data-coming])");
  if (part) fetchPart(part);
}

function watchParts() {
  for (const part of document.querySelectorAll("[data-lazy]:not([data-coming])")) near.observe(part);
  idle(next, { timeout: 1200 });
}

/* The event comes from what is left of the hierarchy once the part is swapped out. */
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const part = detail.requestConfig.elt;
  if (!part.matches?.("[data-lazy]")) return;
  coming = Math.max(0, coming - 1);
  if (!detail.successful) part.classList.add("failed");
  idle(next, { timeout: 1200 });
});
document.addEventListener("htmx:afterSettle", watchParts);

/* --- What is opened and closed ---------------------------------------------------- */

document.addEventListener("click", ({ target }) => {
  const closes = target.closest?.("[data-empty]");
  if (closes?.matches("button")) document.querySelector(closes.dataset.empty).replaceChildren();
});

startWhatIf();
if (document.readyState === "complete") watchParts();
else window.addEventListener("load", watchParts);
