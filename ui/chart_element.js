// Draws a Plotly figure into a place that stays from run to run: a new figure changes the drawing.
// What is in view is drawn at once, the rest when the browser has nothing better to do or when it comes into view.

const NEAR = "150px";
const SETTINGS = { displayModeBar: false, showTips: false, doubleClick: false, scrollZoom: false };
const NOT_LOADED = "The charts could not be loaded: check the connection and reload the page.";

let loading;

function plotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const early = document.getElementById("{bundle_id}"); // the first page asks for it (see early_charts.py)
    const script = early ?? document.createElement("script");
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => reject(new Error(NOT_LOADED)));
    if (early) return;
    const page = document.querySelector("script[type=module][src]").src;
    script.src = new URL("../../app/static/{bundle}", page).href;
    document.head.append(script);
  });
  return loading;
}

class Chart {
  constructor(parent) {
    this.box = document.createElement("div");
    this.box.className = "stPlotlyChart";
    this.box.dataset.testid = "stPlotlyChart";
    this.box.setAttribute("role", "figure");
    this.plot = document.createElement("div");
    this.box.append(this.plot);
    parent.append(this.box);
    this.seen = new IntersectionObserver(([place]) => place.isIntersecting && this.draw(), { rootMargin: NEAR });
    this.sized = new ResizeObserver(() => this.fit());
  }

  async show(sent, tell) {
    this.tell = tell;
    if (sent === this.sent) return;
    this.sent = sent;
    const { figure, label, height, clickable } = JSON.parse(sent);
    this.figure = figure;
    this.clickable = clickable;
    this.box.setAttribute("aria-label", label);
    this.box.style.height = `${height}px`;
    try {
      this.Plotly = await plotly();
    } catch (error) {
      this.plot.textContent = error.message;
      return;
    }
    if (this.inView()) this.draw();
    else this.drawLater();
  }

  inView() {
    const { top, bottom } = this.box.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  drawLater() {
    this.seen.observe(this.box);
    this.idle ??= requestIdleCallback(() => this.draw(), { timeout: 1000 });
  }

  draw() {
    this.seen.disconnect();
    cancelIdleCallback(this.idle);
    this.idle = undefined;
    const width = this.box.clientWidth;
    if (!this.figure || !this.box.isConnected) return;
    if (!width) {
      this.sized.observe(this.box);
      return;
    }
    const { data, layout } = this.figure;
    this.figure = undefined;
    this.width = layout.width = width;
    const first = !this.plot.on;
    this.Plotly.react(this.plot, data, layout, SETTINGS);
    if (!first) return;
    this.plot.on("plotly_click", ({ points }) => this.clickable && this.tell(points[0].customdata));
    this.sized.observe(this.box);
  }

  fit() {
    const width = this.box.clientWidth;
    if (this.figure) this.draw();
    else if (width && width !== this.width) this.Plotly.relayout(this.plot, { width: (this.width = width) });
  }

  remove() {
    this.seen.disconnect();
    this.sized.disconnect();
    cancelIdleCallback(this.idle);
    this.figure = undefined;
    this.Plotly?.purge(this.plot);
    this.box.remove();
  }
}

const charts = new WeakMap();
const decoder = new TextDecoder();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!charts.has(parentElement)) charts.set(parentElement, new Chart(parentElement));
  const chart = charts.get(parentElement);
  chart.show(decoder.decode(data), (customdata) => setTriggerValue("clicked", customdata));
  return () => {
    chart.remove();
    charts.delete(parentElement);
  };
}
