// What is marked data-live is fetched again when something happened: at most twice a second, one
// request at a time. data-device and data-live="PLAN" say what it is about.
"use strict";

const PAUSE_MS = 500;
const parts = () => $$("[data-live]");
const swap = { busy: false, again: false, at: 0 };

async function refresh() {
  if (swap.busy) {
    swap.again = true;
    return;
  }
  swap.busy = true;
  for (const part of parts().filter((found) => !found.contains(document.activeElement) || found.dataset.tail !== undefined)) {
    part.dataset.stale = "";
  }
  const names = $$("[data-stale]").map((part) => `#${part.id}`);
  if (names.length) {
    const response = await fetch(location.href);
    if (response.ok) replace(names, new DOMParser().parseFromString(await response.text(), "text/html"));
  }
  setTimeout(() => {
    swap.busy = false;
    if (swap.again) {
      swap.again = false;
      refresh();
    }
  }, PAUSE_MS);
}

function replace(names, page) {
  for (const name of names) {
    const old = $(name);
    const fresh = $(name, page);
    if (!old || !fresh || old.innerHTML === fresh.innerHTML) continue;
    const stays = old.dataset.tail !== undefined && old.scrollTop + old.clientHeight < old.scrollHeight - 40;
    const top = old.scrollTop;
    old.replaceChildren(...fresh.childNodes);
    delete old.dataset.stale;
    prepare(old);
    if (stays) old.scrollTop = top;
  }
}

function address() {
  const query = new URLSearchParams();
  const device = $("[data-live][data-device]");
  if (device) query.set("device", device.dataset.device);
  if ($("[data-lines]")) query.set("lines", "true");
  return `/api/v1/events?${query}`;
}

// The clock goes on between two looks at it.
function tick(shown) {
  const began = performance.now();
  const { now, speed } = shown.dataset;
  const time = $("#now time");
  setInterval(() => {
    time.dataset.ms = Number(now) + (performance.now() - began) * Number(speed);
    local($("#now"));
  }, 250);
}

if (parts().length) {
  const events = new EventSource(address());
  events.onmessage = refresh;
  events.onopen = refresh;
}
document.body.addEventListener("changed", refresh);
if ($("#clock")) tick($("#clock"));
