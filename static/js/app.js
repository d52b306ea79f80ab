/* Entry of every signed-in page. Imported by no other module: it must run once. */

import { start as startDialogs } from "./dialogs.js";
import { start as startLive } from "./live.js";
import { start as startShell } from "./shell.js";
import { start as startTables } from "./tables.js";
import { start as startTransactions } from "./transaction.js";

startShell();
startDialogs();
startTables();
startTransactions();
startLive();

// Charts weigh more than the rest together: only where there are any.
async function drawCharts() {
  if (!document.querySelector("[data-chart]:not([data-drawn])")) return;
  const { scan } = await import("./charts.js");
  await scan();
}

drawCharts();
document.addEventListener("htmx:afterSettle", drawCharts);
