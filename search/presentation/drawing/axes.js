// Axes: from values to shares of a panel, and ticks. -------------------------
const POWERS = { 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹", "-": "⁻" };

const axisOptions = (layout, id) => layout[`${id[0]}axis${id.slice(1)}`] ?? {};

// Axes that match another share its range.
function rootAxis(layout, id) {
  const { matches } = axisOptions(layout, id);
  return matches ? rootAxis(layout, matches) : id;
}

function axisValues({ data, layout }, id) {
  const letter = id[0];
  const same = (other) => other.startsWith(letter) && rootAxis(layout, other) === rootAxis(layout, id);
  const values = [];
  for (const trace of data) {
    if (!same(trace[`${letter}axis`] ?? letter)) continue;
    values.push(...trace[letter]);
    const error = trace[`error_${letter}`];
    if (error) {
      const below = error.arrayminus ?? error.array;
      trace[letter].forEach((value, n) => values.push(value - below[n], value + error.array[n]));
    }
    const across = (trace.orientation === "h") === (letter === "x");
    if (trace.type === "bar" && across) values.push(0);
  }
  for (const shape of layout.shapes ?? []) {
    if (same(shape[`${letter}ref`] ?? letter)) values.push(shape[`${letter}0`], shape[`${letter}1`]);
  }
  return values.filter((value) => value !== null && !Number.isNaN(value));
}

function axisOf(figure, id, everything) {
  const options = axisOptions(figure.layout, id);
  const values = axisValues(figure, id);
  const names = options.categoryarray ?? [...new Set(values.filter((value) => typeof value === "string"))];
  const log = options.type === "log";
  const scaled = log ? Math.log10 : (value) => value;
  const bars = figure.data.some((trace) => trace.type === "bar" && (trace[`${id[0]}axis`] ?? id[0]) === id);
  const shown = bars ? { rangemode: "tozero", ...options } : options;
  let low, high;
  if (names.length) [low, high] = [-0.5, names.length - 0.5];
  else [low, high] = numberRange(values.map(scaled).filter(Number.isFinite), shown, everything);
  const share = (number) => (number - low) / (high - low);
  const axis = {
    id, options, names, outside: 0,
    at(value) {
      const number = typeof value === "string" ? names.indexOf(value) : scaled(value);
      return options.autorange === "reversed" ? 1 - share(number) : share(number);
    },
    ticks: (most) => ticks(options, names, log, low, high, most),
  };
  return axis;
}

function numberRange(values, options, everything) {
  if (options.range && !everything) return options.range;
  let low = Math.min(...values, ...(options.range ?? [])), high = Math.max(...values, ...(options.range ?? []));
  if (!values.length) [low, high] = options.range ?? [0, 1];
  const margin = high > low ? 0.05 * (high - low) : 0.1 * Math.abs(high) || 0.5;
  const bottom = options.rangemode === "tozero" && low >= 0 ? 0 : low - margin;
  return [bottom, high + margin];
}

function ticks(options, names, log, low, high, most) {
  if (options.visible === false || options.showticklabels === false) return [];
  if (options.tickvals) return options.tickvals.map((value, n) => [value, options.ticktext?.[n] ?? String(value)]);
  if (names.length) return names.map((name) => [name, name]);
  if (log && high - low > 1) return decades(low, high, most);
  const unlog = log ? (value) => 10 ** value : (value) => value;
  return round(unlog(low), unlog(high), most, options.tickformat);
}

function decades(low, high, most) {
  const first = Math.ceil(low - 1e-9), last = Math.floor(high + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const values = [];
  for (let power = first; power <= last; power += step) {
    const text = Math.abs(power) < 4 ? String(Number((10 ** power).toPrecision(1))) : `10${[...String(power)].map((sign) => POWERS[sign]).join("")}`;
    values.push([10 ** power, text]);
  }
  return values;
}

function round(low, high, most, format) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= raw * (1 - 1e-9));
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (Math.abs(step / power - 2.5) < 1e-9 ? 1 : 0));
  const values = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) {
    const value = n * step;
    values.push([value, format === ".0%" ? `${(100 * value).toFixed(0)} %` : value.toFixed(digits)]);
  }
  return values;
}
