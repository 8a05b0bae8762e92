// Draws a Plotly figure into a place that stays from run to run: a new figure changes the drawing.
// What is in view is drawn at once, the rest when the browser has nothing better to do or when it comes into view.

const NEAR = "150px";
const SETTINGS = { displayModeBar: false, showTips: false, doubleClick: false, scrollZoom: false };
const NOT_LOADED = "The charts could not be loaded: check the connection and reload the page.";

const whenIdle = window.requestIdleCallback ?? ((draw) => setTimeout(draw, 100)); // Safari has none
const notIdle = window.cancelIdleCallback ?? clearTimeout;

const printing = matchMedia("print");

let loading;

async function plotly() {
  if (window.Plotly) return;
  const early = document.getElementById("{bundle_id}"); // the first page asks for it (see early_files.py)
  loading ??= (early ? loaded(early).catch(askedFor) : askedFor()).finally(() => (loading = undefined));
  await loading;
}

function askedFor() {
  const script = document.createElement("script");
  script.id = "{bundle_id}";
  const page = document.querySelector("script[type=module][src]").src;
  script.src = new URL("../../app/static/{bundle}", page).href;
  document.head.append(script);
  return loaded(script);
}

function loaded(script) {
  return new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error(NOT_LOADED));
    });
  });
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
    const nears = (places) => places.some((place) => place.isIntersecting) && this.draw();
    this.seen = new IntersectionObserver(nears, { rootMargin: NEAR });
    this.sized = new ResizeObserver(() => this.fit());
    this.printed = () => this.fit(); // the paper's width comes too suddenly for the observer
    printing.addEventListener("change", this.printed);
  }

  async show(sent, tell) {
    this.tell = tell;
    if (sent === this.sent) return;
    this.sent = sent;
    const { figure, label, clickable, leads } = JSON.parse(sent);
    this.figure = figure;
    this.clickable = clickable;
    this.leads = leads;
    this.box.setAttribute("aria-label", label);
    this.box.style.height = `${figure.layout.height}px`;
    try {
      await plotly();
    } catch (error) {
      this.plot.textContent = error.message;
      waiting.add(this); // until another chart's try succeeds
      return;
    }
    this.begin();
    for (const chart of waiting) chart.begin();
    waiting.clear();
  }

  begin() {
    if (this.inView()) this.draw();
    else this.drawLater();
  }

  // The server chooses the colours: when the visitor changes between light and dark, one chart asks it to draw anew.
  wear(theme, tell) {
    if (this.theme && this.theme !== theme && this.box === document.querySelector(".stPlotlyChart")) tell("themed", theme);
    this.theme = theme;
  }

  inView() {
    const { top, bottom } = this.box.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  drawLater() {
    this.seen.observe(this.box);
    this.idle ??= whenIdle(() => this.draw(), { timeout: 1000 });
  }

  draw() {
    this.seen.disconnect();
    notIdle(this.idle);
    this.idle = undefined;
    const width = this.box.clientWidth;
    if (!this.figure || !window.Plotly || !this.box.isConnected) return;
    if (!width) {
      this.sized.observe(this.box);
      return;
    }
    const { data, layout } = this.figure;
    this.figure = undefined;
    this.width = layout.width = width;
    const first = !this.plot.on;
    if (first) this.plot.replaceChildren();
    Plotly.react(this.plot, data, layout, SETTINGS);
    if (!first) return;
    this.plot.on("plotly_click", ({ points }) => this.clicked(points));
    this.sized.observe(this.box);
  }

  // A mark tells the server what it stands for, or leads to the page about its days.
  clicked(points) {
    if (this.clickable) this.tell(points[0].customdata);
    if (!this.leads) return;
    const first = String(points[0].x).slice(0, 10);
    const last = points.map((point) => point.customdata).find((end) => end) ?? first;
    location.assign(new URL(this.leads.replace("first-day", first).replace("last-day", last), document.baseURI));
  }

  fit() {
    const width = this.box.clientWidth;
    if (this.figure) this.draw();
    else if (this.width && width && width !== this.width) Plotly.relayout(this.plot, { width: (this.width = width) });
  }

  remove() {
    this.seen.disconnect();
    this.sized.disconnect();
    printing.removeEventListener("change", this.printed);
    notIdle(this.idle);
    this.figure = undefined;
    waiting.delete(this);
    if (this.width) Plotly.purge(this.plot);
    this.box.remove();
  }
}

const charts = new WeakMap();
const waiting = new Set();
const decoder = new TextDecoder();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!charts.has(parentElement)) charts.set(parentElement, new Chart(parentElement));
  const chart = charts.get(parentElement);
  chart.wear(getComputedStyle(parentElement).getPropertyValue("--st-background-color"), setTriggerValue);
  chart.show(decoder.decode(data), (customdata) => setTriggerValue("clicked", customdata));
  return () => {
    chart.remove();
    charts.delete(parentElement);
  };
}
