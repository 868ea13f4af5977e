"use strict";
// The page is written by the server; this fetches its list anew and makes the upload link.
const REFRESH = 1500;
const LONGEST_LINK = 1900;
const list = document.getElementById("list");
const lost = document.getElementById("lost");
let last = null;

async function refresh() {
  try {
    const answer = await fetch(document.body.dataset.list, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const text = await answer.text();
    lost.hidden = true;
    if (text !== last) {
      const focused = document.activeElement && document.activeElement.getAttribute("href");
      list.innerHTML = text; // escaped by the server
      last = text;
      if (focused) {
        for (const found of list.querySelectorAll("a")) {
          if (found.getAttribute("href") === focused) found.focus();
        }
      }
    }
  } catch {
    lost.hidden = false;
  }
  setTimeout(refresh, REFRESH);
}

document.getElementById("user").addEventListener("change", (event) => {
  const address = new URL(location.href);
  address.searchParams.set("user", event.target.value);
  location.assign(address);
});

const send = document.getElementById("send");
if (send) {
  send.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new FormData(send);
    const parts = {
      v: "1",
      series_id: fields.get("series"),
      folder: fields.get("folder"),
      token: send.dataset.token,
    };
    const query = Object.entries(parts).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const link = `reelkey://upload?${query.join("&")}`;
    const usable = link.length <= LONGEST_LINK && Object.values(parts).every(Boolean);
    document.getElementById("too-long").hidden = usable;
    if (usable) location.assign(link);
  });
}

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
root.dataset.theme = localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
document.getElementById("theme").addEventListener("click", () => {
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});

setTimeout(refresh, REFRESH);
