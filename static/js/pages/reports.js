/* The reports page: a disposal opens its lots. */

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".open-row[aria-controls^='lots-']");
  const row = button && document.getElementById(button.getAttribute("aria-controls"));
  if (!row) return;
  row.hidden = !row.hidden;
  button.setAttribute("aria-expanded", String(!row.hidden));
});
