// Forms are sent to the REST API as JSON; each complaint is shown at its field. No page changes
// anything in another way.
"use strict";

const texts = document.body.dataset;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  const text = field.value.trim();
  if (!text && field.dataset.empty === "null") return null;
  if (!text && field.dataset.empty === "omit") return undefined;
  switch (field.dataset.type) {
    case "number": return text === "" ? text : Number(text);
    case "bool": return text === "true";
    case "list": return text.split(/[\s,;]+/).filter(Boolean);
    case "ms": return new Date(text).getTime();
    default: return field.value;
  }
}

// "components[0].identifier" -> where it belongs in the body
function put(body, name, value) {
  const path = name.replaceAll("[", ".").replaceAll("]", "").split(".");
  const last = path.pop();
  let at = body;
  path.forEach((part, i) => {
    at[part] ??= /^\d+$/.test(path[i + 1] ?? last) ? [] : {};
    at = at[part];
  });
  at[last] = value;
}

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    const row = field.closest("[data-row]");
    if (!field.name || field.dataset.path !== undefined || field.type === "file") continue;
    if (row && !form.elements[row.dataset.row].value.trim()) continue;
    if (field.closest("[hidden]")) continue;
    const value = valueOf(field);
    if (value !== undefined) put(body, field.name, value);
  }
  if (form.id === "components") body.components = (body.components ?? []).filter(Boolean);
  if (Array.isArray(body.window) && body.window.every((hour) => hour === null)) body.window = null;
  const file = $("[data-upload]", form);
  if (file) body.files = (file.dataset.sums ?? "").split(" ").filter(Boolean);
  return body;
}

function requestOf(form) {
  let [method, url] = form.dataset.api.split(" ");
  for (const field of $$("[data-path]", form)) {
    url = url.replace(`{${field.name}}`, encodeURIComponent(field.value));
  }
  const body = bodyOf(form);
  const sent = method !== "DELETE" && Object.keys(body).length > 0;
  return { method, url, body: sent ? JSON.stringify(body) : null };
}

function curlOf(form) {
  const { method, url, body } = requestOf(form);
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const data = body ? ` -H 'Content-Type: application/json' -d ${quote(body)}` : "";
  return `curl -X ${method} ${quote(location.origin + url)}${data}`;
}

function clearErrors(form) {
  $$(".error", form).forEach((shown) => shown.remove());
  $$("[aria-invalid]", form).forEach((field) => {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  });
}

function fieldOf(form, name) {
  const found = form.elements.namedItem(name) ?? form.elements.namedItem(`${name}[0]`);
  return found instanceof RadioNodeList ? found[0] : found;
}

function showErrors(form, errors) {
  clearErrors(form);
  errors.forEach((error, i) => {
    const field = error.field ? fieldOf(form, error.field) : null;
    const shown = document.createElement("p");
    shown.className = "error";
    shown.id = `error-${Date.now()}-${i}`;
    const visible = field && field.type !== "hidden";
    shown.textContent = visible || !error.field ? error.text : `${error.field}: ${error.text}`;
    shown.setAttribute("role", "alert");
    if (visible) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", shown.id);
      (field.closest("label") ?? field).after(shown);
      if (i === 0) field.focus();
    } else {
      form.append(shown);
    }
  });
}

function say(text) {
  const toast = $("#toast");
  toast.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (toast.textContent = ""), 6000);
}

async function call(method, url, body, type = "application/json") {
  const headers = { "Accept-Language": texts.lang };
  if (body) headers["Content-Type"] = type;
  const response = await fetch(url, { method, headers, body });
  const answer = response.status === 204 ? null : await response.json();
  return { ok: response.ok, answer };
}

function report(form, answer) {
  const shown = $("#report");
  shown.replaceChildren(`${shown.dataset.retried} ${answer.retried}`);
  for (const row of answer.hindered) {
    const line = document.createElement("p");
    line.textContent = `${row.device}: ${row.text}`;
    shown.append(line);
  }
  document.body.dispatchEvent(new CustomEvent("changed"));
}

