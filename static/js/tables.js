/* Tables that sort by their headers, filter by a field, choose columns and sum what is shown.

   <table id="x" data-table> … <th data-sort="num|text" data-column="price">
   <input type="search" data-filter="x">   <details data-columns="x"> filled from the headers
   <td data-v="12.5"> the value to sort by (else its <data>, else its text)
   <tfoot> cells with data-sum="3": the sum of column 3 of the rows shown, data-format as in live.js;
   data-most="40": only so many rows are shown until something is looked for, or a button with
   data-whole="x" shows all. data-rows: how many there are. A row with data-detail-of follows the row it belongs to. */

import { write } from "./format.js";

const rowsOf = (table) => [...table.tBodies[0].rows].filter((row) => !row.dataset.detailOf);

function valueOf(cell, kind) {
  const raw = cell?.dataset.v ?? cell?.querySelector("data")?.value ?? cell?.textContent.trim() ?? "";
  if (kind === "text") return raw.toLowerCase();
  const number = raw === "" ? NaN : Number(raw);
  return Number.isNaN(number) ? -Infinity : number; // the missing sort last
}

function sortBy(table, index, kind, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  const keyed = rowsOf(table).map((row) => [valueOf(row.cells[index], kind), row]);
  keyed.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
  for (const [, row] of keyed) {
    const detail = row.dataset.key && table.querySelector(`[data-detail-of="${CSS.escape(row.dataset.key)}"]`);
    table.tBodies[0].append(row);
    if (detail) table.tBodies[0].append(detail);
  }
}

/** Hide what comes after the first rows, unless the reader looks for something or wants all. */
function shorten(table) {
  const most = Number(table.dataset.most ?? 0);
  if (!most) return;
  const looking = document.querySelector(`[data-filter="${table.id}"]`)?.value.trim();
  const whole = "all" in table.dataset || Boolean(looking);
  rowsOf(table).forEach((row, index) => row.classList.toggle("beyond", !whole && index >= most));
  const button = document.querySelector(`[data-whole="${table.id}"]`);
  if (button) button.hidden = "all" in table.dataset || Boolean(looking);
}

function showWhole(button) {
  const table = document.getElementById(button.dataset.whole);
  table.dataset.all = "";
  remember(table, { all: true });
  shorten(table);
  rowsOf(table)[Number(table.dataset.most)]?.querySelector("a, button")?.focus();
}

function headClicked(table, head) {
  const kind = head.dataset.sort;
  const first = kind === "text" ? "ascending" : "descending";
  const now = head.getAttribute("aria-sort");
  const next = now === "none" || !now ? first : now === "ascending" ? "descending" : "ascending";
  for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", next);
  sortBy(table, head.cellIndex, kind, next);
  shorten(table);
  remember(table, { sort: [head.cellIndex, kind, next] });
}

/* --- What is remembered of a table, in this browser ---------------------------------- */

const memory = (table) => `plimsoll:table:${table.id}`;

function recall(table) {
  try {
    return JSON.parse(localStorage.getItem(memory(table)) ?? "{}");
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return {};
    throw error;
  }
}

function remember(table, part) {
  try {
    localStorage.setItem(memory(table), JSON.stringify({ ...recall(table), ...part }));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // storage is full or forbidden: forget
  }
}

/* --- Filter and sums ------------------------------------------------------------------ */

function filter(table, words) {
  const wanted = words.trim().toLowerCase();
  for (const row of rowsOf(table)) {
    const name = (row.dataset.search ?? row.textContent).toLowerCase();
    row.hidden = wanted !== "" && !name.includes(wanted);
    const detail = row.dataset.key && table.querySelector(`[data-detail-of="${CSS.escape(row.dataset.key)}"]`);
    if (detail && row.hidden) detail.hidden = true;
  }
  shorten(table);
  sum(table, wanted !== "");
}

function sum(table, filtered) {
  const shown = rowsOf(table).filter((row) => !row.hidden);
  for (const cell of table.tFoot?.querySelectorAll("[data-sum]") ?? []) {
    cell.dataset.whole ??= cell.innerHTML;
    if (!filtered) {
      cell.innerHTML = cell.dataset.whole;
      delete cell.dataset.whole;
      continue;
    }
    const values = shown.map((row) => Number(row.cells[Number(cell.dataset.sum)]?.dataset.v)).filter(Number.isFinite);
    write(cell, values.reduce((total, value) => total + value, 0));
  }
  const count = table.querySelector("[data-rows]");
  const rows = count?.dataset.rows.replace("#", String(shown.length));
  if (count) count.textContent = shown.length === 1 ? rows.replace(/s$/, "") : rows;
  const none = document.querySelector(`[data-none="${table.id}"]`);
  if (none) none.hidden = shown.length > 0;
}

/* --- Columns ---------------------------------------------------------------------------- */

function showColumn(table, name, shown) {
  const head = table.tHead.querySelector(`[data-column="${name}"]`);
  if (!head) return;
  const index = head.cellIndex;
  for (const row of table.rows) if (row.cells[index] && !row.dataset.detailOf) row.cells[index].hidden = !shown;
}

function columnMenu(table) {
  const menu = document.querySelector(`[data-columns="${table.id}"] .sheet`);
  const off = new Set(recall(table).off ?? []);
  for (const name of off) showColumn(table, name, false);
  if (!menu || menu.childElementCount) return;
  for (const head of table.tHead.querySelectorAll("[data-column]")) {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !off.has(head.dataset.column) });
    box.addEventListener("change", () => {
      off[box.checked ? "delete" : "add"](head.dataset.column);
      showColumn(table, head.dataset.column, box.checked);
      remember(table, { off: [...off] });
    });
    const label = document.createElement("label");
    label.append(box, head.dataset.label ?? head.textContent.trim());
    menu.append(label);
  }
}

function prepare(table) {
  if (table.dataset.ready) return;
  table.dataset.ready = "yes";
  columnMenu(table);
  for (const head of table.tHead.querySelectorAll("th[data-sort]")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
    const words = [...head.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    button.textContent = words.map((node) => node.textContent).join(" ").trim();
    words.forEach((node) => node.remove());
    head.prepend(button);
    if (!head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => headClicked(table, head));
  }
  const { sort } = recall(table);
  const head = sort ? table.tHead.rows[0].cells[sort[0]] : null;
  if (head?.dataset.sort && head.dataset.sort === sort[1]) {
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", sort[2]);
    sortBy(table, ...sort);
  }
  if (recall(table).all) table.dataset.all = "";
  shorten(table);
  const field = document.querySelector(`[data-filter="${table.id}"]`);
  if (field?.value) filter(table, field.value);
}

function opened(button) {
  const row = document.getElementById(button.getAttribute("aria-controls"));
  if (!row) return;
  row.hidden = !row.hidden;
  button.setAttribute("aria-expanded", String(!row.hidden));
}

export function scan() {
  document.querySelectorAll("table[data-table]").forEach(prepare);
}

export function start() {
  scan();
  document.addEventListener("htmx:afterSettle", scan);
  document.addEventListener("input", ({ target }) => {
    const table = target.dataset?.filter && document.getElementById(target.dataset.filter);
    if (table) filter(table, target.value);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(".open-row");
    if (button) opened(button);
    const whole = target.closest?.("[data-whole]");
    if (whole) showWhole(whole);
  });
}
