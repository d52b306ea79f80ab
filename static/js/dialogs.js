/* #dialog: htmx loads a form into it; it opens, and closes when the server says so. */

import { toast } from "./shell.js";

const box = () => document.getElementById("dialog");

function loaded(event) {
  const dialog = box();
  if (event.detail.target !== dialog) return;
  if (!dialog.innerHTML.trim()) return;
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector('[aria-invalid="true"], [autofocus]') ?? dialog.querySelector("select, input:not([type=hidden])");
  first?.focus();
}

function clicked(event) {
  const dialog = box();
  if (event.target.closest?.("[data-close]")) dialog?.close();
  else if (event.target === dialog && !dialog.querySelector("form")) dialog.close(); // beside it
}

function failed(event) {
  const status = event.detail.xhr?.status ?? 0;
  const text = status ? `The server answered ${status}.` : "The server could not be reached.";
  toast("That did not work", `${text} Nothing was changed.`, { tone: "fired" });
}

/** A session that ended answers with the sign-in page: go there instead of showing it inside. */
function signedOut(event) {
  const { pathname } = new URL(event.detail.xhr.responseURL || location.href);
  if (!pathname.startsWith("/accounts/login")) return;
  event.detail.shouldSwap = false;
  location.reload();
}

export function start() {
  document.addEventListener("htmx:beforeSwap", signedOut);
  document.addEventListener("htmx:afterSwap", loaded);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("click", clicked);
  document.addEventListener("dialog:close", () => box()?.close());
  document.addEventListener("plimsoll:toast", ({ detail }) => {
    const action = detail.undo ? { label: "Undo", run: () => window.htmx.ajax("POST", detail.undo, { source: document.body, target: "#dialog" }) } : null;
    toast(detail.title, detail.text ?? "", { action });
  });
}
