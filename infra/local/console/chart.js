// A chart of how many messages left in each of the last seconds, beside the rate.

import { h, svg } from './dom.js';
import { t } from './language.js';

const WIDTH = 600;
const HEIGHT = 120;

/** The chart of a channel. */
export function chart(name, counts, rate) {
  const most = Math.max(...counts);
  const top = Math.max(rate, most, 1);
  const wide = WIDTH / counts.length;
  const bars = counts.map((count, place) => {
    const high = (count / top) * HEIGHT;
    return svg('rect', { x: place * wide + 1, y: HEIGHT - high, width: wide - 2, height: high, class: 'bar' });
  });
  const level = HEIGHT - (rate / top) * HEIGHT;
  const sum = counts.reduce((all, count) => all + count, 0);
  const said = t('chartSays', { name, sum, most, rate, seconds: counts.length });
  return h(
    'figure',
    {},
    h('figcaption', {}, said),
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        class: 'chart',
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': said,
      },
      bars,
      svg('line', { x1: 0, x2: WIDTH, y1: Math.max(level, 1), y2: Math.max(level, 1), class: 'rate' }),
    ),
  );
}
