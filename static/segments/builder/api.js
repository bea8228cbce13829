// Asks the site's own API.

export class Refused extends Error {
  constructor(status, problem) {
    const errors = problem.errors ?? [];
    super(errors.map(({ message }) => message).join(" ") || problem.detail || String(status));
    Object.assign(this, { status, errors });
  }
}

export async function call(method, address, { body, signal, keepalive } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const response = await fetch(address, {
    method,
    signal,
    keepalive,
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
    body: body && JSON.stringify(body),
  });
  const reply = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, reply ?? {});
  return reply;
}
