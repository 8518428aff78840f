// Docusaurus: a plugin that loads the loader on every page, and a remark plugin that turns fences into widgets. Fences are
// rendered on the server like everything else; React leaves what is inside of a widget alone.

import { embed, host, loader } from './embed.js';

/** `plugins: [[millrace, { host }]]`. */
export default function millrace(_context, options) {
  const address = host(options.host);
  return {
    name: 'millrace-docs',
    injectHtmlTags: () => ({ headTags: [{ tagName: 'script', attributes: { type: 'module', src: loader(address) } }] }),
  };
}

/** Docusaurus asks for it; `host` is looked at when the plugin begins. */
export const validateOptions = ({ options }) => options;

/** `remarkPlugins: [[remarkMillrace, { host }]]`. */
export function remarkMillrace(options) {
  const address = host(options?.host);
  return (tree, file) => walk(tree, (node) => {
    const words = `${node.meta ?? ''}`.split(/\s+/);
    // `continue` and `refused` are for `millrace verify`.
    if (node.type !== 'code' || node.lang !== 'millrace' || words.includes('continue') || words.includes('refused')) return node;
    try {
      return element(embed(node.meta ?? '', node.value ?? ''), address);
    } catch (error) {
      throw new Error(`${file.path ?? 'a page'}:${node.position?.start.line ?? 1}: ${error.message}`);
    }
  });
}

function walk(node, change) {
  if (node.children) node.children = node.children.map((child) => walk(child, change));
  return change(node);
}

/** The widget as MDX has it. Its inside is markup as it stands: React would escape the lines of a scenario. */
function element(widget, address) {
  const attributes = widget.attributes.map(([name, value]) => ({ type: 'mdxJsxAttribute', name, value }));
  const literal = (value) => ({ type: 'Literal', value, raw: JSON.stringify(value) });
  const property = {
    type: 'Property', kind: 'init', method: false, shorthand: false, computed: false,
    key: { type: 'Identifier', name: '__html' }, value: literal(widget.inside(address)),
  };
  const expression = { type: 'ObjectExpression', properties: [property] };
  const estree = { type: 'Program', sourceType: 'module', comments: [], body: [{ type: 'ExpressionStatement', expression }] };
  const inside = { type: 'mdxJsxAttributeValueExpression', value: JSON.stringify({ __html: widget.inside(address) }), data: { estree } };
  attributes.push({ type: 'mdxJsxAttribute', name: 'dangerouslySetInnerHTML', value: inside });
  return { type: 'mdxJsxFlowElement', name: 'millrace-embed', attributes, children: [] };
}
