/* Charts over time, drawn by Lightweight Charts (credited beside each chart). */

import {
  AreaSeries, CandlestickSeries, CrosshairMode, HistogramSeries, LineSeries, LineStyle, createChart, createSeriesMarkers,
} from "../../vendor/lightweight-charts-5.2.1.js";
import { fade } from "../colours.js";
import { DASH, day, hides, locale, moment, money, number, percent, price, priceDigits, short } from "../format.js";

const isDay = (time) => typeof time === "string";
const instant = (time) => new Date(isDay(time) ? `${time}T00:00:00Z` : time * 1000);
const told = (time) => (isDay(time) ? day(instant(time)) : moment(instant(time)));

const UNITS = {
  money: (data) => ({ full: (v) => money(v, data.currency), axis: (v) => short(v, data.currency) }),
  price: (data) => ({
    full: (v) => price(v, data.currency, { open: true }),
    axis: (v) => (Math.abs(v) >= 1000 ? number(v, 0) : number(v, priceDigits(v))),
  }),
  percent: () => ({ full: (v) => percent(v), axis: (v) => (hides("any") ? "" : percent(v, { digits: 0 })) }),
  number: () => ({ full: (v) => (hides("any") ? DASH : number(v)), axis: (v) => (hides("any") ? "" : number(v, 1)) }),
};

function tickText(time, type) {
  const date = instant(time);
  const zone = isDay(time) ? { timeZone: "UTC" } : {};
  const shape = [
    { year: "numeric" }, { month: "short" }, { day: "numeric", month: "short" },
    { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, { minute: "2-digit", second: "2-digit" },
  ][type];
  return new Intl.DateTimeFormat(locale(), { ...shape, ...zone }).format(date);
}

function options(colours, unit, intraday) {
  const dash = { style: LineStyle.Dashed, color: colours.muted, width: 1 };
  return {
    autoSize: true,
    layout: {
      background: { color: "transparent" },
      textColor: colours.muted,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      attributionLogo: false, // its style element breaks the content policy; the page links instead
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.06 } },
    timeScale: {
      borderVisible: false, fixLeftEdge: true, fixRightEdge: true, timeVisible: intraday,
      lockVisibleTimeRangeOnResize: true, tickMarkFormatter: tickText, minBarSpacing: 0.01,
    },
    crosshair: {
      mode: CrosshairMode.Magnet,
      vertLine: { ...dash, labelVisible: false },
      horzLine: { ...dash, labelBackgroundColor: colours.ink },
    },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false, axisPressedMouseMove: false },
    localization: { locale: locale(), priceFormatter: unit.axis },
  };
}

const plain = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerRadius: 4 };
const toPoints = (rows, column = 1) => rows.filter((row) => row[column] !== null && row[column] !== undefined)
  .map((row) => ({ time: row[0], value: row[column] }));

/* Each kind: adds its series to the chart and returns [{name, series, points}], the first leading. */
const KINDS = {
  value(chart, data, colours) {
    const area = chart.addSeries(AreaSeries, {
      ...plain, lineColor: colours.accent, lineWidth: 2,
      topColor: fade(colours.accent, 0.16), bottomColor: fade(colours.accent, 0.02),
    });
    const paid = chart.addSeries(LineSeries, {
      ...plain, color: colours.muted, lineWidth: 1, lineStyle: LineStyle.Dashed, crosshairMarkerVisible: false,
      lineType: 1,
    });
    const layers = [
      { name: "Value", series: area, points: toPoints(data.points) },
      { name: "Paid in", series: paid, points: toPoints(data.points, 2) },
    ];
    if (data.compare?.points?.length) {
      const other = chart.addSeries(LineSeries, { ...plain, color: colours.mark, lineWidth: 2, visible: false });
      layers.push({ name: data.compare.name, series: other, points: toPoints(data.compare.points), optional: true });
    }
    return layers;
  },
  line(chart, data, colours) {
    return data.series.map((one) => ({
      name: one.name,
      points: toPoints(one.points),
      series: chart.addSeries(LineSeries, {
        ...plain, lineWidth: 2, color: colours[one.tone ?? "accent"],
        lineStyle: one.dashed ? LineStyle.Dashed : LineStyle.Solid,
      }),
    }));
  },
  underwater(chart, data, colours) {
    const series = chart.addSeries(AreaSeries, {
      ...plain, lineColor: colours.loss, lineWidth: 1.5, invertFilledArea: true,
      topColor: fade(colours.loss, 0.04), bottomColor: fade(colours.loss, 0.2),
    });
    return [{ name: "Below the last high", series, points: toPoints(data.points) }];
  },
  backtest(chart, data, colours) {
    const missed = new Set(data.exceptions);
    const returns = chart.addSeries(HistogramSeries, { ...plain, base: 0 });
    const line = chart.addSeries(LineSeries, { ...plain, color: colours.accent, lineWidth: 1.5, crosshairMarkerVisible: false });
    createSeriesMarkers(returns, data.exceptions.map((time) => ({
      time, position: "belowBar", shape: "arrowUp", color: colours.loss, size: 0.6,
    })));
    const points = toPoints(data.points).map((point) => ({
      ...point, color: missed.has(point.time) ? colours.loss : fade(colours.muted, 0.45),
    }));
    return [
      { name: "Return", series: returns, points },
      { name: "VaR line", series: line, points: toPoints(data.line) },
    ];
  },
  price(chart, data, colours) {
    const series = chart.addSeries(AreaSeries, {
      ...plain, lineColor: colours.accent, lineWidth: 2,
      topColor: fade(colours.accent, 0.12), bottomColor: fade(colours.accent, 0.01),
    });
    const known = new Set(data.points.map(([time]) => time));
    createSeriesMarkers(series, data.trades.filter(({ time }) => known.has(time)).map(({ time, side }) => ({
      time, size: 0.8, position: side === "in" ? "belowBar" : "aboveBar",
      shape: side === "in" ? "arrowUp" : "arrowDown", color: side === "in" ? colours.gain : colours.loss,
    })));
    return [{ name: "Close", series, points: toPoints(data.points) }];
  },
  candles(chart, data, colours) {
    const series = chart.addSeries(CandlestickSeries, {
      upColor: colours.gain, downColor: colours.loss, wickUpColor: colours.gain, wickDownColor: colours.loss,
      borderVisible: false, priceLineColor: colours.accent,
    });
    const volume = chart.addSeries(HistogramSeries, { ...plain, priceScaleId: "volume", color: fade(colours.muted, 0.25) });
    chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    series.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.22 } });
    volume.setData(toPoints(data.candles, 5));
    const points = data.candles.map(([time, open, high, low, close]) => ({ time, open, high, low, close, value: close }));
    return [{ name: "Close", series, points }];
  },
};

