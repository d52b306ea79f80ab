/* The printable report has one button. */

document.getElementById("print").addEventListener("click", () => window.print());
