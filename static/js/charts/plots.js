/* Histogram, bars, heat map and fan, drawn by ECharts on a canvas (tooltips too: no styles). */

import { init } from "../../vendor/echarts-6.1.0.js";
import { fade } from "../colours.js";
import { DASH, hides, money, number, percent } from "../format.js";

const UNITS = {
  money: (data) => (v) => money(v, data.currency),
  percent: () => (v) => percent(v),
  number: () => (v) => (hides("any") ? DASH : number(v)),
};
const writer = (data) => UNITS[data.unit ?? "number"](data);

const label = (colours, size = 11) => ({ color: colours.muted, fontSize: size, fontFamily: getComputedStyle(document.body).fontFamily });

function frame(colours) {
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: label(colours),
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: colours.surface, borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 13, fontFamily: label(colours).fontFamily }, transitionDuration: 0,
    },
  };
}

const wholePercent = (value) => percent(value, { digits: 0 });

const KINDS = {
  histogram(data, colours) {
    const edge = data.var === null || data.var === undefined ? null : -data.var;
    const total = data.bins.reduce((sum, bin) => sum + bin.count, 0);
    const say = (bin) => `${percent(bin.from, { digits: 1 })} to ${percent(bin.to, { digits: 1 })}: ${bin.count} of ${total} days`;
    const isTail = (bin) => edge !== null && (bin.from + bin.to) / 2 < edge;
    const tails = [["VaR", data.var], ["CVaR", data.cvar]].filter(([, loss]) => loss !== null && loss !== undefined);
    const marks = tails.map(([name, loss]) => ({
      xAxis: data.bins.findIndex((bin) => -loss >= bin.from && -loss < bin.to),
      label: { ...label(colours), formatter: `${name} ${percent(-loss, { digits: 1 })}`, position: "end", align: name === "VaR" ? "left" : "right" },
    })).filter(({ xAxis }) => xAxis >= 0);
    const line = marks.length === 0 ? undefined : {
      symbol: "none", silent: true, lineStyle: { color: colours.loss, type: "dashed" }, data: marks,
    };
    return {
      say: data.bins.map(say),
      option: {
        grid: { left: 4, right: 4, top: 24, bottom: 20 },
        xAxis: {
          type: "category", data: data.bins.map((bin) => (bin.from + bin.to) / 2), axisTick: { show: false },
          axisLine: { lineStyle: { color: colours.line } },
          axisLabel: { ...label(colours), formatter: (value) => wholePercent(Number(value)), hideOverlap: true },
        },
        yAxis: { type: "value", show: false },
        series: [{
          type: "bar", barCategoryGap: "14%", markLine: line,
          data: data.bins.map((bin) => ({
            value: bin.count,
            itemStyle: { color: isTail(bin) ? colours.loss : fade(colours.accent, 0.8), borderRadius: [2, 2, 0, 0] },
          })),
        }],
      },
    };
  },
  fan(data, colours) {
    const { bands } = data;
    const days = bands["50"].map((_, day) => day);
    const amount = (share) => (data.value === null || data.value === undefined ? "" : ` (${money(share * data.value, data.currency, { signed: true })})`);
    const say = (day) => `Day ${day}: middle ${percent(bands["50"][day], { digits: 1, signed: true })}${amount(bands["50"][day])}\n`
      + `half between ${percent(bands["25"][day], { digits: 1, signed: true })} and ${percent(bands["75"][day], { digits: 1, signed: true })}\n`
      + `nine of ten between ${percent(bands["5"][day], { digits: 1, signed: true })} and ${percent(bands["95"][day], { digits: 1, signed: true })}`;
    const hidden = { type: "line", symbol: "none", lineStyle: { opacity: 0 }, silent: true, emphasis: { disabled: true } };
    /* Bands are drawn as differences stacked on their lower edge, which lies far below zero at most by all. */
    const band = (name, low, high, alpha) => [
      { ...hidden, name: `${name} low`, stack: name, stackStrategy: "all", data: bands[low] },
      { ...hidden, name, stack: name, stackStrategy: "all", areaStyle: { color: fade(colours.accent, alpha) }, data: bands[high].map((value, at) => value - bands[low][at]) },
    ];
    const axis = { axisTick: { show: false }, axisLine: { lineStyle: { color: colours.line } } };
    return {
      say: days.map(say),
      trigger: "axis",
      option: {
        grid: { left: 4, right: 8, top: 10, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        xAxis: { ...axis, type: "category", data: days, boundaryGap: false, axisLabel: { ...label(colours), formatter: (day) => (Number(day) === 0 ? "today" : `${day} d`), hideOverlap: true } },
        yAxis: {
          ...axis, type: "value", axisLine: { show: false }, position: "right", splitLine: { lineStyle: { color: colours.line } },
          axisLabel: { ...label(colours), formatter: (value) => (hides("any") ? "" : wholePercent(value)) },
        },
        series: [
          { type: "line", name: "middle", symbol: "none", lineStyle: { color: colours.accent, width: 2 }, data: bands["50"], z: 3 },
          ...band("nine of ten", "5", "95", 0.14), ...band("half", "25", "75", 0.22),
        ],
      },
    };
  },
  bars(data, colours) {
    const write = writer(data);
    const items = [...data.items].reverse(); // the first on top
    return {
      say: items.map((item) => `${item.label}: ${write(item.value)}`),
      option: {
        grid: { left: 4, right: 12, top: 4, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        xAxis: { type: "value", show: false },
        yAxis: {
          type: "category", data: items.map((item) => item.label), axisTick: { show: false }, axisLine: { show: false },
          axisLabel: label(colours, 13),
        },
        series: [{
          type: "bar", barMaxWidth: 14,
          label: { show: true, position: "right", ...label(colours, 12), formatter: ({ dataIndex }) => write(items[dataIndex].value) },
          data: items.map((item) => ({
            value: item.value,
            itemStyle: { color: item.value < 0 ? colours.loss : colours.accent, borderRadius: 4 },
          })),
        }],
      },
    };
  },
  heat(data, colours) {
    const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value]));
    const write = (value) => (value === null || hides("any") ? DASH : number(value));
    const axis = { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { show: false }, axisLabel: label(colours, 12) };
    return {
      say: cells.map(([x, y, value]) => `${data.labels[y]} with ${data.labels[x]}: ${write(value)}`),
      option: {
        grid: { left: 4, right: 4, top: 4, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        xAxis: { ...axis, position: "top" },
        yAxis: { ...axis, inverse: true },
        visualMap: { show: false, min: -1, max: 1, inRange: { color: [colours.loss, colours.sunk, colours.accent] } },
        series: [{
          type: "heatmap",
          data: cells.map(([x, y, value]) => [x, y, value ?? "-"]),
          itemStyle: { borderColor: colours.surface, borderWidth: 2, borderRadius: 4 },
          label: { show: data.labels.length <= 10, color: colours.ink, fontSize: 12, formatter: ({ value }) => write(value[2]) },
        }],
      },
    };
  },
};

class Plot {
  constructor(plot, kind, data, colours) {
    this.chart = init(plot, null, { renderer: "canvas" });
    const { say, option, trigger = "item" } = KINDS[kind](data, colours);
    this.say = say;
    const base = frame(colours);
    base.tooltip.trigger = trigger;
    base.tooltip.formatter = (at) => this.say[(Array.isArray(at) ? at[0] : at).dataIndex] ?? "";
    this.chart.setOption({ ...base, ...option });
    this.watch = new ResizeObserver(() => this.chart.resize());
    this.watch.observe(plot);
  }

  get length() {
    return this.say.length;
  }

  point(index) {
    this.chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: index });
    return this.say[index];
  }

  clear() {
    this.chart.dispatchAction({ type: "hideTip" });
  }

  remove() {
    this.watch.disconnect();
    this.chart.dispose();
  }
}

export const build = (el, plot, kind, data, colours) => new Plot(plot, kind, data, colours);
