/* The form of a transaction: it shows what the chosen type has a use for, fills in what is proposed,
   and Ctrl+Enter saves and goes on with the next. A hidden field is disabled: it is not sent. */

const ALWAYS = ["portfolio", "type", "executed_at", "note", "unmatched"];
/* What some fields are called for some types. */
const LABELS = {
  swap: { symbol: "Given", quantity: "Quantity given" },
  transfer: { location: "From" },
  gift_in: { price: "Giver's price" },
};

function labelOf(form, name) {
  return form.querySelector(`label[for="id_${name}"]`);
}

function shape(form) {
  const table = document.getElementById("fields-of-types");
  if (!table) return;
  const type = form.elements.type.value;
  const used = new Set([...JSON.parse(table.textContent)[type] ?? [], ...ALWAYS]);
  for (const field of form.querySelectorAll(".field")) {
    const input = field.querySelector("input, select, textarea");
    if (!input?.name || input.type === "hidden") continue;
    field.hidden = !used.has(input.name);
    input.disabled = field.hidden;
    const label = labelOf(form, input.name);
    if (!label) continue;
    label.dataset.usual ??= label.textContent;
    label.textContent = LABELS[type]?.[input.name] ?? label.dataset.usual;
  }
  for (const el of form.querySelectorAll("[data-with]")) el.hidden = !used.has(el.dataset.with);
  const words = form.querySelector(".further > summary");
  if (words) words.lastChild.textContent = used.has("fee") ? "note" : "Note";
}

function fill(button) {
  const field = document.querySelector(button.dataset.fill);
  if (!field) return;
  const comma = /^(de-DE|fr-FR)$/.test(document.documentElement.dataset.locale ?? "");
  field.value = comma ? button.value.replace(".", ",") : button.value;
  field.focus();
}

function keys(event) {
  const form = event.target.closest?.("form[data-transaction]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const again = form.elements.again;
  if (again) again.checked = true;
  form.requestSubmit();
}

function shapeAll() {
  document.querySelectorAll("form[data-transaction]").forEach(shape);
}

export function start() {
  shapeAll();
  document.addEventListener("htmx:afterSwap", shapeAll);
  document.addEventListener("keydown", keys);
  document.addEventListener("change", ({ target }) => {
    if (target.name === "type" && target.form?.matches("[data-transaction]")) shape(target.form);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-fill]");
    if (button) fill(button);
  });
}
