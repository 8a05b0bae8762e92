// Draws each figure of the file into its place, and anew when the window or the paper gives it another width.
const SETTINGS = { displayModeBar: false, showTips: false, doubleClick: false, scrollZoom: false };
const drawn = new Map();

function draw(place, figure) {
  const width = place.clientWidth;
  if (!width || width === drawn.get(place)) return;
  drawn.set(place, width);
  Plotly.react(place, figure.data, { ...figure.layout, width }, SETTINGS);
}

for (const place of document.querySelectorAll(".chart")) {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  const fit = () => draw(place, figure);
  new ResizeObserver(fit).observe(place);
  matchMedia("print").addEventListener("change", fit); // the paper's width comes too suddenly for the observer
}
