'use strict'

// Antora: the block macro millrace::L16[at=12s], and blocks of the style millrace whose lines are a scenario.
// As an Antora extension it registers itself for every page.

module.exports.register = function ({ config }) {
  this.once('beforeProcess', async ({ siteAsciiDocConfig }) => {
    const core = await import('./embed.js')
    const address = core.host(config.host)
    const extension = { register: (registry, context) => blocks(registry, context, core, address) }
    siteAsciiDocConfig.extensions = [...(siteAsciiDocConfig.extensions || []), extension]
  })
}

function blocks (registry, { file } = {}, core, address) {
  const name = file ? (file.src.abspath || file.src.path) : 'a page'
  const widget = (line, pairs, text) => {
    try {
      return new core.Embed(pairs, text).markup(address)
    } catch (error) {
      throw new Error(`${name}:${line}: ${error.message}`)
    }
  }
  const line = (parent) => parent.getDocument().reader.lineno
  registry.blockMacro('millrace', function () {
    this.process((parent, target, attributes) => {
      const lesson = target ? [['lesson', target]] : []
      return this.createPassBlock(parent, widget(line(parent) - 1, [...lesson, ...named(attributes)], ''), {})
    })
  })
  registry.block('millrace', function () {
    this.onContext(['listing', 'literal'])
    this.process((parent, reader, attributes) => {
      const lines = reader.getLines()
      return this.createPassBlock(parent, widget(line(parent) - lines.length - 3, named(attributes), lines.join('\n')), {})
    })
  })
}

/** What the author has said; Asciidoctor keeps notes of its own beside it. */
function named (attributes) {
  const own = ['style', 'cloaked-context', 'attribute_entries', '$positional']
  return Object.entries(attributes).filter(([name]) => !own.includes(name) && !/^\d+$/.test(name)).map(([name, value]) => [name, String(value)])
}
