"use strict";
(() => {
  const script = document.currentScript;
  const panel = document.createElement("script");
  panel.src = new URL("widget/000000000000/panel.js", script.src).href;
  panel.integrity = "sha384-xkfRlW1o/12WPjFaNyRGWMTu+oSgZhrVjoOW5J3gH5+BR9iBauzFwFUOCOKARbI6";
  panel.crossOrigin = "anonymous";
  window.Frontdesk = { version: "000000000000", init: () => document.head.append(panel) };
})();
