// Drives megajs 1.3.10 (beside this file, unchanged; MIT, see LICENSE) as a client of MEGA that is not ours.
//
//   node drive.cjs < order.json
//
// Order: {gateway, email, password, code?, steps: [["upload", path, name], ["folder", name], ["list"],
// ["download", name, path], ["delete", name]]}. Answer on stdout: an array with each step's result.
// A failed step ends it: exit code 1, the reason on stderr.

'use strict'

const fs = require('node:fs')
const path = require('node:path')
const stream = require('node:stream')
const Module = require('node:module')

// The two packages that megajs wants, by what Node has itself.
const pumpify = (...streams) => stream.compose(...streams)
class Skip extends stream.Transform {
  constructor (options) {
    super(options)
    this.left = options.skip
  }

  _transform (chunk, _encoding, done) {
    const cut = Math.min(this.left, chunk.length)
    this.left -= cut
    done(null, cut < chunk.length ? chunk.subarray(cut) : undefined)
  }
}
const standIns = { pumpify, 'stream-skip': Skip }
const load = Module._load
Module._load = (name, ...rest) => (name in standIns ? standIns[name] : load(name, ...rest))

const { Storage } = require(path.join(__dirname, 'megajs-1.3.10.cjs'))

async function run (order) {
  const storage = await new Storage({
    email: order.email,
    password: order.password,
    secondFactorCode: order.code,
    gateway: order.gateway,
    keepalive: false
  }).ready
  const byName = name => storage.root.children.find(file => file.name === name)
  const steps = {
    upload: async (from, name) => {
      const data = fs.readFileSync(from)
      const file = await storage.upload({ name, size: data.length }, data).complete
      return file.nodeId
    },
    folder: async name => (await storage.mkdir(name)).nodeId,
    list: async () => storage.root.children.map(file => [file.name, file.size ?? null]),
    download: async (name, to) => fs.writeFileSync(to, await byName(name).downloadBuffer()),
    delete: async name => { await byName(name).delete(true) }
  }
  const results = []
  for (const [step, ...rest] of order.steps) results.push((await steps[step](...rest)) ?? null)
  await storage.close()
  return results
}

run(JSON.parse(fs.readFileSync(0, 'utf8'))).then(
  results => process.stdout.write(JSON.stringify(results)),
  error => { process.stderr.write(`${error}\n`); process.exitCode = 1 }
)