async function send(form) {
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
  const { method, url, body } = requestOf(form);
  const buttons = $$("button", form);
  buttons.forEach((button) => (button.disabled = true));
  try {
    const { ok, answer } = await call(method, url, body);
    if (!ok) showErrors(form, answer.errors);
    else if (form.dataset.report) report(form, answer);
    else if (form.dataset.then) location.assign(form.dataset.then.replace("{id}", answer?.id));
    else location.reload();
  } catch (error) {
    showErrors(form, [{ field: "", text: `${texts.failed} ${error.message}` }]);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

// The upload reads the package and fills the form in.
async function upload(input) {
  const form = input.form;
  const found = $("#found");
  clearErrors(form);
  const sums = [];
  for (const file of input.files) {
    found.textContent = `${found.dataset.uploading} ${file.name}`;
    const url = `/api/v1/files?name=${encodeURIComponent(file.name)}`;
    const { ok, answer } = await call("POST", url, file, "application/octet-stream");
    if (!ok) {
      found.textContent = "";
      showErrors(form, answer.errors);
      return;
    }
    sums.push(answer.sha256);
    fillIn(form, answer.inspection, found);
  }
  input.dataset.sums = sums.join(" ");
}

function fillIn(form, inspection, found) {
  if (!inspection.ours) {
    found.textContent = `${found.dataset.foreign} ${inspection.remark}`;
    return;
  }
  const { component, board, signed_by, ...fields } = inspection;
  found.textContent = `${found.dataset.ours} ${component}, ${board}, ${signed_by}`;
  for (const [name, value] of Object.entries(fields)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  $$("[data-shows]", form).forEach(showWhatBelongs);
}

function showWhatBelongs(select) {
  for (const part of $$(`[data-shown-by="${select.dataset.shows}"]`)) {
    part.hidden = part.dataset.for !== select.value;
  }
}

async function copyCurl(form) {
  const text = curlOf(form);
  try {
    await navigator.clipboard.writeText(text);
    say(`${texts.copied} ${text}`);
  } catch {
    say(text); // no clipboard without https: to be copied by hand
  }
}

function addCurl(form) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "curl";
  button.textContent = "curl";
  button.title = texts.curl;
  const action = ($("button", form)?.textContent ?? "").trim();
  button.setAttribute("aria-label", `curl: ${texts.curl} (${action})`);
  button.addEventListener("click", () => copyCurl(form));
  form.append(button);
}

function local(within = document) {
  const zone = document.documentElement.lang;
  for (const shown of $$("time[data-ms]", within)) {
    const moment = new Date(Number(shown.dataset.ms));
    shown.textContent = shown.dataset.short === undefined
      ? moment.toLocaleString(zone, { dateStyle: "medium", timeStyle: "medium" })
      : moment.toLocaleTimeString(zone, { hour12: false }) + "." + String(moment % 1000).padStart(3, "0");
  }
}

function prepare(within = document) {
  local(within);
  $$("form[data-api]", within).forEach((form) => $(".curl", form) || addCurl(form));
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.api) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("change", (event) => {
  if (event.target.dataset.upload !== undefined) upload(event.target);
  if (event.target.dataset.shows) showWhatBelongs(event.target);
});
// A line of the log and the lines on the UART of that moment, both ways
document.addEventListener("click", (event) => {
  const line = event.target.closest(".line");
  if (!line) return;
  const other = line.closest("#log") ? $("#transcript") : $("#log");
  const ms = Number(line.dataset.ms);
  $$(".line.at").forEach((found) => found.classList.remove("at"));
  line.classList.add("at");
  const far = (found) => Math.abs(Number(found.dataset.ms) - ms);
  const nearest = $$(".line", other).sort((a, b) => far(a) - far(b))[0];
  if (nearest) {
    nearest.classList.add("at");
    other.scrollTop = nearest.offsetTop - other.clientHeight / 2;
  }
});
$("#theme").addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const now = document.documentElement.dataset.theme ?? dark;
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});
$$("[data-shows]").forEach(showWhatBelongs);
$$("[data-tail]").forEach((box) => (box.scrollTop = box.scrollHeight));
prepare();
