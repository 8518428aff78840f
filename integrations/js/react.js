// A React component: <Millrace host="https://…/" lesson="L16" at="12s"/>. Its inside is the fallback; the widget draws in a
// shadow root beside it, so React and it never meet. It is the same on the server and in the page.

import { createElement, useEffect } from 'react';
import { Embed, host as checked, loader } from './embed.js';

export default function Millrace({ host, children = '', ...said }) {
  const address = checked(host);
  const pairs = Object.entries(said).map(([name, value]) => [name, String(value)]);
  const widget = new Embed(pairs, String(children));
  useEffect(() => {
    import(/* webpackIgnore: true */ loader(address));
  }, [address]);
  return createElement('millrace-embed', {
    ...Object.fromEntries(widget.attributes),
    dangerouslySetInnerHTML: { __html: widget.inside(address) },
  });
}
