// Runs in the page before its own scripts. Keeps, on performance.now's clock, when the visitor last clicked and
// when the last change of the page had been painted.
(() => {
  const seen = { click: 0, changed: 0, painted: 0, charts: 0 };
  const paint = () => {
    seen.changed = performance.now();
    // After the next frame's callbacks comes its painting; a task queued from there runs when it is done.
    requestAnimationFrame(() => setTimeout(() => { seen.painted = performance.now(); }, 0));
  };
  const inMain = (node) => {
    const element = node.nodeType === 1 ? node : node.parentElement;
    return element !== null && element.closest("[data-testid=stMain]") !== null;
  };
  const listened = new WeakSet();
  const listen = () => document.querySelectorAll(".js-plotly-plot").forEach((plot) => {
    if (listened.has(plot) || !plot.on) return;
    listened.add(plot);
    plot.on("plotly_afterplot", () => { seen.charts += 1; paint(); });
  });
  addEventListener("pointerup", (event) => { seen.click = event.timeStamp; seen.charts = 0; }, true);
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver((changes) => {
      if (changes.some((change) => inMain(change.target))) { listen(); paint(); }
    }).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
  });
  const idle = () => {
    const app = document.querySelector("[data-testid=stApp]");
    return app !== null && app.dataset.testScriptState === "notRunning";
  };
  window.watched = {
    seen,
    // Idle, nothing changed for `quiet` ms, every change painted, and all charts there with their contents drawn.
    settled: (charts, quiet) => idle()
      && seen.painted >= seen.changed
      && performance.now() - seen.changed > quiet
      && document.querySelectorAll(".js-plotly-plot .main-svg .cartesianlayer .subplot").length >= charts,
  };
})();
