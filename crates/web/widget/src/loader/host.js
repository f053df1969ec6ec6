/**
 * Where the widget's server is: what stands in front of the script's name in the address of the loader's own tag. Under an old path
 * (`LEGACY_WIDGET_PATHS`) nothing tells a path in front, so there it is the origin.
 *
 * @param {string | undefined} source the tag's `src`
 * @returns {string | undefined} without a slash at the end; nothing where the tag tells nothing
 */
export function backendOf(source = '') {
    return (/^(.*?)\/widget(\.js|\/[^/]+\/loader\.js)/.exec(source) ?? /^(\w+:\/\/[^/]+)/.exec(source))?.[1];
}
