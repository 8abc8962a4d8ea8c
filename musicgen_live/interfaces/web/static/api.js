// Asks the program that plays for files: JSON over HTTP, with the token of the page's address.
// @ts-check

const TOO_MANY_REQUESTS = 429;
const AGAIN_MS = 1000;

/**
 * Return the answer to a request, which waits if there were too many; an Error has the words of a refusal.
 * @param {string} path @param {{ query?: Record<string, string>, body?: BodyInit }} [more] with a body it is a POST
 * @returns {Promise<any>}
 */
export async function ask(path, { query = {}, body } = {}) {
  const send = () =>
    fetch(`/api/${path}?${new URLSearchParams(query)}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${location.hash.slice(1)}` },
      body,
    });
  let answer = await send();
  while (answer.status === TOO_MANY_REQUESTS) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    answer = await send();
  }
  const values = await answer.json();
  if (!answer.ok) throw new Error(values.error);
  return values;
}

/** The words of whatever was thrown. @param {unknown} error */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** Minutes and seconds. @param {number} seconds */
export function clockOf(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
