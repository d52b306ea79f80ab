/* The tokens of css/tokens.css, for canvases. */

const TOKENS = ["surface", "sunk", "line", "ink", "muted", "ghost", "accent", "gain", "loss", "warn", "mark"];

/** The tokens as the theme of the moment resolves them: {accent: "rgb(…)", …}. */
export function palette() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colours = {};
  for (const token of TOKENS) {
    probe.style.color = `var(--${token})`;
    colours[token] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

/** A colour with another opacity. */
export function fade(colour, alpha) {
  const [red, green, blue] = colour.match(/[\d.]+/g);
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
