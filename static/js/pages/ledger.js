/* The transactions page by keyboard: arrows move along the rows, Enter says what a row did, e edits,
   d duplicates, Del deletes (the toast takes it back), ? lists the keys. The rows are one tab stop. */

const rows = () => [...document.querySelectorAll("#ledger tr[data-row]")];
let last = null; // the row that was stood on: it is found again after the list was renewed

function stand(row) {
  for (const other of rows()) other.tabIndex = other === row ? 0 : -1;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
  last = row.dataset.row;
}

function move(row, step) {
  const all = rows();
  const next = all[all.indexOf(row) + step];
  if (next) stand(next);
  else if (step > 0) document.querySelector("#ledger .more-row button")?.click();
}

const open = (address) => address && window.htmx.ajax("GET", address, { target: "#dialog" });

function remove(row) {
  if (!row.dataset.delete) return;
  const all = rows();
  const at = all.indexOf(row);
  last = (all[at + 1] ?? all[at - 1])?.dataset.row ?? null;
  row.querySelector(`[hx-post="${row.dataset.delete}"]`)?.click();
}

const KEYS = {
  ArrowDown: (row) => move(row, 1),
  ArrowUp: (row) => move(row, -1),
  Home: () => rows()[0] && stand(rows()[0]),
  End: () => rows().length && stand(rows().at(-1)),
  Enter: (row) => open(row.dataset.about),
  e: (row) => open(row.dataset.edit),
  d: (row) => open(row.dataset.copy),
  Delete: remove,
};

const inField = (target) => target.closest?.("input, select, textarea, [contenteditable]");

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || inField(event.target)) return;
  if (event.key === "?") return document.getElementById("ledger-keys")?.togglePopover();
  const row = event.target.closest?.("tr[data-row]");
  const begin = !row && (event.key === "ArrowDown" || event.key === "j") && event.target === document.body;
  const act = KEYS[event.key];
  if (begin && rows()[0]) {
    event.preventDefault();
    return stand(rows().find((one) => one.dataset.row === last) ?? rows()[0]);
  }
  if (!row || !act || event.target !== row) return undefined;
  event.preventDefault();
  return act(row);
}

/** After the list came anew: the focus goes back to where it was. */
function renewed(event) {
  if (!last || document.querySelector("dialog[open]")) return;
  const row = rows().find((one) => one.dataset.row === last);
  if (!row) return;
  for (const other of rows()) other.tabIndex = other === row ? 0 : -1;
  if (document.activeElement === document.body && event.type !== "plimsoll:poll") row.focus({ preventScroll: true });
}

document.addEventListener("keydown", pressed);
document.addEventListener("focusin", ({ target }) => {
  if (target.matches?.("#ledger tr[data-row]")) last = target.dataset.row;
});
document.addEventListener("htmx:afterSettle", renewed);
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-filters]");
  if (button) button.setAttribute("aria-expanded", String(button.form.classList.toggle("open")));
});
