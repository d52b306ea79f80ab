/* The Risk page: a pushed figure rewrites the sentence at once, then the parts that move with it.

   A page that asks for something else than the usual question (95 %, 1 day, 365 days, now) only
   takes the push as a hint to ask its own question again. An open info mark is never swapped away. */

import { money, percent } from "../format.js";

const page = () => document.getElementById("risk-page");

const PATIENCE = 2000;
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

function refresh() {
  clearTimeout(waiting);
  if (document.querySelector("#risk-page :popover-open, #risk-live :focus")) {
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
