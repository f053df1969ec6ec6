// Builds the widget into ../dist: `node build.mjs`. `--check` writes nothing and fails when ../dist is not what would be written;
// `--sizes` adds what each module costs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { minify } from 'terser';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const LIMITS = { loader: 4096, total: 24576 };

/** Stylesheets become strings of minified CSS. */
const css = {
    name: 'css',
    setup: ({ onLoad }) =>
        onLoad({ filter: /\.css$/ }, async ({ path }) => {
            const { code } = await esbuild.transform(readFileSync(path, 'utf8'), { loader: 'css', minify: true, target: 'es2022' });
            return { contents: code.trim(), loader: 'text' };
        }),
};

/** Translations become their texts alone, in the order of the English ones: seven times the same names cost a kilobyte. */
const translations = {
    name: 'translations',
    setup: ({ onLoad }) =>
        onLoad({ filter: /shared\/texts\/\w\w\.js$/ }, async ({ path }) => {
            if (path.endsWith('/en.js')) {
                return undefined; // has the names
            }
            const [{ default: english }, { default: texts }] = await Promise.all([import(`${HERE}src/shared/texts/en.js`), import(path)]);
            const packed = JSON.stringify(Object.keys(english).map((key) => texts[key]).join('|'));
            return { contents: `import { unpack } from './unpack.js'; export default unpack(${packed});` };
        }),
};

async function bundle(name, define = {}) {
    const entry = `src/${name}/index.js`;
    if (!existsSync(HERE + entry)) {
        throw new Error(`crates/web/widget/${entry} is missing: the ${name} begins there, write it.`);
    }
    const { outputFiles, metafile } = await esbuild.build({
        absWorkingDir: HERE,
        entryPoints: [entry],
        bundle: true,
        minify: true,
        format: 'iife',
        target: 'es2022',
        charset: 'utf8',
        legalComments: 'none',
        define: Object.fromEntries(Object.entries(define).map(([key, value]) => [key, JSON.stringify(value)])),
        plugins: [css, translations],
        metafile: true,
        write: false,
        outfile: `${name}.js`,
        logLevel: 'error',
    });
    // Terser makes of esbuild's output what compresses to 3 % less.
    const { code } = await minify(outputFiles[0].text, { ecma: 2020, compress: { passes: 3 } });
    return { code: Buffer.from(code), metafile };
}

const hash = (algorithm, ...parts) => parts.reduce((sum, part) => sum.update(part), createHash(algorithm));

// The version is that of what is run, so that a comment makes no new one. The loader names it, so a loader without it is hashed.
async function build() {
    const panel = await bundle('panel');
    const nameless = await bundle('loader', { __PANEL__: '', __PANEL_INTEGRITY__: '', __VERSION__: '' });
    const version = hash('sha256', panel.code, nameless.code).digest('hex').slice(0, 12);
    const loader = await bundle('loader', {
        __PANEL__: `widget/${version}/panel.js`,
        __PANEL_INTEGRITY__: `sha384-${hash('sha384', panel.code).digest('base64')}`,
        __VERSION__: version,
    });
    return { version, loader, panel };
}

/** What each module costs in the file it is in, as esbuild has it: what Terser and the compression make of it is less. */
function printModules({ metafile }) {
    const [{ inputs }] = Object.values(metafile.outputs);
    for (const [path, { bytesInOutput }] of Object.entries(inputs).sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)) {
        console.log(`    ${String(bytesInOutput).padStart(6)}  ${path}`);
    }
}

/** Prints the sizes; whether they are within the limits. */
function weigh({ loader, panel }, modules) {
    const sizes = Object.entries({ loader, panel }).map(([name, part]) => {
        const size = gzipSync(part.code, { level: 9 }).length;
        console.log(`${name}.js: ${part.code.length} bytes, ${size} with gzip`);
        if (modules) {
            printModules(part);
        }
        return size;
    });
    const total = sizes[0] + sizes[1];
    console.log(`together: ${total} of ${LIMITS.total} with gzip; the loader ${sizes[0]} of ${LIMITS.loader}`);
    return sizes[0] <= LIMITS.loader && total <= LIMITS.total;
}

const isStale = ([name, content]) => !existsSync(DIST + name) || !readFileSync(DIST + name).equals(Buffer.from(content));

async function main(options) {
    const built = await build();
    const files = Object.entries({ 'loader.js': built.loader.code, 'panel.js': built.panel.code, 'version.txt': `${built.version}\n` });
    if (!weigh(built, options.includes('--sizes'))) {
        throw new Error('The widget is too large: node build.mjs --sizes says what its modules cost.');
    }
    if (!options.includes('--check')) {
        mkdirSync(DIST, { recursive: true });
        files.forEach(([name, content]) => writeFileSync(DIST + name, content));
        return;
    }
    const stale = files.filter(isStale).map(([name]) => name);
    if (stale.length) {
        throw new Error(`crates/web/dist is not the build of crates/web/widget (${stale.join(', ')}): run node build.mjs there.`);
    }
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
});
