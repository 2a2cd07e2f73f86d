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
  try {
    const response = await fetch(location.href);
    if (response.ok) replace(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // The Center is not there; when it is again, the events say so.
  }
  setTimeout(() => {
    swap.busy = false;
    if (swap.again) {
      swap.again = false;
      refresh();
    }
  }, PAUSE_MS);
}

// What is typed into stays as it is; what has the focus or is marked, is so afterwards, too.
function replace(page) {
  for (const old of parts()) {
    const fresh = $(`#${old.id}`, page);
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    if (!fresh || old.innerHTML === fresh.innerHTML || active?.matches("input, select, textarea")) continue;
    const marked = $(".line.at", old);
    const focused = active?.outerHTML;
    const tail = old.dataset.tail !== undefined;
    const stays = old.scrollTop + old.clientHeight < old.scrollHeight - 40;
    const top = old.scrollTop;
    const sight = marked ? marked.offsetTop - top : 0;
    old.replaceChildren(...fresh.childNodes);
    prepare(old);
    const again = marked && document.getElementById(marked.id);
    again?.classList.add("at");
    if (focused) $$("a, button", old).find((found) => found.outerHTML === focused)?.focus({ preventScroll: true });
    if (again) old.scrollTop = again.offsetTop - sight;
    else if (tail) old.scrollTop = stays ? top : old.scrollHeight;
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
