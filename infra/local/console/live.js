// Word of every change, and of a server that is gone.

import { fill } from './dom.js';
import { t } from './language.js';

/** Begins to listen: `changed` is told of each change, with what there was before. */
export function listen(changed) {
  let last = null;
  const source = new EventSource('local/changes');
  source.onmessage = (event) => {
    const seen = JSON.parse(event.data);
    show(false);
    changed(seen, last);
    last = seen;
  };
  source.onerror = () => {
    show(true);
    if (source.readyState === EventSource.CLOSED) {
      // Some browsers give up where the answer was no stream.
      setTimeout(() => listen(changed), 2000);
    }
  };
}

/** What a call that failed tells: that the server is gone, where it did not answer. */
export function lost(error) {
  if (!(error instanceof TypeError)) {
    throw error;
  }
  show(true);
}

function show(isGone) {
  const banner = document.getElementById('connection');
  if (banner.hidden === isGone) {
    fill(banner, isGone ? t('gone') : '');
    banner.hidden = !isGone;
  }
}
