/* Returns: the benchmark that was chosen is kept for the next visit. */

import { post } from "../shell.js";

const form = document.querySelector("[data-benchmark]");
if (form?.dataset.benchmark && form.dataset.benchmark !== form.dataset.saved) {
  form.dataset.saved = form.dataset.benchmark;
  post("/settings/benchmark", { benchmark: form.dataset.benchmark });
}
