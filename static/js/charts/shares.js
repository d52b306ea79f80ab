/* Shares of a whole as SVG: a donut, or a treemap (squarified, so that tiles are easy to compare).

   {"currency", "middle": ["14", "assets"], "items": [{"label", "share", "value": number|null, "tint", "url"?}, …], "tiles": [the same, more of them]}
   data-shape says which is drawn: the donut of `items` or the treemap of `tiles`. The server leaves `value` out where the reader hides amounts, and all items where it hides all. */

import { hides, money, percent } from "../format.js";

const SVG = "http://www.w3.org/2000/svg";
const GAP = 2;

function make(name, attributes, parent) {
  const el = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
  parent?.append(el);
  return el;
}

/* --- Squarified treemap (Bruls, Huizing, van Wijk 2000) ------------------------------------ */

/** The worst side ratio of a row of areas laid along a side of that length. */
function worst(areas, side) {
  const sum = areas.reduce((total, area) => total + area, 0);
  const depth = sum / side;
  return Math.max(...areas.map((area) => Math.max(depth / (area / depth), area / depth / depth)));
}

/** Shares (sum 1, largest first) as rectangles {x, y, w, h} that fill width × height. */
export function squarify(shares, width, height) {
  const scale = width * height;
  const box = { x: 0, y: 0, w: width, h: height };
  const tiles = [];
  let row = [];
  const lay = () => {
    const along = Math.min(box.w, box.h);
    const depth = row.reduce((total, area) => total + area, 0) / along;
    let at = 0;
    for (const area of row) {
      const length = area / depth;
      tiles.push(box.w >= box.h
        ? { x: box.x, y: box.y + at, w: depth, h: length }
        : { x: box.x + at, y: box.y, w: length, h: depth });
      at += length;
    }
    if (box.w >= box.h) Object.assign(box, { x: box.x + depth, w: box.w - depth });
    else Object.assign(box, { y: box.y + depth, h: box.h - depth });
    row = [];
  };
  for (const share of shares) {
    const area = share * scale;
    const side = Math.min(box.w, box.h);
    if (row.length && worst([...row, area], side) > worst(row, side)) lay();
    row.push(area);
  }
  if (row.length) lay();
  return tiles;
}

/* --- Drawing -------------------------------------------------------------------------------- */

function donut(svg, items, middle) {
  svg.setAttribute("viewBox", "0 0 200 200");
  make("text", { x: 100, y: 100, class: "many" }, svg).textContent = middle[0];
  make("text", { x: 100, y: 118, class: "noun" }, svg).textContent = middle[1];
  const gap = items.length > 1 ? 0.5 : 0;
  let at = 0;
  return items.map((item) => {
    const length = Math.max(item.share * 100 - gap, 0.12);
    const arc = make("circle", {
      cx: 100, cy: 100, r: 78, class: `part c${item.tint}`, pathLength: 100,
      "stroke-dasharray": `${length} ${100 - length}`, "stroke-dashoffset": -at, transform: "rotate(-90 100 100)",
    }, svg);
    at += item.share * 100;
    return arc;
  });
}

/** As many letters as the tile has room for. */
function fit(text, width, size) {
  const most = Math.floor((width - 14) / (size * 0.62));
  return text.length <= most ? text : most < 3 ? "" : `${text.slice(0, most - 1)}…`;
}

function treemap(svg, items, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const tiles = squarify(items.map((item) => item.share), width, height);
  return items.map((item, index) => {
    const { x, y, w, h } = tiles[index];
    const group = make("g", { class: `part c${item.tint}` }, svg);
    make("rect", { x: x + GAP / 2, y: y + GAP / 2, width: Math.max(w - GAP, 0.5), height: Math.max(h - GAP, 0.5), rx: Math.min(5, w / 4, h / 4) }, group);
    const label = fit(item.label, w, 13);
    if (label && h > 24) make("text", { x: x + 9, y: y + 20, class: "name" }, group).textContent = label;
    const share = percent(item.share, { digits: 1 });
    if (label && h > 42 && fit(share, w, 12) === share) make("text", { x: x + 9, y: y + 36, class: "share" }, group).textContent = share;
    return group;
  });
}

class Shares {
  constructor(el, plot, data) {
    this.isTree = el.dataset.shape === "treemap";
    Object.assign(this, { el, plot, data, items: this.isTree ? data.tiles : data.items });
    this.tip = Object.assign(document.createElement("div"), { className: "tip num", hidden: true });
    el.append(this.tip);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(plot);
    this.draw();
  }

  draw() {
    const { width, height } = this.plot.getBoundingClientRect();
    if (!width || !height) return;
    const svg = make("svg", { class: this.isTree ? "shares treemap" : "shares donut", width, height });
    this.marks = this.isTree ? treemap(svg, this.items, width, height) : donut(svg, this.items, this.data.middle);
    this.marks.forEach((mark, index) => {
      mark.addEventListener("pointerenter", () => this.show(index));
      mark.addEventListener("pointerleave", () => this.clear());
      const { url } = this.items[index];
      if (url) mark.addEventListener("click", () => location.assign(url));
      mark.classList.toggle("leads", Boolean(url));
    });
    this.plot.replaceChildren(svg);
  }

  get length() {
    return this.items.length;
  }

  say(index) {
    const { label, share, value } = this.items[index];
    const amount = value === null || value === undefined || hides("amount") ? "" : ` · ${money(value, this.data.currency)}`;
    return `${label} ${percent(share, { digits: 1 })}${amount}`;
  }

  show(index) {
    this.marks?.forEach((mark, at) => mark.classList.toggle("dim", at !== index));
    this.tip.textContent = this.say(index);
    this.tip.hidden = false;
  }

  point(index) {
    this.show(index);
    return this.say(index);
  }

  clear() {
    this.marks?.forEach((mark) => mark.classList.remove("dim"));
    this.tip.hidden = true;
  }

  remove() {
    this.watch.disconnect();
    this.tip.remove();
  }
}

export const build = (el, plot, kind, data) => new Shares(el, plot, data);
