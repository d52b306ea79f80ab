/* The printable report: its charts, and its one button. */

import { scan } from "../charts.js";

scan();
document.getElementById("print").addEventListener("click", () => window.print());