const DEFAULT_UNIT = { price: "price", value: "money", line: "number", underwater: "percent", candles: "price", backtest: "percent" };

class TimeChart {
  constructor(el, plot, kind, data, colours) {
    this.el = el;
    this.kind = kind;
    this.unit = UNITS[data.unit ?? DEFAULT_UNIT[kind]](data);
    this.intraday = !isDay((data.points ?? data.candles ?? data.series[0].points)[0][0]);
    this.chart = createChart(plot, options(colours, this.unit, this.intraday));
    this.layers = KINDS[kind](this.chart, data, colours);
    this.notes = Map.groupBy?.(data.trades ?? [], (trade) => trade.time) ?? new Map();
    for (const layer of this.layers) {
      layer.series.setData(layer.points);
      layer.byTime = new Map(layer.points.map((point) => [point.time, point]));
    }
    this.chart.timeScale().fitContent();
    this.tip = Object.assign(document.createElement("div"), { className: "tip num", hidden: true });
    el.append(this.tip);
    this.chart.subscribeCrosshairMove((event) => this.show(event.time));
  }

  get lead() {
    return this.layers[0].points;
  }

  get length() {
    return this.lead.length;
  }

  describe(time) {
    const parts = [told(time)];
    for (const { name, series, byTime } of this.layers) {
      const point = byTime.get(time);
      if (!point || !series.options().visible) continue;
      if (this.kind === "candles") {
        for (const part of ["open", "high", "low", "close"]) parts.push([part[0].toUpperCase(), this.unit.full(point[part])]);
      } else parts.push([name, this.unit.full(point.value)]);
    }
    for (const { text } of this.notes.get(time) ?? []) parts.push(text);
    return parts;
  }

  show(time) {
    this.tip.hidden = time === undefined;
    if (time === undefined) return;
    this.tip.replaceChildren(...this.describe(time).map((part) => {
      const span = document.createElement("span");
      if (!Array.isArray(part)) span.textContent = part;
      else span.append(`${part[0]} `, Object.assign(document.createElement("b"), { textContent: part[1] }));
      return span;
    }));
  }

  /** Put the cross-hair on a point; what it says, as text. */
  point(index) {
    const point = this.lead[index];
    this.chart.setCrosshairPosition(point.value, point.time, this.layers[0].series);
    this.show(point.time);
    return this.describe(point.time).flat().join(" ");
  }

  clear() {
    this.chart.clearCrosshairPosition();
    this.show(undefined);
  }

  compare(on) {
    for (const layer of this.layers) if (layer.optional) layer.series.applyOptions({ visible: on });
  }

  /** The newest point moves with the market (money only: an index cannot be followed). */
  follow(value, time) {
    const last = this.lead.at(-1);
    if (this.layers.some(({ points }) => points.at(-1)?.time > last?.time)) return; // today has no value
    if (!Number.isFinite(value) || !last || this.el.dataset.still !== undefined) return;
    if (this.kind === "candles") {
      last.close = last.value = value;
      last.high = Math.max(last.high, value);
      last.low = Math.min(last.low, value);
    } else if (this.intraday && Date.parse(time) / 1000 - last.time > 300) return;
    else last.value = value;
    this.layers[0].series.update(last);
  }

  remove() {
    this.chart.remove();
    this.tip.remove();
  }
}

export const build = (el, plot, kind, data, colours) => new TimeChart(el, plot, kind, data, colours);
