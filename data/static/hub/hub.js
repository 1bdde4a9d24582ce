// hub.js - the hub's pages: set-up, login, and the start page with one's projects and API keys
//
// No framework and no build step.  Text from the API is only ever set as text, never as HTML.

const main = document.querySelector("main");

function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else e.setAttribute(key, value);
  }
  e.append(...children);
  return e;
}

function show(title, ...children) {
  document.title = `${title} – Labwright`;
  main.replaceChildren(element("h1", {}, title), ...children);
  main.querySelector("input:not([value])")?.focus();
}

function xsrf() {
  const cookie = document.cookie.split("; ").find((c) => c.startsWith("_xsrf="));
  return cookie ? cookie.slice("_xsrf=".length) : "";
}

async function api(method, path, body) {
  const headers = { "X-XSRFToken": xsrf() };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const json = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  if (!answer.ok) throw new Error(json.message || `${answer.status} ${answer.statusText}`);
  return json;
}

// A form of FIELDS [name, label, attributes]; SUBMIT gets an object, and what it throws is shown.
function form(button, fields, submit) {
  const message = element("p", { class: "message", role: "alert", hidden: "" });
  const inputs = fields.map(([name, label, attributes]) =>
    element("p", {}, element("label", { for: name }, label), " ", element("input", { id: name, name, ...attributes })));
  const send = element("button", { type: "submit" }, button);
  async function onsubmit(event) {
    event.preventDefault();
    send.disabled = true;
    message.hidden = true;
    try {
      await submit(Object.fromEntries(new FormData(event.target)));
    } catch (error) {
      message.textContent = error.message;
      message.hidden = false;
    }
    send.disabled = false;
  }
  return element("form", { onsubmit }, ...inputs, element("p", {}, send), message);
}

const NAME = ["username", "Name", { required: "", autocomplete: "username" }];
const PASSWORD = { type: "password", required: "", minlength: "8" };

// Only to a page of ours: "//host" and "/\host" would lead elsewhere.
function next() {
  const url = new URL(new URLSearchParams(location.search).get("next") || "/", location.origin);
  return url.origin === location.origin ? url.href : "/";
}

function login() {
  show("Log in", form("Log in", [NAME, ["password", "Password", { ...PASSWORD, autocomplete: "current-password" }]],
    async (fields) => {
      await api("POST", "user/login", { ...fields, cookie: true });
      location.assign(next());
    }));
}

function setup() {
  const token = new URLSearchParams(location.search).get("token") || "";
  show("Set up the first admin", form("Create the account", [
    ["token", "Token, as the hub printed it", { required: "", ...(token ? { value: token } : {}), autocomplete: "off" }],
    NAME,
    ["email", "E-mail (optional)", { type: "email", autocomplete: "email" }],
    ["password", "Password, at least 8 characters", { ...PASSWORD, autocomplete: "new-password" }],
  ], async (fields) => {
    await api("POST", "setup", { ...fields, cookie: true });
    location.assign("/");
  }));
}

async function home(user) {
  const { projects } = await api("GET", "projects");
  const { apikeys } = await api("GET", "apikeys/");
  const made = element("p", { role: "status" });
  const list = projects.map((p) => element("li", {}, p.name, p.public ? " (public)" : "", p.description ? ` – ${p.description}` : ""));
  const keys = apikeys.map((k) => element("li", {}, `${k.name}, ${k.last_used ? `used ${k.last_used}` : "never used"} `,
    element("button", { onclick: () => api("DELETE", `apikeys/${k.id}`).then(() => home(user)) }, "Delete")));
  show("Projects",
    element("p", {}, `Logged in as ${user.username}. `,
      element("button", { onclick: () => api("POST", "user/logout").then(() => location.assign("/login")) }, "Log out")),
    projects.length ? element("ul", {}, ...list) : element("p", {}, "There is no project yet."),
    form("Create a project", [["name", "Name", { required: "", maxlength: "64" }]], async (fields) => {
      await api("POST", "projects/", fields);
      await home(user);
    }),
    element("h2", {}, "API keys"), element("ul", {}, ...keys),
    form("Make a key", [["keyname", "What for", { required: "" }]], async ({ keyname }) => {
      const { apikey } = await api("POST", "apikeys/", { name: keyname });
      made.textContent = `The key is ${apikey} – it is not shown again.`;
    }), made);
}

async function start() {
  const session = await api("GET", "session");
  if (location.pathname === "/setup" && session.setup) setup();
  else if (session.user && location.pathname !== "/login") await home(session.user);
  else if (session.user) location.assign(next());
  else login();
}

start().catch((error) => show("Something is wrong", element("p", { class: "message" }, error.message)));
