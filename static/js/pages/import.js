/* The import wizard: dropping a file, its size told before it is sent. */

const form = document.getElementById("drop");

function complain(text) {
  const error = document.getElementById("file-error");
  error.textContent = text;
  error.hidden = !text;
  form.file.setAttribute("aria-invalid", text ? "true" : "false");
}

/** A file over the limit is refused here: sending it would only take time. */
function fits(file) {
  const small = !file || file.size <= Number(form.dataset.limit);
  complain(small ? "" : form.dataset.tooLarge);
  return small;
}

function dropped(event) {
  event.preventDefault();
  form.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (!file || !fits(file)) return;
  form.file.files = event.dataTransfer.files;
  form.requestSubmit();
}

if (form) {
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", dropped);
  form.file.addEventListener("change", () => fits(form.file.files[0]));
  form.addEventListener("submit", (event) => {
    if (!fits(form.file.files[0])) event.preventDefault();
    else form.querySelector("button").setAttribute("aria-busy", "true");
  });
}
