/* What if: only sliders that were moved are asked about; trades of the ticket become rows. */

import { percent } from "../format.js";

const form = () => document.getElementById("what-if-form");

const again = () => form()?.dispatchEvent(new CustomEvent("retry"));

function showShare(slider) {
  const output = slider.parentElement.querySelector("output");
  if (output) output.textContent = percent(Number(slider.value) / 100, { digits: 1 });
}

function ticket(symbol, units) {
  const row = document.createElement("p");
  row.className = "ticket-row";
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "trade", value: `${symbol}:${units}` });
  const side = Number(units) < 0 ? "Sell" : "Buy";
  const words = Object.assign(document.createElement("span"), { textContent: `${side} ${String(units).replace("-", "")} ${symbol}` });
  const gone = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Remove" });
  gone.setAttribute("aria-label", `Remove: ${words.textContent}`);
  gone.addEventListener("click", () => { row.remove(); again(); });
  row.append(field, words, gone);
  return row;
}

function addTicket() {
  const [side, units, symbol] = ["side", "units", "symbol"].map((name) => document.getElementById(`ticket-${name}`));
  const missing = [units, symbol].find((field) => !field.value.trim());
  if (missing) return missing.focus();
  const amount = side.value + units.value.trim().replace(",", ".");
  form().querySelector("[data-tickets]").append(ticket(symbol.value.trim().toUpperCase(), amount));
  units.value = symbol.value = "";
  return again();
}

function reset() {
  form().reset();
  form().querySelector("[data-tickets]").replaceChildren();
  form().querySelectorAll("input[type=range]").forEach(showShare);
  again();
}

/** Put a proposed sale on the ticket; the part may still be on its way. */
function tryOut(trades, patience = 40) {
  if (!form()) {
    if (patience > 0) setTimeout(() => tryOut(trades, patience - 1), 100);
    return;
  }
  const rows = trades.split(",").map((trade) => ticket(...trade.split(":")));
  form().querySelector("[data-tickets]").replaceChildren(...rows);
  again();
}

function asked(event) {
  if (event.target.id !== "what-if-form") return;
  const { parameters } = event.detail;
  for (const slider of event.target.querySelectorAll("[data-unless-moved]")) {
    if (slider.value === slider.getAttribute("value") || Number(slider.value) === Number(slider.defaultValue)) delete parameters[slider.name];
  }
}

/** Steps of a slider never fall on the share as it is: what it starts from is what it shows. */
function settle() {
  for (const slider of document.querySelectorAll("[data-unless-moved]:not([data-settled])")) {
    slider.dataset.settled = "";
    slider.setAttribute("value", slider.value);
  }
}

export function start() {
  document.addEventListener("htmx:configRequest", asked);
  document.addEventListener("htmx:afterSettle", settle);
  document.addEventListener("input", ({ target }) => {
    if (target.matches?.("[data-unless-moved]")) showShare(target);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-add-ticket]")) addTicket();
    if (event.target.closest?.("[data-reset]")) reset();
    const trial = event.target.closest?.("[data-try]");
    if (trial) tryOut(trial.dataset.try);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.closest?.("[data-ticket]")) return;
    event.preventDefault();
    addTicket();
  });
}
