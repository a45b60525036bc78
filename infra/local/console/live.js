// Hears what has changed, draws what changes by itself, and says when the server is gone.

import { Gone } from './api.js';
import { t } from './language.js';

/** Begins to listen: `changed` is told of each change, with what there was before; of all, where the server was away. */
export function listen(changed) {
  let last = null;
  let wasAway = false;
  const source = new EventSource('local/changes');
  source.onmessage = (event) => {
    const seen = JSON.parse(event.data);
    show(false);
    changed(seen, wasAway ? {} : last);
    wasAway = false;
    last = seen;
  };
  source.onerror = () => {
    show(true);
    wasAway = true;
    if (source.readyState === EventSource.CLOSED) {
      // Some browsers give up where the answer was no stream.
      setTimeout(() => listen(changed), 2000);
    }
  };
}

/** What a call that failed tells: that the server is gone, where it did not answer. */
export function lost(error) {
  if (!(error instanceof Gone)) {
    throw error;
  }
  show(true);
}

function show(isGone) {
  const banner = document.getElementById('connection');
  if (banner.hidden === isGone) {
    banner.textContent = isGone ? t('gone') : '';
    banner.hidden = !isGone;
  }
}

let timer = null;

/** Draws a view at once and then each second, until it is left. */
export async function drawEachSecond(draw) {
  stopDrawing();
  timer = setInterval(() => draw().catch(lost), 1000);
  await draw();
}

/** The view that was drawn each second is left. */
export function stopDrawing() {
  clearInterval(timer);
}
