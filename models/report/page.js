"use strict";
// Draws the pictures and plays the audio of the report. Everything comes from the JSON in the page, written by
// page_data.cpp: arrays are base 64 of little-endian numbers, waveforms 16-bit parts of "peak".
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const signals = ["target", "model", "difference", "dry"];

  function bytes(text) {
    const raw = atob(text);
    const result = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; ++i) result[i] = raw.charCodeAt(i);
    return result;
  }
  const int16 = (text) => new Int16Array(bytes(text).buffer);
  const float32 = (text) => new Float32Array(bytes(text).buffer);

  function warn(message) {
    element("alert").textContent = message;
    element("alert").hidden = false;
  }

  // ---- Text

  const minus = (text) => String(text).replace("-", "−");
  const plain = (value) => minus(Number(value.toPrecision(4)));
  const decibels = (value) => minus((Math.abs(value) < 0.05 ? 0 : value).toFixed(1)) + "\u00a0dB";
  function withUnit(value, unit) {
    const size = Math.abs(value);
    for (const [factor, prefix] of [[1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"]])
      if (size >= factor * 0.9995) return `${plain(Number((value / factor).toPrecision(3)))}\u00a0${prefix}${unit}`;
    return `${plain(Number(value.toPrecision(3)))}\u00a0${unit}`;
  }
  function clock(seconds) {
    const tenths = Math.floor(seconds * 10 + 1e-6);
    const whole = Math.floor(tenths / 10);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${tenths % 10}`;
  }

  // ---- Axes

  // Maps values in [low, high] to pixels in [from, to].
  function scale(low, high, from, to, logarithmic = false) {
    const warp = logarithmic ? Math.log : (value) => value;
    const span = warp(high) - warp(low) || 1;
    const map = (value) => from + ((warp(value) - warp(low)) / span) * (to - from);
    map.back = (pixel) => {
      const value = warp(low) + ((pixel - from) / (to - from)) * span;
      return logarithmic ? Math.exp(value) : value;
    };
    return Object.assign(map, { low, high, from, to, logarithmic });
  }

  function linearTicks(axis, spacing) {
    const count = Math.max(2, Math.floor(Math.abs(axis.to - axis.from) / spacing));
    const rough = (axis.high - axis.low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
    const ticks = [];
    for (let i = Math.ceil(axis.low / step - 1e-9); i * step <= axis.high + step * 1e-9; ++i)
      ticks.push(Number((i * step).toPrecision(10)));
    return ticks;
  }

  function logarithmicTicks(axis, spacing) {
    const decades = Math.log10(axis.high / axis.low);
    const room = Math.abs(axis.to - axis.from) / spacing;
    const digits = room > 3 * decades ? [1, 2, 5] : [1];
    const every = digits.length === 1 ? Math.max(1, Math.ceil(decades / room)) : 1;
    const ticks = [];
    for (let d = Math.floor(Math.log10(axis.low)); d <= Math.ceil(Math.log10(axis.high)); ++d)
      for (const digit of digits) {
        const value = Number((digit * 10 ** d).toPrecision(3));
        if (value >= axis.low * 0.999 && value <= axis.high * 1.001 && d % every === 0) ticks.push(value);
      }
    return ticks;
  }

  const ticksOf = (axis, spacing) => (axis.logarithmic ? logarithmicTicks : linearTicks)(axis, spacing);

  // ---- Pictures

  const pictures = [];
  const ratio = () => window.devicePixelRatio || 1;

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["ground", "surface", "line", "grid", "ink", "soft", "target", "model", "difference", "dry",
      "loss", "shade"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  function paint(picture) {
    const { canvas } = picture;
    const width = canvas.clientWidth;
    if (width === 0) return;
    canvas.width = Math.round(width * ratio());
    canvas.height = Math.round(picture.height * ratio());
    canvas.style.height = `${picture.height}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio(), 0, 0, ratio(), 0, 0);
    context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    picture.draw(context, width, picture.height, colours());
  }

  const observer = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const picture = pictures.find((candidate) => candidate.canvas === entry.target);
      if (picture.canvas.clientWidth !== picture.width) {
        picture.width = picture.canvas.clientWidth;
        paint(picture);
      }
    }
  });

  function picture(id, draw) {
    const canvas = element(id);
    const entry = { canvas, height: Number(canvas.getAttribute("height")), draw, width: 0 };
    pictures.push(entry);
    observer.observe(canvas);
    return entry;
  }
  const repaint = () => pictures.forEach(paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  addEventListener("beforeprint", repaint);

  // Grid, tick labels and titles. The title of y stands above its axis, where a phone has room for it.
  function axes(context, x, y, c, { xTitle, yTitle, xText = plain, yText = plain, grid = true }) {
    const left = x.from, right = x.to, bottom = y.from, top = y.to;
    context.lineWidth = 1;
    context.fillStyle = c.soft;
    context.strokeStyle = c.grid;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of ticksOf(y, bottom - top < 180 ? 26 : 38)) {
      const at = Math.round(y(tick)) + 0.5;
      context.beginPath();
      context.moveTo(grid ? left : left - 4, at);
      context.lineTo(grid ? right : left, at);
      context.stroke();
      context.fillText(yText(tick), left - 8, at);
    }
    context.textBaseline = "top";
    let free = -Infinity; // where the last label ended
    for (const tick of ticksOf(x, 58)) {
      const at = Math.round(x(tick)) + 0.5;
      context.beginPath();
      context.moveTo(at, grid ? top : bottom);
      context.lineTo(at, grid ? bottom : bottom + 4);
      context.stroke();
      const text = xText(tick), half = context.measureText(text).width / 2;
      const middle = Math.min(at, right + 10 - half);
      if (middle - half < free + 6) continue;
      context.textAlign = "center";
      context.fillText(text, middle, bottom + 7);
      free = middle + half;
    }
    context.strokeStyle = c.line;
    context.beginPath();
    context.moveTo(left + 0.5, top);
    context.lineTo(left + 0.5, bottom + 0.5);
    context.lineTo(right, bottom + 0.5);
    context.stroke();
    if (yTitle) {
      context.textAlign = "left";
      context.textBaseline = "top";
      context.fillText(yTitle, 0, 0);
    }
    if (xTitle) {
      context.textAlign = "right";
      context.textBaseline = "bottom";
      context.fillText(xTitle, right + 10, bottom + 41);
    }
  }

  const area = (width, height, left = 50) => ({ left, right: width - 12, top: 24, bottom: height - 42 });

  function line(context, count, x, y, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    let drawing = false;
    for (let i = 0; i < count; ++i) {
      const height = y(i);
      if (Number.isNaN(height)) {
        drawing = false;
        continue;
      }
      if (drawing) context.lineTo(x(i), height);
      else context.moveTo(x(i), height);
      drawing = true;
    }
    context.stroke();
  }

  function clipped(context, x, y, draw) {
    context.save();
    context.beginPath();
    context.rect(x.from, y.to, x.to - x.from, y.from - y.to);
    context.clip();
    draw();
    context.restore();
  }

  // What is under the pointer, in words.
  function readout(id, target, text) {
    const canvas = element(id), output = element(target);
    const hint = output.textContent;
    const read = (event) => {
      const box = canvas.getBoundingClientRect();
      output.textContent = text(event.clientX - box.left, event.clientY - box.top) || hint;
    };
    canvas.addEventListener("pointermove", read);
    canvas.addEventListener("pointerdown", read);
    canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") output.textContent = hint;
    });
  }

  // ---- Waveforms

  // One stroke for each column, from its lowest to its highest sample.
  function envelope(context, values, x, y, colour) {
    const columns = values.length / 2;
    context.fillStyle = colour;
    const step = (x.to - x.from) / columns;
    for (let i = 0; i < columns; ++i) {
      const top = y(values[2 * i + 1]), bottom = y(values[2 * i]);
      context.fillRect(x.from + i * step, top - 0.4, Math.max(step, 0.7), Math.max(0.8, bottom - top + 0.8));
    }
  }

  const overview = Object.fromEntries(signals.map((name) => [name, int16(data.overview[name])]));
  picture("overview", (context, width, height, c) => {
    const box = area(width, height);
    const x = scale(0, data.seconds, box.left, box.right);
    const y = scale(-data.overview.peak, data.overview.peak, box.bottom, box.top);
    const part = (value) => y((value / 32767) * data.overview.peak);
    Object.assign(part, y);
    context.fillStyle = c.shade;
    const { begin, seconds } = data.excerpt;
    context.fillRect(x(begin), box.top, x(begin + seconds) - x(begin), box.bottom - box.top);
    axes(context, x, y, c, { xTitle: "Time (s)", yTitle: "Amplitude (full scale 1)" });
    clipped(context, x, y, () => {
      envelope(context, overview.target, x, part, c.target);
      envelope(context, overview.difference, x, part, c.difference);
    });
  });

  const heard = Object.fromEntries(signals.map((name) => [name, int16(data.heard[name])]));
  const heardPicture = picture("heard", (context, width, height, c) => {
    const name = player.hidden ? null : player.signal;
    const x = scale(0, data.excerpt.seconds, 0, width);
    const y = scale(-32767, 32767, height - 4, 4);
    const gain = name === "difference" || name === "dry" ? player.gainOf(name) : 1;
    const part = Object.assign((value) => y(Math.max(-32767, Math.min(32767, value * gain))), y);
    context.fillStyle = c.ground;
    context.fillRect(0, 0, width, height);
    if (name) envelope(context, heard[name], x, part, c[name]);
    else {
      context.fillStyle = c.soft;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("X", width / 2, height / 2);
    }
  });

  for (const name of ["loudest", "worst"]) {
    const moment = data[name];
    const values = Object.fromEntries(["target", "model", "difference"].map((key) => [key, int16(moment[key])]));
    const count = values.target.length;
    picture(name, (context, width, height, c) => {
      const box = area(width, height, 54);
      const x = scale(0, moment.seconds * 1e3, box.left, box.right);
      const y = scale(-moment.peak * 1.08, moment.peak * 1.08, box.bottom, box.top);
      axes(context, x, y, c, { xTitle: `Time after ${clock(moment.begin)} (ms)`, yTitle: "Amplitude (full scale 1)" });
      const across = (i) => box.left + (i / Math.max(1, count - 1)) * (box.right - box.left);
      const drawn = (key) => (i) => y((values[key][i] / 32767) * moment.peak);
      context.globalAlpha = 0.45;
      line(context, count, across, drawn("target"), c.target, 5);
      context.globalAlpha = 1;
      line(context, count, across, drawn("difference"), c.difference, 1.3);
      line(context, count, across, drawn("model"), c.model, 1.5);
    });
  }

  // ---- Spectrum

  {
    const { low, high, target, model, difference } = data.spectrum;
    const count = target.length;
    const frequency = (i) => low * (high / low) ** (i / (count - 1));
    const top = Math.ceil((Math.max(...target, ...model) + 2) / 10) * 10;
    const bottom = Math.max(Math.floor(Math.min(...target, ...model, ...difference) / 10) * 10, top - 110);
    let x = null;
    picture("spectrum", (context, width, height, c) => {
      const box = area(width, height);
      x = scale(low, high, box.left, box.right, true);
      const y = scale(bottom, top, box.bottom, box.top);
      axes(context, x, y, c, {
        xTitle: "Frequency (Hz)", yTitle: "Level per third octave (dBFS)",
        xText: (value) => (value >= 1000 ? `${value / 1000}k` : plain(value)),
      });
      clipped(context, x, y, () => {
        const across = (i) => x(frequency(i));
        context.globalAlpha = 0.45;
        line(context, count, across, (i) => y(target[i]), c.target, 5);
        context.globalAlpha = 1;
        line(context, count, across, (i) => y(difference[i]), c.difference, 1.5);
        line(context, count, across, (i) => y(model[i]), c.model, 1.7);
      });
    });
    readout("spectrum", "spectrum-readout", (pixel) => {
      const at = Math.log(x.back(pixel) / low) / Math.log(high / low);
      if (at < 0 || at > 1) return "";
      const i = Math.round(at * (count - 1));
      return `${withUnit(frequency(i), "Hz")}: target ${decibels(target[i])}, model ${decibels(model[i])}, ` +
        `difference ${decibels(difference[i])}`;
    });
  }

  // ---- Spectrograms

  // Lightness rises evenly from silence to the loudest.
  const ramp = [[15, 18, 30], [33, 47, 92], [37, 93, 130], [52, 140, 140], [122, 180, 120], [216, 206, 110],
    [255, 246, 214]];
  function rampColour(part) {
    const at = Math.min(Math.max(part, 0), 1) * (ramp.length - 1);
    const i = Math.min(Math.floor(at), ramp.length - 2);
    return ramp[i].map((value, k) => Math.round(value + (at - i) * (ramp[i + 1][k] - value)));
  }

  function image(columns, rows, fill) {
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(columns, rows);
    for (let i = 0; i < columns * rows; ++i) pixels.data.set(fill(i), 4 * i);
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  for (const name of ["target", "model", "difference"]) {
    const { columns, rows, low, high } = data.spectrogram;
    const levels = bytes(data.spectrogram[name]);
    const table = Array.from({ length: 256 }, (_, i) => [...rampColour(i / 255), 255]);
    const drawn = image(columns, rows, (i) => table[levels[i]]);
    picture(`spectrogram-${name}`, (context, width, height, c) => {
      const box = { ...area(width, height), bottom: height - (name === "difference" ? 42 : 10) };
      const x = scale(0, data.excerpt.seconds, box.left, box.right);
      const y = scale(low, high, box.bottom, box.top, true);
      context.imageSmoothingQuality = "high";
      context.drawImage(drawn, box.left, box.top, box.right - box.left, box.bottom - box.top);
      axes(context, x, y, c, {
        grid: false, yTitle: "Frequency (Hz)",
        xTitle: name === "difference" ? `Time in the excerpt (s)` : "",
        xText: name === "difference" ? plain : () => "",
        yText: (value) => (value >= 1000 ? `${value / 1000}k` : plain(value)),
      });
    });
  }

  picture("colours", (context, width, height, c) => {
    const { top, range } = data.spectrogram;
    const x = scale(top - range, top, 50, width - 12);
    for (let pixel = x.from; pixel < x.to; ++pixel) {
      context.fillStyle = `rgb(${rampColour((pixel - x.from) / (x.to - x.from)).join(",")})`;
      context.fillRect(pixel, 6, 1.5, 10);
    }
    context.fillStyle = c.soft;
    context.textBaseline = "top";
    context.textAlign = "center";
    const ticks = linearTicks(x, 58);
    for (const tick of ticks) context.fillText(plain(tick), x(tick), 22);
    context.textAlign = "left";
    context.fillText("dBFS", 0, 5);
  });

  // ---- Input and output

  for (const name of ["target", "model"]) {
    const { size, input_peak: inputPeak, output_peak: outputPeak } = data.response;
    const counts = bytes(data.response[name]);
    picture(`response-${name}`, (context, width, height, c) => {
      const box = area(width, height, 54);
      const x = scale(-inputPeak, inputPeak, box.left, box.right);
      const y = scale(-outputPeak, outputPeak, box.bottom, box.top);
      axes(context, x, y, c, { xTitle: "Input (full scale 1)", yTitle: "Output (full scale 1)" });
      const [red, green, blue] = [1, 3, 5].map((at) => parseInt(c[name].slice(at, at + 2), 16));
      const drawn = image(size, size, (i) =>
        [red, green, blue, counts[i] === 0 ? 0 : Math.round(255 * Math.min(1, 0.12 + 0.95 * (counts[i] / 255)))]);
      context.imageSmoothingQuality = "high";
      context.drawImage(drawn, box.left, box.top, box.right - box.left, box.bottom - box.top);
    });
  }

  // ---- Training

  if (data.curve.length > 0) {
    let column = 0, x = null;
    const positive = (k) => data.curve.filter((point) => point[k] !== null && point[k] > 0).map((point) => point[k]);
    const values = [...positive(2), ...positive(3)];
    const drawn = picture("training", (context, width, height, c) => {
      const box = area(width, height, 62);
      const reach = Math.max(...data.curve.map((point) => point[column]), column === 0 ? 1 : 0.001);
      const minutes = column === 1 && reach > 180;
      x = scale(0, minutes ? reach / 60 : reach, box.left, box.right);
      let low = Math.min(...values) * 0.5, high = Math.max(...values) * 1.2;
      if (values.length === 0) [low, high] = [0.001, 1];
      if (high / low < 10) [low, high] = [Math.sqrt(low * high) / 3.3, Math.sqrt(low * high) * 3.3];
      const y = scale(low, high, box.bottom, box.top, true);
      axes(context, x, y, c, {
        xTitle: column === 0 ? "Steps" : minutes ? "Time (min)" : "Time (s)", yTitle: "Loss and ESR",
      });
      for (const [k, colour, thickness] of [[2, c.loss, 1.3], [3, c.model, 2]]) {
        const points = data.curve.filter((point) => point[k] !== null && point[k] > 0);
        const across = (i) => x(points[i][column] / (minutes ? 60 : 1));
        line(context, points.length, across, (i) => y(points[i][k]), colour, thickness);
        if (k === 3 && points.length > 0) {
          let best = 0;
          points.forEach((point, i) => (best = point[3] < points[best][3] ? i : best));
          context.fillStyle = colour;
          context.beginPath();
          context.arc(across(best), y(points[best][3]), 4.5, 0, 7);
          context.fill();
          context.textBaseline = "top";
          context.textAlign = across(best) > width * 0.6 ? "right" : "left";
          context.fillText(`best ${plain(Number(points[best][3].toPrecision(3)))}`, across(best), y(points[best][3]) + 8);
        }
      }
    });
    document.querySelectorAll('input[name="training-axis"]').forEach((input) =>
      input.addEventListener("change", () => {
        column = Number(input.value);
        paint(drawn);
      }));
    readout("training", "training-readout", (pixel) => {
      if (!x || pixel < x.from) return "";
      const nearest = data.curve.reduce((best, point) => {
        const distance = (candidate) => Math.abs(candidate[column] / data.curve.at(-1)[column] - (pixel - x.from) / (x.to - x.from));
        return distance(point) < distance(best) ? point : best;
      });
      const [step, seconds, loss, esr] = nearest;
      return `Step ${step}, ${withUnit(seconds, "s")}` + (loss === null ? "" : `: loss ${plain(loss)}`) +
        (esr === null ? "" : `, validation ESR ${plain(esr)}`);
    });
  }

  // ---- Poles

  {
    const layers = data.poles.map(float32);
    const points = [];
    layers.forEach((values, layer) => {
      for (let i = 0; i < values.length; i += 3)
        points.push({ layer, frequency: values[i], time: values[i + 1], weight: values[i + 2] });
    });
    points.sort((a, b) => b.weight - a.weight); // small ones in front
    const heaviest = points.length > 0 ? Math.max(points[0].weight, 1e-9) : 1;
    const oscillating = points.filter((point) => point.frequency > 0).map((point) => point.frequency);
    const low = Math.min(20, ...[oscillating.reduce((a, b) => Math.min(a, b), 20)]) * 0.9;
    const high = Math.max(20000, oscillating.reduce((a, b) => Math.max(a, b), 20000));
    const shortest = points.reduce((a, point) => Math.min(a, point.time), 1) * 0.7;
    const longest = points.reduce((a, point) => Math.max(a, point.time), 0) * 1.4;
    const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
    const layerColour = (layer, alpha) => {
      const part = layers.length > 1 ? layer / (layers.length - 1) : 0;
      return `hsla(${215 + 225 * part}, ${dark() ? 65 : 55}%, ${dark() ? 68 : 46}%, ${alpha})`;
    };
    let placed = [];
    picture("poles", (context, width, height, c) => {
      const box = area(width, height, 62);
      const column = 44; // of the poles that only decay
      const x = scale(low, high, box.left + column, box.right, true);
      const y = scale(shortest, longest, box.bottom, box.top, true);
      context.fillStyle = c.ground;
      context.fillRect(box.left, box.top, column - 8, box.bottom - box.top);
      const frame = Object.assign((value) => x(value), x, { from: box.left }); // the column lies inside too
      axes(context, frame, y, c, {
        xTitle: "Frequency (Hz)", yTitle: "Time constant (s)", yText: (value) => withUnit(value, "s"),
        xText: (value) => (value >= 1000 ? `${value / 1000}k` : plain(value)),
      });
      context.fillStyle = c.soft;
      context.textAlign = "center";
      context.textBaseline = "top";
      context.fillText("decay", box.left + column / 2 - 4, box.bottom + 7);
      placed = points.map((point, i) => ({
        point,
        // Spread over the column by the golden ratio, so that equal times do not hide each other.
        x: point.frequency > 0 ? x(point.frequency) : box.left + 5 + ((i * 0.618) % 1) * (column - 18),
        y: y(point.time),
        radius: 1.8 + 5 * Math.sqrt(point.weight / heaviest),
      }));
      for (const { point, x: across, y: up, radius } of placed) {
        context.fillStyle = layerColour(point.layer, 0.72);
        context.strokeStyle = c.surface;
        context.lineWidth = 0.8;
        context.beginPath();
        context.arc(across, up, radius, 0, 7);
        context.fill();
        context.stroke();
      }
    });
    readout("poles", "poles-readout", (across, up) => {
      let best = null, least = 400;
      for (const place of placed) {
        const distance = (place.x - across) ** 2 + (place.y - up) ** 2;
        if (distance < least) [best, least] = [place.point, distance];
      }
      if (!best) return "";
      const frequency = best.frequency > 0 ? withUnit(best.frequency, "Hz") : "only decays";
      return `${data.pole_names[best.layer]}: ${frequency}, time constant ${withUnit(best.time, "s")}, weight ${plain(Number(best.weight.toPrecision(2)))}`;
    });
    picture("layers", (context, width, height, c) => {
      const x = scale(0, layers.length, 62, Math.min(width - 12, 62 + 36 * layers.length));
      context.fillStyle = c.soft;
      context.textBaseline = "top";
      context.textAlign = "left";
      context.fillText(data.pole_names[0].startsWith("Layer") ? "Layer" : "Group", 0, 5);
      context.textAlign = "center";
      const every = Math.ceil(layers.length / 16);
      layers.forEach((_, layer) => {
        context.fillStyle = layerColour(layer, 1);
        context.fillRect(x(layer), 6, x(layer + 1) - x(layer) - 1, 10);
        context.fillStyle = c.soft;
        if (layer % every === 0) context.fillText(layer + 1, (x(layer) + x(layer + 1)) / 2, 22);
      });
    });
  }

  // ---- Player: target, model and dry run in step from one start; what is heard is a matter of gains alone.

  const player = {
    signal: "target",
    hidden: false, // in the blind test
    playing: false,
    offset: 0, // s in the excerpt when not playing
    started: 0, // time of the audio clock at position 0
    context: null,
    buffers: null,
    preparing: null,
    sources: [],
    buses: {},
    master: null,
    loop: true,
    volume: 10 ** (-6 / 20),

    gainOf(name) {
      if (name === "difference") return element("loud").checked ? data.difference_gain : 1;
      if (name === "dry") return element("match").checked ? data.dry_gain : 1;
      return 1;
    },

    prepare() {
      this.preparing ||= (async () => {
        const Context = window.AudioContext || window.webkitAudioContext;
        if (!Context) throw new Error("this browser has no Web Audio");
        try {
          this.context = new Context({ sampleRate: data.rate });
        } catch {
          this.context = new Context(); // a rate the browser does not know: it resamples
        }
        this.context.resume(); // while the tap that asked for it still counts
        this.master = this.context.createGain();
        this.master.gain.value = this.volume;
        this.master.connect(this.context.destination);
        for (const name of signals) {
          this.buses[name] = this.context.createGain();
          this.buses[name].gain.value = name === this.signal ? this.gainOf(name) : 0;
          this.buses[name].connect(this.master);
        }
        this.inverse = this.context.createGain();
        this.inverse.gain.value = -1;
        this.inverse.connect(this.buses.difference);
        const decode = (name) => this.context.decodeAudioData(bytes(data.audio[name]).buffer);
        const [target, model, dry] = await Promise.all(["target", "model", "dry"].map(decode));
        this.buffers = { target, model, dry };
      })();
      return this.preparing;
    },

    position() {
      if (!this.playing) return this.offset;
      const elapsed = this.context.currentTime - this.started;
      const length = data.excerpt.seconds;
      return this.loop ? elapsed % length : Math.min(elapsed, length);
    },

    start() {
      const { context } = this;
      const when = context.currentTime + 0.03;
      this.sources = ["target", "model", "dry"].map((name) => {
        const source = context.createBufferSource();
        source.buffer = this.buffers[name];
        source.loop = this.loop;
        source.connect(this.buses[name]);
        if (name === "target") source.connect(this.buses.difference);
        if (name === "model") source.connect(this.inverse);
        source.start(when, this.offset);
        return source;
      });
      this.sources[0].onended = () => this.stop(0);
      this.started = when - this.offset;
      this.playing = true;
    },

    halt() {
      for (const source of this.sources) {
        source.onended = null;
        source.stop();
        source.disconnect();
      }
      this.sources = [];
    },

    stop(offset) {
      this.halt();
      this.playing = false;
      this.offset = offset;
      show();
    },

    async toggle() {
      if (this.playing) {
        this.stop(this.position());
        return;
      }
      try {
        await this.prepare();
        await this.context.resume();
      } catch (error) {
        this.preparing = null;
        warn(`The audio cannot be played here: ${error.message}.`);
        return;
      }
      if (this.playing) return;
      this.start();
      show();
      requestAnimationFrame(follow);
    },

    seek(seconds) {
      const offset = Math.min(Math.max(seconds, 0), data.excerpt.seconds - 0.01);
      if (this.playing) this.halt();
      this.offset = offset;
      if (this.playing) this.start();
      show();
    },

    // Gains cross over in a few milliseconds, without a click.
    mix() {
      if (!this.context) return;
      for (const name of signals)
        this.buses[name].gain.setTargetAtTime(name === this.signal ? this.gainOf(name) : 0,
          this.context.currentTime, 0.005);
    },

    choose(name, hidden = false) {
      this.signal = name;
      this.hidden = hidden;
      this.mix();
      document.querySelectorAll('input[name="signal"]').forEach((input) =>
        (input.checked = !hidden && input.value === name));
      element("listen").classList.toggle("hidden-signal", hidden);
      element("blind-x").setAttribute("aria-pressed", String(hidden));
      paint(heardPicture);
    },
  };

  const playShape = element("play-shape");
  function show() {
    const position = Math.max(0, player.position());
    playShape.setAttribute("d", player.playing ? "M6 4h4v16H6zM14 4h4v16h-4z" : "M7 4v16l13-8z");
    element("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
    element("seek").value = position;
    element("seek").setAttribute("aria-valuetext", `${position.toFixed(1)} of ${data.excerpt.seconds.toFixed(1)} s`);
    element("clock").textContent = `${clock(position)} of ${clock(data.excerpt.seconds)}`;
    for (const playhead of document.querySelectorAll(".playhead")) {
      const canvas = playhead.parentElement.querySelector("canvas");
      const whole = canvas.id === "heard";
      const left = whole ? 0 : 50, right = canvas.clientWidth - (whole ? 0 : 12);
      const at = left + (position / data.excerpt.seconds) * (right - left);
      playhead.style.transform = `translateX(${at.toFixed(1)}px)`;
      playhead.classList.toggle("on", player.playing || position > 0);
    }
  }
  function follow() {
    show();
    if (player.playing) requestAnimationFrame(follow);
  }

  element("play").addEventListener("click", () => player.toggle());
  document.querySelectorAll('input[name="signal"]').forEach((input) =>
    input.addEventListener("change", () => player.choose(input.value)));
  element("seek").max = data.excerpt.seconds;
  element("seek").addEventListener("input", (event) => player.seek(Number(event.target.value)));
  element("loop").addEventListener("change", (event) => {
    const position = player.position();
    player.loop = event.target.checked;
    if (player.playing) {
      for (const source of player.sources) source.loop = player.loop;
      player.started = player.context.currentTime - position;
    }
  });
  for (const id of ["loud", "match"])
    element(id).addEventListener("change", () => {
      player.mix();
      paint(heardPicture);
    });
  element("volume").addEventListener("input", (event) => {
    const level = Number(event.target.value);
    player.volume = 10 ** (level / 20);
    element("volume-text").textContent = minus(level) + " dB";
    if (player.master) player.master.gain.setTargetAtTime(player.volume, player.context.currentTime, 0.01);
  });
  const level = (gain) => 20 * Math.log10(gain);
  element("loud-text").textContent =
    `Raise the difference by ${decibels(level(data.difference_gain))} to the target’s level`;
  element("match-text").textContent =
    `${data.dry_gain >= 1 ? "Raise" : "Lower"} the dry signal by ${decibels(Math.abs(level(data.dry_gain)))} to the target’s level`;

  document.querySelectorAll("canvas.time").forEach((canvas) =>
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const left = canvas.id === "heard" ? 0 : 50, right = box.width - (canvas.id === "heard" ? 0 : 12);
      player.seek(((event.clientX - box.left - left) / (right - left)) * data.excerpt.seconds);
    }));

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = signals["1234".indexOf(event.key)];
    if (chosen && event.key !== "") player.choose(chosen);
    else if (event.key === "p" || event.key === "P") player.toggle();
    else return;
    event.preventDefault();
  });

  // ---- Blind test

  const blind = { x: null, right: 0, answers: 0 };
  const draw = () => (blind.x = Math.random() < 0.5 ? "target" : "model");
  // The chance of at least so many right answers for one who only guesses.
  function guessing(right, answers) {
    let sum = 0, term = 0.5 ** answers;
    for (let k = 0; k <= answers; ++k) {
      if (k >= right) sum += term;
      term *= (answers - k) / (k + 1);
    }
    return Math.min(1, sum);
  }
  element("blind-x").addEventListener("click", () => {
    if (!blind.x) draw();
    player.choose(blind.x, true);
    if (!player.playing) player.toggle();
  });
  for (const answer of ["target", "model"])
    element(`blind-${answer}`).addEventListener("click", () => {
      if (!blind.x) {
        element("blind-result").textContent = "Hear X first.";
        return;
      }
      const right = answer === blind.x;
      blind.answers += 1;
      blind.right += right ? 1 : 0;
      element("blind-result").textContent =
        `${right ? "Right" : "Wrong"}: it was the ${blind.x}. ${blind.right} of ${blind.answers} right; ` +
        `guessing does as well in ${plain(Number((100 * guessing(blind.right, blind.answers)).toPrecision(2)))} % of tests this long.`;
      draw();
      if (player.hidden) player.choose(blind.x, true);
    });

  show();
})();
