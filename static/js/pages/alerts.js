// The page Alerts: the parts follow what happens, the form shows the fields of its subject.

const REFRESH_MS = 15000;

/** Fetch one part again, with the filter the reader has chosen; never under the reader's hands. */
function refresh(id) {
  const part = document.getElementById(id);
  if (!part || document.hidden || document.querySelector("dialog[open]")) return;
  if (part.contains(document.activeElement) && document.activeElement.matches("select")) return;
  const filter = part.querySelector("form.history-filter");
  const query = filter ? `?${new URLSearchParams(new FormData(filter))}` : "";
  window.htmx.ajax("GET", part.dataset.refresh + query, { target: part, swap: "innerHTML" });
}

function showSubject(form) {
  const subject = form.elements.subject.value;
  for (const box of form.querySelectorAll("[data-subject]")) {
    box.hidden = box.dataset.subject !== subject;
  }
}

function showAllSubjects() {
  document.querySelectorAll("form.rule-form").forEach(showSubject);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form.rule-form");
  if (form && event.target.name === "subject") showSubject(form);
});
document.addEventListener("htmx:afterSwap", showAllSubjects);
function refreshBoth() {
  refresh("alert-lines");
  refresh("alert-history");
}

document.addEventListener("plimsoll:alert", refreshBoth);
document.addEventListener("plimsoll:poll", refreshBoth); // no socket: ask instead
document.addEventListener("visibilitychange", () => refresh("alert-lines"));
setInterval(() => refresh("alert-lines"), REFRESH_MS);
showAllSubjects();
